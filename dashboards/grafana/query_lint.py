"""What a board's statements must satisfy: names that exist, and each reading beside its own code.

Names are those of the store's schema, and of the catalogue where a field is called after its parameter.
"""

import re
from collections.abc import Iterator

from sensors.catalogue.model import Catalogue
from sensors.model import MEDIA
from sensors.store_schema import CODE_SUFFIX, MEASUREMENTS

PARAMETER = "parameter"  # of readings a tag in the schema, and in InfluxDB the name of a field

_TEXT = re.compile(r"'[^']*'")
_PATTERN = re.compile(r"(=~ |!~ |\()/(?:[^/\\]|\\.)*/")
_SOURCE = re.compile(r'\bFROM "([^"]*)"')
_ALIAS = re.compile(r'\bAS "([^"]*)"')
_QUOTED = re.compile(r'"([^"]*)"')
_BARE = re.compile(r"(?<![\w$])[a-z_]\w*(?![\w(])", re.ASCII)
_COMMA = re.compile(r",(?![^()]*\))")  # between columns, not between the arguments of a function
_SUBQUERY = "(SELECT "
_VARIABLE = re.compile(r"\$\{\w+\}(?:ms)?")
_WORDS = {"time", "null", "none", "true", "false", "ms", "h"}


def query_problems(statement: str, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with one statement, a line each; texts and patterns in it are not looked at."""
    plain = _VARIABLE.sub("0", _PATTERN.sub(r"\1", _TEXT.sub("''", statement)))
    aliases = {*_ALIAS.findall(plain)}
    for select in _selects(plain):
        unquoted = set(_BARE.findall(_QUOTED.sub("", select))) - _WORDS
        yield from (f"{name} is not quoted" for name in sorted(unquoted))
        sources = _SOURCE.findall(select)
        names = {*_QUOTED.findall(_ALIAS.sub("", _SOURCE.sub("", select)))}
        for source in sources:
            yield from _source_problems(source, names - aliases, catalogue)
            if source in MEDIA:
                yield from _code_problems(select, names)
            if source == "statistic":
                yield from _count_problems(select)


def _count_problems(select: str) -> Iterator[str]:
    """A statistic's value is still there when nothing of it counts any more; only its `n` says so."""
    columns, _, conditions = select.partition(" FROM ")
    if "value" in _QUOTED.findall(columns) and "n" not in _QUOTED.findall(conditions):
        yield "value of statistic without a condition on n"


def _code_problems(select: str, names: set[str]) -> Iterator[str]:
    """Several columns with a condition on several codes: one that does not count takes the others with it.

    A single column of several parameters, or by them, is of the times when all of them count.
    """
    codes = sorted(name.removesuffix(CODE_SUFFIX) for name in names if name.endswith(CODE_SUFFIX))
    columns = _COMMA.split(_ALIAS.sub("", select.partition(" FROM ")[0]))
    measured = [column for column in columns if {*_QUOTED.findall(column)} & {*codes}]
    if len(codes) > 1 and len(measured) > 1:
        yield f"{', '.join(codes)}: a condition on several codes leaves out whole points"


def _selects(statement: str) -> Iterator[str]:
    """Each SELECT by itself, its subqueries cut out."""
    while (start := statement.rfind(_SUBQUERY)) >= 0:
        end = _closing(statement, start)
        yield statement[start + 1 : end]
        statement = statement[:start] + statement[end + 1 :]
    yield statement


def _closing(statement: str, start: int) -> int:
    """Where the parenthesis that opens at `start` closes, or the statement ends."""
    depth = 0
    for at, sign in enumerate(statement[start:], start):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return at
    return len(statement)


def _source_problems(source: str, names: set[str], catalogue: Catalogue) -> Iterator[str]:
    measurement = MEASUREMENTS.get(source)
    if measurement is None:
        yield f"no measurement {source}"
    elif source in MEDIA:
        tags = {*measurement.tags} - {PARAMETER}
        yield from _reading_problems(source, names - tags, catalogue)
    elif not measurement.open:
        unknown = names - {*measurement.tags, *measurement.fields}
        yield from (f"{source} has no {name}" for name in sorted(unknown))


def _reading_problems(medium: str, fields: set[str], catalogue: Catalogue) -> Iterator[str]:
    """Unknown parameters, and values and codes that are not each other's."""
    codes = {name.removesuffix(CODE_SUFFIX) for name in fields if name.endswith(CODE_SUFFIX)}
    values = {name for name in fields if not name.endswith(CODE_SUFFIX)}
    known = {one.id for one in catalogue.parameters.values() if one.medium == medium}
    yield from (f"{medium} has no {name}" for name in sorted((codes | values) - known))
    yield from (f"{name} without {name}{CODE_SUFFIX}" for name in sorted((values & known) - codes))
