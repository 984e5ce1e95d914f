"""The grounds of a value in words: items over their limit, failed checks, a clock that is wrong. Pure."""

from collections.abc import Iterator, Sequence

from ingest.checks.registry import check_words
from ingest.sites.activity import NEVER_HEARD
from ingest.sites.clock import describe_fault, parse_fault
from sensors.catalogue.model import Catalogue
from sensors.model import Name, StatisticName
from sensors.standards.statistics import INDEXED

_INDEX_STATISTICS = frozenset(kind.id for kind in INDEXED)
NEVER_HEARD_NAME = Name("从未收到过数据", "never heard")


def describe_detail(statistic: StatisticName, detail: str, catalogue: Catalogue) -> Name:
    """The words about a value: items and checks by their names, a station's clock by what is wrong with it.

    Args:
        statistic: Of the rule.
        detail: As documents have it: `tp:1.25; nh3n:0.60`, `range,spike`, of an index `pm25, pm10`.
        catalogue: The items' names.
    """
    if statistic == "silence" and (fault := parse_fault(detail)):
        return describe_fault(fault)
    if detail == NEVER_HEARD:
        return NEVER_HEARD_NAME
    if statistic == "check" and detail:
        checks = [check_words(check) for check in detail.split(",")]
        return Name("、".join(check.zh for check in checks), ", ".join(check.en for check in checks))
    if statistic == "sample" and detail:
        return _describe_items(detail, catalogue)
    if statistic in _INDEX_STATISTICS and detail:
        return _describe_primary(detail, catalogue)
    return Name(detail, detail)


def worst_of(statistic: StatisticName, detail: str, catalogue: Catalogue) -> Name:
    """The first of several items alone, where there is little room."""
    if statistic in _INDEX_STATISTICS and detail:
        return _describe_primary(detail, catalogue)
    if statistic != "sample":
        return Name("", "")
    return _describe_items(detail.partition("; ")[0].partition(", ")[0], catalogue, room=False)


def _describe_primary(detail: str, catalogue: Catalogue) -> Name:
    symbols = [catalogue.parameters[item].symbol or item for item in detail.split(", ")]
    return Name(f"首要污染物 {'、'.join(symbols)}", f"primary pollutant {', '.join(symbols)}")


def _describe_items(detail: str, catalogue: Catalogue, *, room: bool = True) -> Name:
    """`tp:1.25; nh3n:0.60`: how far each is over its limit; `tp, nh3n`: that they determine the class."""
    if ":" not in detail:
        names = [_item_name(item, catalogue) for item in detail.split(", ")]
        return Name("、".join(name.zh for name in names), ", ".join(name.en for name in names))
    pairs = [part.partition(":")[::2] for part in detail.split("; ")]
    return Name("、".join(_in_chinese(pairs, catalogue, room=room)), ", ".join(_in_english(pairs, catalogue)))


def _in_chinese(pairs: Sequence[tuple[str, str]], catalogue: Catalogue, *, room: bool) -> Iterator[str]:
    gap = " " if room else ""
    for number, (item, times) in enumerate(pairs):
        over = gap if number else f"超{gap}"
        yield f"{_item_name(item, catalogue).zh}{over}{times}{gap}倍"


def _in_english(pairs: Sequence[tuple[str, str]], catalogue: Catalogue) -> Iterator[str]:
    for number, (item, times) in enumerate(pairs):
        yield f"{_item_name(item, catalogue).en} {times}{'' if number else ' times over'}"


def _item_name(item: str, catalogue: Catalogue) -> Name:
    known = catalogue.parameters.get(item)
    return Name(item, item) if known is None else known.name
