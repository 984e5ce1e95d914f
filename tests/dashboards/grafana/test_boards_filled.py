"""Every query of every panel against a real InfluxDB that the pipeline has filled: none comes back empty."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from operator import itemgetter

import pytest

from sensors.averages.attainment import YearSoFar, outlook
from sensors.calendar import SHANGHAI
from sensors.model import KINDS
from tests.dashboards.grafana.test_boards import BOARDS
from tests.support.filled_store import SITES, VARIABLES, FilledStore, Panel, now_ms, panels

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
    rows = filled.ask(panel.filled_in(now_ms()))
    there = {name for row in rows for name, cell in row.items() if cell is not None} - {"time"}
    lacking = [column for column in panel.columns if column != "Time" and column not in there]
    name = f"{panel.board}: {panel.title} ({panel.ref})"
    return f"{name}: empty" if not there else f"{name}: nothing in {lacking}" if lacking else ""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("board", sorted(BOARDS))
def test_every_query_of_the_board_returns_what_its_panel_shows(filled: FilledStore, board: str) -> None:
    answers = [wanting(filled, panel) for panel in ALL if panel.board == board]

    assert [answer for answer in answers if answer] == []
    assert len(answers) > 5


@pytest.mark.parametrize("board", ["zh/air.json", "en/air.json", "zh/river.json", "en/river.json"])
def test_the_lists_at_the_top_offer_what_is_there(filled: FilledStore, board: str) -> None:
    for variable in BOARDS[board]["templating"]["list"]:
        listed = Panel(board, variable["label"], "A", variable["query"]["query"], "1d", ())
        offered = {row["value"] for row in filled.ask(listed.filled_in(now_ms()))}

        assert VARIABLES[variable["name"]] in offered
        assert offered <= {*map(itemgetter(0), SITES), *KINDS}


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
