"""What is missing is said: two of nine air stations, a month without water, a new year's first month."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.rendering import cards, chapters, page, shared_tables
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import NOTHING, ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import LANGUAGES, Language
from sensors.standards import completeness
from tests.support.compiled_report import compiled, simulated_store

TWO = ("wujinku", "chongli-qingshaonian")
WORDS = ReportWords("zh")


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return loader.load()


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Callable[..., MonthlyReport]:
    """A report on a month from sites that were heard for so many days before `end`."""

    def made(sites: tuple[str, ...], month: str, end: datetime, days: int) -> MonthlyReport:
        folder = tmp_path_factory.mktemp("missing")
        store = SqliteStore(simulated_store(folder, catalogue, sites, end, timedelta(days=days)))
        try:
            return compiled(store, catalogue, month)
        finally:
            store.close()

    return made


@pytest.fixture(scope="module")
def two_of_nine(make: Callable[..., MonthlyReport]) -> MonthlyReport:
    """October 2026 of one of the city's five stations, and of one of the four of the competition zone."""
    return make(TWO, "2026-10", datetime(2026, 11, 1, tzinfo=UTC), 40)


def row_of(table: ReportTable, name: str) -> list[str]:
    [found] = [[cell.text for cell in row] for row in table.rows if row[0].text.partition("（1")[0] == name]
    return found


def test_every_site_of_the_catalogue_stands_in_every_table(
    two_of_nine: MonthlyReport, catalogue: Catalogue
) -> None:
    tables = {table.id: table for table in shared_tables.content(two_of_nine, WORDS).air}
    quality = shared_tables.content(two_of_nine, WORDS).quality
    air = [WORDS.name(site.name) for site in catalogue.sites.values() if site.medium == "air"]
    silent = [WORDS.name(s.name) for s in catalogue.sites.values() if s.id not in TWO and s.active]

    assert len(air) == 9
    for table in (tables["pollutants"], tables["averages"], tables["days"]):
        assert {row[0].text for row in table.rows} >= set(air)
        for name in set(silent) & set(air):
            assert row_of(table, name)[1] == "无数据"
    assert [row[0].text for row in quality.rows] == [WORDS.name(s.name) for s in catalogue.sites.values()]
    assert all(row_of(quality, name)[1] == "无数据" for name in silent)
    assert row_of(quality, "云顶滑雪公园（示例）")[1] == "停用"  # `active = false`: nobody waits for it


def test_a_target_of_the_plan_stands_beside_a_zone_without_data(make: Callable[..., MonthlyReport]) -> None:
    """The plan asks for 25 of the competition zone by 2022, and strives for it in the city by 2035."""
    report = make(("wujinku",), "2026-10", datetime(2026, 11, 1, tzinfo=UTC), 40)
    tables = {table.id: table for table in shared_tables.content(report, WORDS).air}
    averages, days = tables["averages"], tables["days"]
    shown = [averages.head.index(WORDS(key)) for key in ("target", "beside_target")]

    assert [row_of(averages, "冬奥赛区（崇礼）")[column] for column in shown] == ["25", "数据不足"]
    assert [row_of(averages, "张家口市")[column] for column in shown] == ["25（力争）", "–"]
    assert set(row_of(days, "张家口市")[1:7]) == {"–"}  # no day of one of five stations counts
    assert row_of(days, "张家口市")[days.head.index("超标天数（>100）")] == "–"


def test_a_zone_of_one_station_of_five_is_told_and_not_valid(two_of_nine: MonthlyReport) -> None:
    """75 % of five are four; examples are waited for by nobody, so the other zone has one of one."""
    month = two_of_nine.month
    city = two_of_nine.mean("zone-city", "pm25", "month", month.start)
    competition = two_of_nine.mean("zone-competition", "pm25", "month", month.start)
    station = two_of_nine.mean("wujinku", "pm25", "month", month.start)

    assert city is not None
    assert competition is not None
    assert station is not None
    assert (city.points, city.of_points, city.valid, city.met) == (1, 5, False, None)
    assert (competition.points, competition.of_points, competition.valid) == (1, 1, True)
    assert (station.points, station.valid, station.value) == (None, True, city.value)
    table = shared_tables.content(two_of_nine, WORDS).air[0]
    assert "冬奥赛区（崇礼）（1/1 站）" in {row[0].text for row in table.rows}
    assert row_of(table, "张家口市")[:2] == ["张家口市（1/5 站）", f"{city.value}*"]
    assert two_of_nine.air["zone-city"].month.counted == 0  # no AQI of a city of one station


