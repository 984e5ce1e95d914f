"""A month with hardly any data: no empty frame on the page, and what is missing is said by name."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.reports.content.report import EmptyMonthError, MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.rendering import cards, page, place_figures
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Language
from tests.support.compiled_report import compiled, simulated_store

COMPETITION = "Winter-Olympic competition zone (Chongli)"
DAYS = "AQI and PM₂.₅, day by day"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 10, 2, 16, tzinfo=UTC)
"""The third of October begins in Shanghai."""


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return loader.load()


def month_of(
    folder: Path,
    catalogue: Catalogue,
    site: str,
    length: timedelta,
    month: str = "2026-10",
    end: datetime = MIDNIGHT,
) -> MonthlyReport:
    """A report on what is in the folder and on a site that was heard for so long before `end`."""
    store = SqliteStore(simulated_store(folder, catalogue, [site], end, length))
    try:
        return compiled(store, catalogue, month)
    finally:
        store.close()


def page_of(report: MonthlyReport, language: Language = "en") -> str:
    return page.html(report, Identity("LQ-2026-10", 1, language, "0.1.0"), ReportWords(language))


def figures(text: str) -> dict[str, bool]:
    """Each figure's title, and whether something is drawn below it."""
    found = re.findall(r"<figcaption>Figure \d+ (.*?)</figcaption>(.{4})", text)
    return {title: drawn == "<svg" for title, drawn in found}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_site_without_a_reading_is_named_in_the_notes_and_has_a_card(
    language: Language, catalogue: Catalogue, tmp_path: Path
) -> None:
    report, words = month_of(tmp_path, catalogue, "wujinku", DAY), ReportWords(language)
    silent = [words.name(site.name) for site in catalogue.sites.values() if site.id != "wujinku"]

    made = cards.silent_sites(report, words)
    text = page_of(report, language)

    assert len(silent) > 1
    notes = {words.name(target.note) for target in catalogue.targets if target.note is not None}
    assert all(f"<li>{note}</li>" in text for note in notes)
    assert [card.place for card in made] == silent
    assert {(card.text, card.basis) for card in made} == {
        (words("state_none"), words("never_read", months=36)),
        (words("switched_off"), words("never_read", months=36)),  # two examples nobody waits for
    }
    assert f"<li>{words('not_measured', places=words('comma').join(silent))}</li>" in text
    section = text[text.index(words("silent_title")) :]
    assert all(f"<h3>{name}</h3>" in section for name in silent)


def test_one_day_has_its_calendar_but_no_chart_of_one_bar(catalogue: Catalogue, tmp_path: Path) -> None:
    text = page_of(month_of(tmp_path, catalogue, "chongli-qingshaonian", DAY))

    assert figures(text) == {
        "Where the air stations stand, and the month&#39;s AQI": True,
        f"{COMPETITION}: {DAYS}": True,
        f"Zhangjiakou city: {DAYS}": False,  # it has no reading, and says so
        "Daily AQI, station by station": True,
        f"{COMPETITION}: PM₂.₅, month means and the mean of twelve months": False,
        "Where the sections are, and the month&#39;s class": False,  # none has coordinates
        "Sites whose received or valid share is below 95 %": True,
    }
    assert "There is one month of data only" in text


def test_a_few_hours_make_no_calendar_and_it_says_why(catalogue: Catalogue, tmp_path: Path) -> None:
    text = page_of(month_of(tmp_path, catalogue, "chongli-qingshaonian", 5 * HOUR))

    assert figures(text)[f"{COMPETITION}: {DAYS}"] is False
    assert "Daily AQI, station by station" not in figures(text)
    assert "No day of the month has enough valid data" in text
    assert "too little data" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_map_that_fewer_than_two_coordinates_cannot_make_says_so(
    language: Language, catalogue: Catalogue, tmp_path: Path
) -> None:
    """No section of the catalogue has coordinates: the map of the sections names each."""
    report, words = month_of(tmp_path, catalogue, "bahaoqiao", 4 * HOUR), ReportWords(language)

    (figure,) = place_figures.sites_map(report, "water", words)

    sections = [words.name(site.name) for site in catalogue.sites.values() if site.medium == "water"]
    assert (figure.drawing, figure.state) == (None, words("state_no_coordinates"))
    assert all(name in figure.note for name in sections)
    assert ("two have coordinates: there is no map. Without" in figure.note) == (language == "en")
    assert figure.note in page_of(report, language)


def test_one_sample_is_a_point_as_a_line_of_one_would_be_nothing(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    text = page_of(month_of(tmp_path, catalogue, "bahaoqiao", 4 * HOUR))

    items = re.search(
        r"<figcaption>Figure \d+ Bahaoqiao: samples.*?</figcaption>(<svg.*?</svg>)", text, re.DOTALL
    )
    assert items is not None
    assert items[1].count("<use ") == 5  # a point each item that has classes


def test_a_place_that_went_silent_says_so_with_its_last_reading(catalogue: Catalogue, tmp_path: Path) -> None:
    """Renmin Park was heard in October, Chongli in November, which is reported."""
    simulated_store(tmp_path, catalogue, ["renmin-gongyuan"], MIDNIGHT, DAY)
    later = MIDNIGHT + timedelta(days=31)
    report = month_of(tmp_path, catalogue, "chongli-qingshaonian", DAY, "2026-11", later)

    (card,) = [one for one in cards.silent_sites(report, ReportWords("en")) if "Renmin" in one.place]
    text = page_of(report)
    drawn, bars = (
        figures(text),
        text[text.rindex("Sites whose received or valid share") :].partition("</figure>")[0],
    )

    last = report.collected.last["renmin-gongyuan"]
    assert MIDNIGHT - 2 * HOUR < last <= MIDNIGHT
    assert card.basis == f"last reading {last.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    assert drawn[f"Zhangjiakou city: {DAYS}"] is False
    assert drawn[f"{COMPETITION}: {DAYS}"] is True
    assert "Chongli Youth Centre" in bars
    assert "Renmin" not in bars


def test_without_any_reading_there_is_no_report_but_one_line(catalogue: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(EmptyMonthError, match="there is no reading in 2026-11"):
        month_of(tmp_path, catalogue, "wujinku", DAY, "2026-11")
