"""InfluxQL as a Grafana query: the dialect that InfluxDB 1.x and 2.x both serve.

It cannot group by calendar month, so months and years come from the points of `statistic`.
"""

from collections.abc import Iterable
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

from sensors.model import Medium, StatisticName
from sensors.quality_code import SUSPECT
from sensors.store_schema import CODE_SUFFIX

SOURCE_UID = "liangqu"
SOURCE = DataSourceRef(type_val="influxdb", uid=SOURCE_UID)

INTERVAL = "time($__interval)"
NOW = "${__to}"  # the end of the board's range, in milliseconds
EVER = "20y"  # for what is listed however long ago it began
STANDING = '"valid" = true'  # of an exceedance: else it was withdrawn
CLASSED = '"class" > 0'  # of a water class: 0 means that it has lost its basis
HELD = "\"state\" != 'withdrawn'"  # of an event: else none of its episodes did
COUNTED = '"n" > 0'  # of a statistic: 0 means that nothing of it counts, and its former value is still there
PUBLISHED = '"level" > 0'  # of an index: 0 means withdrawn, and its former value is still there


class PanelQuery(Dataquery, Builder[Dataquery]):
    """One statement of a panel, in the language of its source; `ref` is its letter there."""

    ref = "A"

    def build(self) -> Dataquery:
        """Return itself, as Grafana's SDK expects of a builder."""
        return self


class InfluxQL(PanelQuery):
    """One statement, as a time series (named by `alias`) or as a table.

    `alias` may hold `$tag_<name>` and `$col`.
    """

    def __init__(self, statement: str, alias: str = "", *, table: bool = False) -> None:
        self.statement = statement
        self.alias = alias
        self.table = table

    def to_json(self) -> dict[str, Any]:
        """The entry under `targets`."""
        return {
            "refId": self.ref,
            "datasource": SOURCE,
            "rawQuery": True,
            "query": self.statement,
            "resultFormat": "table" if self.table else "time_series",
            "alias": self.alias,
        }


class AnnotationQuery(InfluxQL):
    """The statement of an annotation: which columns are text, tags and the end of what has one."""

    def __init__(self, statement: str, text: str, tags: str, end: str) -> None:
        super().__init__(statement)
        self.text = text
        self.tags = tags
        self.end = end

    def to_json(self) -> dict[str, Any]:
        """The entry under `target`."""
        return {
            **super().to_json(),
            "refId": "Anno",
            "fromAnnotations": True,
            "textEditor": True,
            "textColumn": self.text,
            "tagsColumn": self.tags,
            "timeEndColumn": self.end,
        }


def select(columns: str, measurement: str, *where: str, by: str = "", fill: str = "") -> str:
    """A statement over the board's time range; `by` may group by time, `fill` then says what a gap is."""
    conditions = " AND ".join((*where, "$timeFilter"))
    group = f" GROUP BY {by}" if by else ""
    filling = f" fill({fill})" if fill else ""
    return f'SELECT {columns} FROM "{measurement}" WHERE {conditions}{group}{filling}'


def equals(tag: str, value: str) -> str:
    """A tag or text field has this value; a variable is `${name:raw}`."""
    return f"\"{tag}\" = '{value}'"


def one_of(tag: str, values: list[str]) -> str:
    """A tag has one of these values; ids need no escape but their dots."""
    return f'"{tag}" =~ /^({"|".join(value.replace(".", "[.]") for value in values)})$/'


def of_place(place: str) -> str:
    """An event of a site, zone or river: it speaks of it, or happens in it."""
    return f"({equals('site', place)} OR {equals('area', place)})"


def statistic(columns: str, site: str, parameter: str, name: StatisticName) -> str:
    """A statement over the points of a statistic."""
    tags = equals("site", site), equals("parameter", parameter), equals("statistic", name)
    return select(columns, "statistic", *tags, COUNTED)


def latest(field: str, measurement: str, *where: str) -> str:
    """The newest value of a field in the range."""
    return select(f'last("{field}")', measurement, *where)


def means(field: str, measurement: str, *where: str) -> str:
    """The mean of each interval of the board; one without a value is a gap in the line."""
    return select(f'mean("{field}")', measurement, *where, by=INTERVAL, fill="null")


def counting(parameter: str) -> str:
    """Readings of the parameter that count: those with its code below `SUSPECT`.

    A column is of one parameter: a code in WHERE leaves out the point of a site's time with all it holds.
    """
    return f'"{parameter}{CODE_SUFFIX}" < {SUSPECT}'


def counting_readings(medium: Medium, parameter: str, *where: str) -> str:
    """The means of a parameter's readings that count, a series for each kind that was sent."""
    by = f'{INTERVAL}, "kind"'
    return select(f'mean("{parameter}")', medium, *where, counting(parameter), by=by, fill="null")


def union(selects: Iterable[str], columns: str, by: str = "") -> str:
    """What several statements answer, in one table; `by` makes one row of what has the same tag."""
    sources = ", ".join(f"({each})" for each in selects)
    return f"SELECT {columns} FROM {sources}" + (f" GROUP BY {by}" if by else "")


def constant(field: str, number: float) -> str:
    """The same number in each row that has the field: InfluxQL has no column without one."""
    return f'"{field}" * 0 + {number!r}'


def steps(field: str, measurement: str, *where: str) -> str:
    """The newest value of each interval that has one; it holds until the next."""
    return select(f'last("{field}")', measurement, *where, by=INTERVAL, fill="none")


def mean_of_sites(column: str, measurement: str, *where: str) -> str:
    """The mean over sites of what each has at the same full hour, such as its day; none where none has."""
    of_each = select(f'{column} AS "each"', measurement, *where, by='"site"')
    return f'SELECT mean("each") FROM ({of_each}) WHERE $timeFilter GROUP BY time(1h) fill(none)'
