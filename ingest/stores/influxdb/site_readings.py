"""Readings out of the points of a site's time: statements, and how values, codes and remarks meet; pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from msgspec import structs

from ingest.stores.cells import Cell, Span, WrongAnswerError, check, to_times
from ingest.stores.influxdb import influxql
from sensors.calendar import EpochMs, from_ms
from sensors.model import MEDIA, NORMAL, Key, Kind, Medium, Validity
from sensors.quality_code import COUNTS, QUALITY_CODES, validity_of
from sensors.store_schema import CODE_SUFFIX, is_parameter

FLAGGED = "flagged"
SITE = ("site", "kind")
SERIES = ("site", "parameter", "kind")
NO_REMARK = (NORMAL, "", "")

Remark = tuple[str, str, str]
"""A device mark, the names of failed checks joined by a comma, and what was sent in place of the value."""
SeriesTags = tuple[str, str, Kind]
"""Site, parameter, kind."""
ReadingColumns = tuple[
    Sequence[EpochMs], Sequence[float], Sequence[str], Sequence[str], Sequence[Validity], Sequence[str]
]
"""Times, values, device marks, failed checks, validities, what was sent; of the same length, at least one."""
ValueColumns = tuple[Sequence[EpochMs], Sequence[float], Sequence[bool], Sequence[str]]
"""Times, values, whether they count, what was sent; of the same length, at least one."""
Reader = Callable[[influxql.ResultSeries], Iterator[tuple[Medium, SeriesTags, Sequence[Any]]]]
"""How columns of a parameter are made of an answer's series."""
_Cells = tuple[Sequence[EpochMs], Sequence[Any], Sequence[Any]]

_KNOWN_CODES: frozenset[Cell] = frozenset({*QUALITY_CODES, None})
_REMARK: Mapping[str, influxql.Kind] = {"flag": "string", "failed": "string", "sent": "string"}


def select_readings(
    media: Sequence[Medium], parameters: Iterable[str], tags: Mapping[str, str], span: Span
) -> list[str]:
    """The statements for these parameters' readings: remarks first, so that they are known when values come.

    `tags` may narrow to a site, kind and parameter.
    """
    columns: dict[str, influxql.Kind] = {}
    for parameter in sorted(set(parameters)):
        columns |= {parameter: "float", parameter + CODE_SUFFIX: "integer"}
    of_site = {name: value for name, value in tags.items() if name in SITE}
    return [
        influxql.select(_REMARK, [FLAGGED], tags, span, by=SERIES),
        # One of both media would be one series of both in openGemini.
        *(influxql.select(columns, [medium], of_site, span, by=SITE) for medium in media),
    ]


def select_stored(keys: Collection[Key]) -> list[str]:
    """The statements for what is stored under these keys: neighbouring times of a site are read together."""
    parameters: dict[tuple[Medium, str, Kind], set[str]] = {}
    for key in keys:
        parameters.setdefault((key.measurement, key.site, key.kind), set()).add(key.parameter)
    statements: list[str] = []
    for first, span in influxql.spans(structs.replace(key, parameter="") for key in keys):
        wanted = parameters[first.measurement, first.site, first.kind]
        tags = {"site": first.site, "kind": first.kind}
        statements += select_readings([first.measurement], wanted, tags, span)
    return statements


def select_newest(medium: Medium, parameter: str) -> str:
    """The statement for the newest value of a parameter at each site and kind."""
    name, by = influxql.identifier(parameter), ", ".join(map(influxql.identifier, SITE))
    return f"SELECT last({name}::float) AS {name} FROM {influxql.identifier(medium)} GROUP BY {by}"


def show_fields(medium: Medium) -> str:
    """The statement for the names of a medium's fields."""
    return f"SHOW FIELD KEYS FROM {influxql.identifier(medium)}"


def parameters_in(medium: Medium, answer: Iterable[influxql.ResultSeries]) -> list[str]:
    """The parameters that have fields for value and code, out of the answer to `show_fields`.

    Raises:
        WrongAnswerError: it is none.
    """
    names = set[Any]()
    for series in answer:
        if series.name != medium:
            raise WrongAnswerError("a series that was not asked for")
        for column in influxql.columns_of(series, ["fieldKey", "fieldType"])[:1]:
            check("string", column, "fieldKey")
            names.update(column)
    if None in names:
        raise WrongAnswerError("a field without a name")
    return sorted(name for name in names if name + CODE_SUFFIX in names and is_parameter(medium, name))


