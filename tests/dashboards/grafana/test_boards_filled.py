"""Every query of every panel against a real InfluxDB that the pipeline has filled: none comes back empty."""

import json
import re
import urllib.error
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from msgspec.structs import replace

from dashboards.grafana.build import to_files
from sensors.averages.attainment import YearSoFar, outlook
from sensors.calendar import SHANGHAI, to_ms
from sensors.catalogue import loader
from tests.dashboards.grafana.test_boards import BOARDS
from tests.support.filled_store import SITES, FilledStore, Panel, now_ms, panels

QUOTED = re.compile(r"'([^']*)'")
NOT_FILLED = {site for site in loader.load().sites if site not in {row[0] for row in SITES}}
"""Sites of the shipped catalogue that are drawn beside others, and have no data here."""

OF_TOO_FEW = "zone-city"
"""One of its five stations is filled here: its means do not count."""

pytestmark = [pytest.mark.server, pytest.mark.heavy]
ALL = [panel for name, board in sorted(BOARDS.items()) for panel in panels(name, board)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledStore]:
    made = FilledStore(tmp_path_factory.mktemp("filled"))
    try:
        made.fill()
        yield made
    finally:
        made.stop()


def wanting(filled: FilledStore, panel: Panel) -> str:
    """What the answer to a query lacks, naming board and panel; "" when it lacks nothing."""
    if f"'{OF_TOO_FEW}'" in panel.statement:
        panel = replace(panel, statement=panel.statement.replace('"valid" = true', '"valid" = false'))
    rows = filled.ask(panel.filled_in(now_ms()))
    there = {name for row in rows for name, cell in row.items() if cell is not None} - {"time"}
    lacking = [column for column in panel.columns if column != "Time" and column not in there]
    if not there and (panel.may_be_empty or NOT_FILLED & {*QUOTED.findall(panel.statement)}):
        return ""
    name = f"{panel.board}: {panel.title} ({panel.ref})"
    return f"{name}: empty" if not there else f"{name}: nothing in {lacking}" if lacking else ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("board", sorted(BOARDS))
def test_every_query_of_the_board_returns_what_its_panel_shows(filled: FilledStore, board: str) -> None:
    answers = [wanting(filled, panel) for panel in ALL if panel.board == board]

    assert [answer for answer in answers if answer] == []
    assert len(answers) > 5


def test_an_empty_panel_and_an_empty_column_are_named(filled: FilledStore) -> None:
    spoiled = Panel("b", "t", "A", 'SELECT last("value") FROM "nothing" WHERE $timeFilter', "1d", ())
    half = Panel("b", "t", "A", 'SELECT "class" FROM "water_class" WHERE $timeFilter', "9d", ("class", "x"))

    assert wanting(filled, spoiled) == "b: t (A): empty"
    assert wanting(filled, half) == "b: t (A): nothing in ['x']"


@pytest.mark.parametrize("zone", ["zone-competition", "zone-city"])
def test_the_outlook_of_the_board_is_that_of_sensors(filled: FilledStore, zone: str) -> None:
    year = datetime.now(SHANGHAI).year
    start = int(datetime(year, 1, 1, tzinfo=SHANGHAI).astimezone(UTC).timestamp() * 1000)
    where = f"FROM statistic WHERE site = '{zone}' AND parameter = 'pm25' AND time = {start}ms"
    (whole,) = filled.ask(f"SELECT value, n, expected {where} AND statistic = 'year'")
    (so_far,) = filled.ask(f"SELECT value, n, expected {where} AND statistic = 'year_to_date'")
    left = Fraction(int(whole["expected"]) - int(so_far["expected"]))
    known = YearSoFar(Fraction(whole["value"]) * int(whole["n"]), Fraction(int(whole["n"])), left)
    expected = outlook(known, Decimal(25), 0).rest
    (panel,) = [
        p
        for p in ALL
        if p.board == "zh/attainment.json" and "year_to_date)" in p.statement and zone in p.statement
    ]

    (row,) = filled.ask(panel.filled_in(now_ms()))

    assert expected is not None
    assert row["rest"] == pytest.approx(float(expected), rel=1e-9)


def of_board(board: str, words: str) -> Panel:
    (found,) = [panel for panel in ALL if panel.board == board and words in panel.statement]
    return found


