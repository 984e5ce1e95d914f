"""Every query of every panel against a real InfluxDB that the pipeline has filled: none comes back empty."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from sensors.averages.outlook import Known, outlook
from sensors.times import SHANGHAI
from tests.dashboards.filled import Filled, Panel, now_ms, panels
from tests.dashboards.test_boards import BOARDS

pytestmark = pytest.mark.server
ALL = [panel for name, board in sorted(BOARDS.items()) for panel in panels(name, board)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    made = Filled(tmp_path_factory.mktemp("filled"))
    try:
        made.fill()
        yield made
    finally:
        made.stop()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("panel", ALL, ids=[f"{p.board} {p.title} {p.ref}" for p in ALL])
def test_the_query_returns_what_its_panel_shows(filled: Filled, panel: Panel) -> None:
    rows = filled.ask(panel.filled_in(now_ms()))

    shown = [column for column in panel.columns if column != "Time"]
    values = [row[name] for row in rows for name in row if name != "time" and row[name] is not None]
    assert values, f"{panel.board}: {panel.title} ({panel.ref}) is empty"
    for column in shown:
        there = [row[column] for row in rows if row.get(column) is not None]
        assert there, f"{panel.board}: {panel.title}: nothing in column {column}"


@pytest.mark.parametrize("zone", ["zone-competition", "zone-city"])
def test_the_outlook_of_the_board_is_that_of_sensors(filled: Filled, zone: str) -> None:
    year = datetime.now(SHANGHAI).year
    start = int(datetime(year, 1, 1, tzinfo=SHANGHAI).astimezone(UTC).timestamp() * 1000)
    where = f"FROM statistic WHERE site = '{zone}' AND parameter = 'pm25' AND time = {start}ms"
    (whole,) = filled.ask(f"SELECT value, n, expected {where} AND statistic = 'year'")
    (so_far,) = filled.ask(f"SELECT value, n, expected {where} AND statistic = 'year_to_date'")
    left = Fraction(int(whole["expected"]) - int(so_far["expected"]))
    known = Known(Fraction(whole["value"]) * int(whole["n"]), Fraction(int(whole["n"])), left)
    expected = outlook(known, Decimal(25), 0).rest
    (panel,) = [
        p
        for p in ALL
        if p.board == "zh/attainment.json" and "year_to_date)" in p.statement and zone in p.statement
    ]

    (row,) = filled.ask(panel.filled_in(now_ms()))

    assert expected is not None
    assert row["rest"] == pytest.approx(float(expected), rel=1e-9)