def newest_of(
    series: influxql.ResultSeries, asked: Collection[tuple[Medium, str]]
) -> Iterator[tuple[SeriesTags, datetime]]:
    """The newest time of a series that `select_newest` asks for; WrongAnswerError if it is none."""
    site, kind = influxql.tags_of(series, SITE)
    parameter = series.columns[-1] if series.columns else ""
    if (series.name, parameter) not in asked:
        raise WrongAnswerError("a series that was not asked for")
    times, values = influxql.columns_of(series, ["time", parameter]) or ((), ())
    check("float", values, parameter)
    for ms in to_times(times):
        yield (site, parameter, cast("Kind", kind)), from_ms(ms)


class SiteReadings:
    """The readings of one answer, series by series."""

    def __init__(self) -> None:
        self._remarks: dict[SeriesTags, dict[EpochMs, Remark]] = {}

    def read(self, series: influxql.ResultSeries) -> Iterator[tuple[Medium, SeriesTags, ReadingColumns]]:
        """The readings of each parameter of a series, oldest first; remarks are kept for what follows.

        A value without its code, or the other way round, is still being written and counts as absent.

        Raises:
            WrongAnswerError: it is none that `select_readings` asks for.
        """
        for medium, tags, (times, values, codes) in self._cells(series):
            columns = self._columns(times, values, codes, self._remarks.get(tags, {}))
            if columns is not None:
                yield medium, tags, columns

    def read_values(self, series: influxql.ResultSeries) -> Iterator[tuple[Medium, SeriesTags, ValueColumns]]:
        """As `read`, without the words of what counts or does not; raises as it."""
        for medium, tags, (times, values, codes) in self._cells(series):
            if set(codes) == {COUNTS} and None not in values:
                yield medium, tags, (times, values, [True] * len(times), [""] * len(times))
                continue
            remarks = self._remarks.get(tags, {})
            rows = [
                (ms, value, validity_of(code) == "valid", "" if code == COUNTS else _sent(remarks, ms))
                for ms, value, code in zip(times, values, codes, strict=True)
                if value is not None and code is not None
            ]
            if rows:
                yield medium, tags, cast("ValueColumns", tuple(zip(*rows, strict=True)))

    def _cells(self, series: influxql.ResultSeries) -> Iterator[tuple[Medium, SeriesTags, _Cells]]:
        """Times, values and codes, None where one is missing."""
        if series.name == FLAGGED:
            self._keep_remarks(series)
            return
        if series.name not in MEDIA:
            raise WrongAnswerError("a series of no medium")
        site, kind = influxql.tags_of(series, SITE)
        parameters = series.columns[1::2]
        pairs = [name for parameter in parameters for name in (parameter, parameter + CODE_SUFFIX)]
        if not parameters or len(set(parameters)) < len(parameters):
            raise WrongAnswerError("no columns of values and codes")
        cells = influxql.columns_of(series, ["time", *pairs])
        if not cells:
            return
        times = to_times(cells[0])
        for parameter, values, codes in zip(parameters, cells[1::2], cells[2::2], strict=True):
            check("float", values, "value")
            check("integer", codes, "code")  # yes would equal 1
            if set(codes) - _KNOWN_CODES:
                raise WrongAnswerError("a code that is none")
            yield series.name, (site, parameter, cast("Kind", kind)), (times, values, codes)

    def _keep_remarks(self, series: influxql.ResultSeries) -> None:
        cells = influxql.columns_of(series, ["time", *_REMARK])
        if cells:
            for name, column in zip(_REMARK, cells[1:], strict=True):
                check("string", column, name)
            site, parameter, kind = influxql.tags_of(series, SERIES)
            kept = self._remarks.setdefault((site, parameter, cast("Kind", kind)), {})
            for ms, *remark in zip(to_times(cells[0]), *cells[1:], strict=True):
                flag, failed, sent = (str(word or "") for word in remark)
                kept[ms] = flag, failed, sent

    def _columns(
        self,
        times: Sequence[EpochMs],
        values: Sequence[Any],
        codes: Sequence[Any],
        remarks: Mapping[EpochMs, Remark],
    ) -> ReadingColumns | None:
        if set(codes) == {COUNTS} and None not in values:
            (flag, failed, sent), n = NO_REMARK, len(times)
            return times, values, [flag] * n, [failed] * n, [validity_of(COUNTS)] * n, [sent] * n
        rows = [
            (ms, value, flag, failed, validity_of(code), sent)
            for ms, value, code in zip(times, values, codes, strict=True)
            if value is not None and code is not None
            for flag, failed, sent in [NO_REMARK if code == COUNTS else remarks.get(ms, NO_REMARK)]
        ]
        return cast("ReadingColumns", tuple(zip(*rows, strict=True))) if rows else None


def _sent(remarks: Mapping[EpochMs, Remark], ms: EpochMs) -> str:
    return remarks.get(ms, NO_REMARK)[2]
