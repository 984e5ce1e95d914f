"""The outlook of a report: what is needed after October against what came in earlier years."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.rendering import cards, page
from dashboards.reports.rendering.tables import outlook_table
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Checked, Reading
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled

SITE = "chongli-qingshaonian"
HEATED = {11: 30.0, 12: 49.0}
"""November and December of a city that is heated; the rest of each year is 20, and 24.8 this year."""


def readings(first: datetime, until: datetime) -> Iterator[Reading]:
    time = first
    while time < until:
        value = HEATED.get(time.month, 20.0 if time.year < 2026 else 24.8)
        at = time.astimezone(UTC)
        yield Reading(SITE, "pm25", "rtd", at, value, "N", at)
        time += timedelta(hours=1)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026, with all of 2025 and November and December of 2024."""
    store = SqliteStore(tmp_path_factory.mktemp("season") / "liangqu.db")
    store.prepare()
    span = datetime(2024, 11, 1, tzinfo=SHANGHAI), datetime(2026, 11, 1, tzinfo=SHANGHAI)
    store.write([reading_point("air", Checked(one)) for one in readings(*span)])
    made = compiled(store, loader.load(), "2026-10")
    store.close()
    return made


def test_what_is_needed_stands_beside_what_came_and_is_called_a_risk(report: MonthlyReport) -> None:
    """(25.5 x 365 - 304 x 24.8) / 61 = 28.99; (30 x 30 + 31 x 49) / 61 = 39.66; x 24.8 / 20 = 49.17."""
    table = outlook_table.outlooks(report, ReportWords("zh"))
    found = {head: cell.text for head, cell in zip(table.head, table.rows[0], strict=True)}

    assert found["地点"] == "冬奥赛区（崇礼）"
    assert (found["至今"], found["其余须为"]) == ("24.8", "< 29.0")
    assert (found["2025年同期"], found["2024年同期"], found["2023年同期"]) == ("39.7", "39.7", "–")
    assert (found["按今年变化推算"], found["结论"]) == ("49.2", "有风险")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_card_says_progress_and_the_prospect_and_the_picture_is_drawn(
    language: str, report: MonthlyReport
) -> None:
    words = ReportWords(language)  # type: ignore[arg-type]
    card = cards.cards(report, words)[0]
    text = page.html(report, Identity("LQ-2026-10", 1, words.language, "0.1.0"), words)
    drawn = text.rindex("<svg", 0, text.rindex(words("outlook_title")))
    figure = text[drawn:].partition("</svg>")[0]

    assert (card.state, card.value) == ("progress", "25")
    assert card.basis.endswith(words("outlook_at_risk"))
    assert ">2025</text>" in figure
    assert ">&lt; 29.0</text>" in figure


def test_a_target_without_data_and_an_aspiration_stand_in_the_table(report: MonthlyReport) -> None:
    table = outlook_table.outlooks(report, ReportWords("zh"))

    rows = [[cell.text for cell in row] for row in table.rows]
    assert [row[0] for row in rows] == ["冬奥赛区（崇礼）", "张家口市", "后城", "后城", "八号桥"]
    assert {row[4] for row in rows[1:]} == {"无数据"}
    assert [row[3] for row in rows[1:]] == ["≤ 25（力争）", "Ⅲ类", "Ⅱ类（力争）", "Ⅲ类"]