@pytest.mark.parametrize(
    ("n", "of", "enough"),
    [
        pytest.param(4, 5, True, id="80 %"),
        pytest.param(3, 5, False, id="60 %"),
        pytest.param(3, 4, True, id="75 % exactly"),
        pytest.param(2, 4, False, id="half of four"),
        pytest.param(2, 3, True, id="two of three"),
        pytest.param(1, 3, False, id="one of three"),
        pytest.param(1, 2, True, id="half of two"),
        pytest.param(0, 1, False, id="none"),
    ],
)
def test_three_quarters_of_the_points_and_half_where_there_are_fewer_than_four(
    n: int, of: int, enough: bool
) -> None:
    assert completeness.rules()["air", "zone_points"].enough_points(n, of) is enough


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_without_water_keeps_its_chapter_and_its_cards(
    language: str, two_of_nine: MonthlyReport
) -> None:
    words = ReportWords(language)  # type: ignore[arg-type]
    text = page.html(two_of_nine, Identity("LQ-2026-10", 1, words.language, "0.1.0"), words)
    [water] = [c for c in chapters.report_outline(two_of_nine, words).chapters if words("water") in c.heading]
    made = [card for card in cards.cards(two_of_nine, words) if "·" in card.place]

    assert words("silent_water") in text
    assert water.heading in text
    classes = shared_tables.content(two_of_nine, words).water[0]
    assert [row[1].text for row in classes.rows] == [words("state_none")] * len(classes.rows)
    assert {row[0].text for row in classes.rows} >= {words.name(two_of_nine.places["bahaoqiao"].name)}
    assert [card.text for card in made] == [words("state_none")] * 3  # Baihe III and II, Yongding III
    assert words("silent_air") not in text


def test_what_is_striven_for_and_what_stations_cannot_tell_are_said(two_of_nine: MonthlyReport) -> None:
    text = page.html(two_of_nine, Identity("LQ-2026-10", 1, "zh", "0.1.0"), WORDS)
    made = {card.place: card for card in cards.cards(two_of_nine, WORDS) if "·" not in card.place}

    assert (made["张家口市"].state, made["张家口市"].text) == ("aspiration", "力争（2035年起评价）")
    assert made["冬奥赛区（崇礼）"].state == "too_little"  # September has nine days only
    assert "氨氮排放总量（2022年）≤ 0.42 万吨、氨氮排放总量（2035年）≤ 0.3 万吨" in text


@pytest.fixture(scope="module")
def january(make: Callable[..., MonthlyReport]) -> MonthlyReport:
    """January 2026 of a station heard since 1 December."""
    return make(("chongli-qingshaonian",), "2026-01", datetime(2026, 2, 1, tzinfo=UTC), 62)


def test_a_new_years_first_month_has_no_verdict_of_a_year(january: MonthlyReport) -> None:
    """A valid month, progress and nothing more."""
    so_far = january.mean("zone-competition", "pm25", "year_to_date", january.month.start)
    card = cards.cards(january, WORDS)[0]

    assert so_far is not None
    assert so_far.valid
    assert (so_far.n, so_far.expected, so_far.met) == (31, 31, None)
    assert so_far.verdict is not None
    assert so_far.verdict.standing == "progress"
    assert (card.state, card.text) == ("progress", "进度（截至1月）")
    assert january.mean("zone-competition", "pm25", "year", january.month.start) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_new_years_first_month(language: Language, january: MonthlyReport) -> None:
    """The year to date is the month, the month before is of the year before, and nothing is met or missed."""
    words = ReportWords(language)
    text = page.html(january, Identity("LQ-2026-01", 1, language, "0.1.0"), words)
    cells = [
        re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", text, re.DOTALL)
    ]
    heads = {
        re.sub("<[^>]+>", "", cell).strip() for cell in re.findall(r"<th[^>]*>(.*?)</th>", text, re.DOTALL)
    }
    tables = {table.id: table for table in shared_tables.content(january, words).air}
    place = words.name(january.places["zone-competition"].name)
    [averages] = [row for row in tables["averages"].rows if row[0].text.startswith(place)]
    [pollutants] = [row for row in tables["pollutants"].rows if row[0].text.startswith(place)]
    december = january.mean("zone-competition", "pm25", "month", january.month.back(1).start)

    assert averages[1].text == averages[2].text == "13"
    assert december is not None
    assert f"({december.value})" in pollutants[3].text  # 环比, with the value that it is compared with
    assert pollutants[2].text == NOTHING  # nothing a year ago
    assert {"zh": "1月", "en": "January"}[language] in heads  # not 1—1月
    assert not {words("state_met"), words("state_missed"), "nan", "None"} & set(cells)
    assert any(cell.startswith({"zh": "进度", "en": "progress"}[language]) for cell in cells)
