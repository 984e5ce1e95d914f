"""What counts and what does not, written by the store and asked for as the boards do."""

import json
import urllib.parse
import urllib.request
from contextlib import closing
from datetime import timedelta

import pytest
from msgspec import structs

from ingest.journal.entries import EntryStatus, ReadingEntry
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.calendar import to_ms
from sensors.model import Checked, Kind, Medium, Reading, Validity
from tests.dashboards.grafana.test_boards import BOARDS
from tests.support.filled_store import VARIABLES, Panel, panels
from tests.support.queue_entries import NOW, options
from tests.support.servers import Influxd

pytestmark = pytest.mark.server
DATABASE = "readings_on_boards"
LOOKED_AT = to_ms(NOW + timedelta(hours=12))


def entry(
    hour: int,
    parameter: str,
    value: float,
    validity: Validity = "valid",
    failed: tuple[str, ...] = (),
    *,
    site: str = "",
    kind: Kind = "rtd",
    medium: Medium = "air",
    status: EntryStatus = "new",
) -> ReadingEntry:
    time = NOW + timedelta(hours=hour)
    chosen = VARIABLES["site" if medium == "air" else "section"]
    reading = Reading(site or chosen, parameter, kind, time, value, "N", time)
    return ReadingEntry(medium, Checked(reading, failed, validity), status)


WRITTEN = [
    entry(0, "pm25", 10), entry(0, "pm10", 1, "invalid", ("range",)),
    entry(1, "pm25", 20, "valid", ("flat",)), entry(1, "pm10", 2),
    entry(2, "pm25", 300, "suspect", ("spike",)), entry(2, "pm10", 3),
    entry(3, "pm25", 400, "invalid", ("range",)), entry(3, "pm10", 4),
    entry(4, "pm10", 5), entry(4, "pm25", 50, "suspect", ("step",)),
    entry(4, "pm25", 50, status="amended"),  # its neighbour came: it counts after all
    entry(5, "pm25", 999, kind="hour"), entry(5, "pm25", 9, site="another", kind="min"),
    entry(0, "ph", 7, medium="water"), entry(0, "do", 9, "suspect", ("spike",), medium="water"),
    entry(4, "do", 8, medium="water"), entry(5, "do", 99, kind="day", medium="water"),
]  # fmt: skip


@pytest.fixture(scope="module")
def url(influxd: Influxd) -> str:
    with closing(InfluxDBStore(structs.replace(options(influxd.url), database=DATABASE))) as store:
        store.prepare()
        store.write_entries(WRITTEN)
    return influxd.url


RAIN = """\
statistic,site=renmin-gongyuan,parameter=rain,statistic=day value=0.5,n=20,expected=24 {day}
statistic,site=yanchang,parameter=rain,statistic=day value=1,n=24,expected=24 {day}
statistic,site=wujinku,parameter=rain,statistic=day value=9,n=0,expected=24 {day}
statistic,site=zone-city,parameter=rain,statistic=day value=9,n=24,expected=24 {day}
statistic,site=yanchang,parameter=rain,statistic=24h value=9,n=24,expected=24 {day}
"""


def test_rain_is_millimetres_of_the_measured_hours_and_the_mean_of_the_stations(url: str) -> None:
    """20 h of 0.5 mm/h and 24 h of 1: 10 and 24 mm; what lost its basis, zones and windows do not count."""
    panel = next(one for one in panels("zh/river.json", BOARDS["zh/river.json"]) if "'rain'" in one.statement)
    lines = RAIN.format(day=to_ms(NOW)).encode()
    urllib.request.urlopen(f"{url}/write?db={DATABASE}&precision=ms", lines, timeout=20).close()

    assert [row["mean"] for row in ask(url, panel)] == [17]


def ask(url: str, panel: Panel) -> list[dict[str, object]]:
    """The rows of the panel's answer with their tags, times left out."""
    statement = panel.filled_in(LOOKED_AT)
    fields = urllib.parse.urlencode({"q": statement, "db": DATABASE}).encode()
    with urllib.request.urlopen(f"{url}/query", fields, timeout=20) as answer:
        (result,) = json.load(answer)["results"]
    return [
        series.get("tags", {}) | dict(zip(series["columns"][1:], row[1:], strict=True))
        for series in result.get("series", ())
        for row in series["values"]
    ]


def panel_of(board: str, words: str) -> Panel:
    (found,) = [panel for panel in panels(board, BOARDS[board]) if words in panel.statement]
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("board", "parameter", "kind", "shown"),
    [
        pytest.param("air", "pm25", "rtd", [10, 20, 50], id="the first parameter of the point"),
        pytest.param("air", "pm10", "rtd", [2, 3, 4, 5], id="the second, where the first does not count"),
        pytest.param("air", "pm25", "hour", [999], id="another kind"),
        pytest.param("air", "so2", "rtd", [], id="one that was never sent"),
        pytest.param("river", "ph", "rtd", [7], id="an item"),
        pytest.param("river", "do", "rtd", [8], id="an item after one that is suspect"),
    ],
)
def test_a_panel_draws_the_readings_that_count(
    url: str, language: str, board: str, parameter: str, kind: str, shown: list[float]
) -> None:
    rows = ask(url, panel_of(f"{language}/{board}.json", f'"{parameter}_qc"'))

    assert [row["mean"] for row in rows if row["mean"] is not None and row["kind"] == kind] == shown


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_has_what_failed_a_check_and_nothing_that_has_been_cleared(url: str, language: str) -> None:
    rows = ask(url, panel_of(f"{language}/air.json", 'FROM "flagged"'))

    assert [(row["parameter"], row["value"], row["qc"], row["failed"]) for row in rows] == [
        ("pm25", 400, 4, "range"),
        ("pm25", 300, 3, "spike"),
        ("pm25", 20, 2, "flat"),
        ("pm10", 1, 4, "range"),
    ]
