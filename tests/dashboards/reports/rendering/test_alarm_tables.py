"""The chapter on alarms: page, workbook and report.json, with figures and without any."""

import io
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from msgspec.structs import replace

from alerts.events.quality import AlarmRecord, EpisodeBegin, NotifiedEvent, SentMessage, measure, thresholds
from dashboards.reports.content.alarms import MonthAlarms, month_alarms
from dashboards.reports.content.report import JournalFacts, MonthlyReport
from dashboards.reports.export import Identity, report_json
from dashboards.reports.rendering import page
from dashboards.reports.rendering.files.workbook import xlsx
from dashboards.reports.rendering.tables import alarm_tables
from dashboards.reports.rendering.tables.cells import SHOWN
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language, Name
from tests.support.compiled_report import compiled, simulated_store

IDENTITY = Identity("LQ-2026-10", 1, "en", "0.1.0")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PEOPLE = {"wang": "王伟"}
RULES = {"pm25-1h": Name("PM2.5 小时值", "PM2.5, an hour")}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026, of which two days were simulated; no journal."""
    catalogue = loader.load()
    folder, end = tmp_path_factory.mktemp("simulated"), datetime(2026, 10, 2, 16, tzinfo=UTC)
    store = SqliteStore(simulated_store(folder, catalogue, ["wujinku"], end, timedelta(days=2)))
    made = compiled(store, catalogue, "2026-10")
    store.close()
    return made


def with_alarms(report: MonthlyReport, alarms: MonthAlarms) -> MonthlyReport:
    return replace(report, journal_facts=JournalFacts({}, None, None, alarms))


def measured(
    report: MonthlyReport, *, messages: int = 11, events: int = 1, sites: Sequence[str] = ("yunding",)
) -> MonthlyReport:
    """Messages to one person a second apart, events open from the 3rd on, a rule that begins three times."""
    start, end = report.month.start, report.month.end
    third = start + 48 * HOUR
    record = AlarmRecord(
        start,
        end,
        [SentMessage(third + n * MINUTE / 60, "wang", "mail", "e0", "pm25-1h") for n in range(messages)],
        [EpisodeBegin(("pm25-1h", site, "pm25"), third + n * HOUR) for site in sites for n in range(3)],
        [
            NotifiedEvent(
                f"e{n}", third, third + 90 * MINUTE, third, third + 50 * HOUR, "zone-city", "particles"
            )
            for n in range(events)
        ],
    )
    return with_alarms(report, month_alarms(measure(record), PEOPLE, RULES))


def rows(report: MonthlyReport, language: Language = "en") -> dict[str, list[tuple[str, ...]]]:
    return {
        table.id: [tuple(cell.text for cell in row) for row in table.rows]
        for table in alarm_tables.shown(report, ReportWords(language))
    }


def test_each_figure_stands_beside_what_it_is_held_against(report: MonthlyReport) -> None:
    found = [row[:4] for row in rows(measured(report))["alarm_figures"]]

    assert found == [
        ("Messages a day, on average, to whoever got most", "0.35", "≤ 2", "within"),
        ("Messages to one person in any ten minutes, at most", "11", "≤ 10", "above"),
        ("Stale events (open for more than 24 h)", "1", "–", "–"),
        ("Stale events at once, at most", "1", "< 5", "within"),
        ("Chattering (3 or more begins of a rule at a place in 24 h)", "1", "–", "–"),
        ("Messages that the ten most frequent rules made", "100.0 %", "–", "–"),
        ("Events that people were notified of", "1", "–", "–"),
        ("of these acknowledged", "100.0 %", "–", "–"),
        ("Time to acknowledgement, median", "1.5 h", "–", "–"),
        ("Time to acknowledgement, slowest", "1.5 h", "–", "–"),
    ]


def test_people_rules_stale_events_and_what_chattered_go_by_their_names(report: MonthlyReport) -> None:
    found = rows(measured(report), "zh")

    assert found["alarm_people"] == [("王伟", "11", "0.35", "11", "11", "10-03 00:00")]
    assert found["alarm_rules"] == [("PM₂.₅ 小时值", "11", "100.0 %", "3", "1")]
    assert found["alarm_stale_events"] == [
        ("张家口市", "颗粒物", "e0", "10-03 00:00", "10-05 02:00", "50.0", "10-03 01:30")
    ]
    assert [row[0] for row in found["alarm_chattering_rules"]] == ["PM₂.₅ 小时值"]
    assert [row[2:] for row in found["alarm_chattering_rules"]] == [("PM₂.₅", "3")]


@pytest.mark.parametrize(
    ("messages", "events", "verdicts"),
    [
        pytest.param(10, 4, ("within", "within"), id="ten messages; four at once"),
        pytest.param(11, 4, ("above", "within"), id="eleven messages are a flood"),
        pytest.param(10, 5, ("within", "above"), id="five at once are not less than five"),
    ],
)
def test_the_verdict_at_the_threshold(
    messages: int, events: int, verdicts: tuple[str, str], report: MonthlyReport
) -> None:
    found = rows(measured(report, messages=messages, events=events))["alarm_figures"]

    assert (found[1][3], found[3][3]) == verdicts


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_threshold_names_its_source_and_that_nobody_has_read_it(
    language: Language, report: MonthlyReport
) -> None:
    sources = [row[4] for row in rows(measured(report), language)["alarm_figures"]]

    words = ReportWords(language)
    for threshold in thresholds().values():
        assert words("alarm_unconfirmed", source=words.name(threshold.source)) in sources


def test_an_event_that_outlasts_the_month_goes_on_at_its_end(report: MonthlyReport) -> None:
    end = report.month.end
    event = NotifiedEvent("e", end - 48 * HOUR, None, end - 48 * HOUR, end + 9 * HOUR, "yunding", "ozone")
    record = AlarmRecord(report.month.start, end, [], [], [event])

    [row] = rows(with_alarms(report, month_alarms(measure(record), {}, {})))["alarm_stale_events"]

    assert row[1:] == ("ozone", "e", "10-30 00:00", "goes on", "48.0", "–")


def test_a_long_list_is_cut_on_the_page_and_whole_in_the_workbook(report: MonthlyReport) -> None:
    long, words = measured(report, events=SHOWN + 1), ReportWords("en")

    shown = next(t for t in alarm_tables.shown(long, words) if t.id == "alarm_stale_events")
    whole = next(t for t in alarm_tables.sheet(long, words) if t.id == "alarm_stale_events")

    assert (len(shown.rows), len(whole.rows)) == (SHOWN, SHOWN + 1)
    assert (shown.cut, whole.cut) == ("40 of 41 are shown; all are in report.xlsx.", "")


ABSENT = [
    pytest.param(None, "Not available here: the journal file is not at hand.", id="no_journal"),
    pytest.param(
        month_alarms(None, {}, {}), "Not available any more: messages are kept for 90 days", id="too_old"
    ),
    pytest.param(MonthAlarms("nothing"), "The journal holds nothing of the month", id="nothing"),
]


@pytest.mark.parametrize(("alarms", "line"), ABSENT)
def test_where_there_are_no_figures_one_line_says_why(
    alarms: MonthAlarms | None, line: str, report: MonthlyReport, request: pytest.FixtureRequest
) -> None:
    made = report if alarms is None else with_alarms(report, alarms)

    text = page.html(made, IDENTITY, ReportWords("en"))
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(made, ReportWords("en"))))["Alarms"]
    document = json.loads(report_json(made, IDENTITY))["alarms"]

    heading = r'<h2 id="chapter-\d+">\d+ How good the alarms are</h2>'
    assert re.search(rf"{heading}\s*<p>{line}", text)
    assert str(sheet["A3"].value).startswith(line)
    assert document == {"state": request.node.callspec.id, "figures": None}


def test_a_month_in_which_nothing_happened_has_nothing(report: MonthlyReport) -> None:
    record = AlarmRecord(report.month.start, report.month.end, [], [], [])

    assert month_alarms(measure(record), {}, {}).state == "nothing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_workbook_and_report_json_have_the_figures_alike(
    language: Language, report: MonthlyReport
) -> None:
    made, words = measured(report), ReportWords(language)

    text = page.html(made, IDENTITY, words)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx(made, words)))[words("sheet_alarms")]
    figures = json.loads(report_json(made, IDENTITY))["alarms"]["figures"]

    assert (text, xlsx(made, words)) == (page.html(measured(report), IDENTITY, words), xlsx(made, words))
    assert text.count('id="alarm_') == 5
    assert [sheet.cell(row, 2).value for row in (3, 4)] == [pytest.approx(11 / 31), 11]
    assert figures["people"][0]["most_in_ten_minutes"] == 11
    assert figures["thresholds"]["flood"]["confirmed"] is False