def exported(filled: FilledStore, name: str, parameter: str) -> list[tuple[int, float]]:
    """Times and values of one parameter that count, as `liangqu export` gives them."""
    rows = [row for row in filled.exported[name] if row["parameter"] == parameter]
    counting = [row for row in rows if row.get("validity", "valid") == "valid"]
    return [(to_ms(datetime.fromisoformat(row["time"])), float(row["value"])) for row in counting]


def shown(filled: FilledStore, panel: Panel, column: str) -> list[tuple[int, float]]:
    """Times and values of the last six days that the board's answer has."""
    since = now_ms() - 6 * 86_400_000
    rows = filled.ask(panel.filled_in(now_ms()))
    return [(row["time"], row[column]) for row in rows if row[column] is not None and row["time"] > since]


@pytest.mark.parametrize("parameter", ["so2", "co", "o3"])
def test_the_readings_of_a_board_are_those_of_export(filled: FilledStore, parameter: str) -> None:
    """An hourly site has one reading in each interval of a week's board, so that its mean is the reading."""
    board = of_board("zh/air.json", f'mean("{parameter}")')
    there = exported(filled, "readings", parameter)

    drawn = shown(filled, board, "mean")

    assert len(drawn) > 100
    values = [value for _, value in there][-len(drawn) :]
    assert [value for _, value in drawn] == pytest.approx(values, rel=1e-9)


def test_the_24_hours_of_a_tile_are_the_newest_of_export(filled: FilledStore) -> None:
    of = """"site" = '${site:raw}' AND "parameter" = 'pm25' AND "statistic" = '24h'"""
    tile = f'"valid" FROM "statistic" WHERE {of}'
    board = of_board("en/air.json", tile)
    time, value = exported(filled, "24h", "pm25")[-1]

    (row,) = filled.ask(board.filled_in(now_ms()))

    assert (row["time"], row["value"]) == (time, pytest.approx(value, rel=1e-9))


@pytest.mark.parametrize("item", ["codmn", "nh3n", "ph"])
def test_the_days_of_a_section_are_those_of_export(filled: FilledStore, item: str) -> None:
    day = f"""'{item}' AND "statistic" = 'day' AND "n" > 0"""
    (board,) = [
        panel for panel in ALL
        if panel.board == "zh/river.json" and day in panel.statement and 'last("value")' in panel.statement
        and "${section" in panel.statement
    ]  # fmt: skip
    there = exported(filled, "day", item)

    drawn = [value for _, value in shown(filled, board, "last")]

    assert len(drawn) >= 5
    assert drawn == pytest.approx([value for _, value in there][-len(drawn) :], rel=1e-9)


def test_the_rain_beside_a_section_is_the_days_of_its_only_gauge(filled: FilledStore) -> None:
    """Millimetres of a day: export's mean in mm/h times the hours that it is of."""
    board = next(panel for panel in ALL if panel.board == "zh/river.json" and "'rain'" in panel.statement)
    days = [row for row in filled.exported["days of air"] if row["parameter"] == "rain"]
    there: dict[int, float] = {
        to_ms(datetime.fromisoformat(row["time"])): float(row["value"]) * float(row["n"]) for row in days
    }

    drawn = dict(shown(filled, board, "mean"))

    assert len(drawn) >= 5
    assert drawn == pytest.approx({time: there[time] for time in drawn}, rel=1e-9)


def test_links_of_rows_to_the_desk_name_columns_that_are_answered(filled: FilledStore) -> None:
    built = to_files(loader.load(), desk="https://desk.example.org")
    known = {panel.statement for panel in ALL}
    linked = [
        panel
        for file in ("en/overview.json", "en/alerts.json")
        for panel in panels(file, json.loads(built[file]))
        if panel.statement not in known
    ]

    assert [panel.title for panel in linked] == [
        "Open events, gravest first",
        "Sites by state",
        "Open events, gravest first",
        "Past events, newest first",
    ]
    for panel in linked:
        rows = filled.ask(panel.filled_in(now_ms()))
        assert rows
        assert all(row["site"] if panel.title == "Sites by state" else row["event"] for row in rows)


def test_who_asks_may_only_read(filled: FilledStore) -> None:
    for statement in ("DROP MEASUREMENT statistic", "DELETE FROM air", "CREATE DATABASE other"):
        with pytest.raises((AssertionError, urllib.error.HTTPError)):
            filled.ask(statement)
