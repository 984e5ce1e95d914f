"""The paragraph of the air chapter."""

from dashboards.reports.content.air import AirPlace
from dashboards.reports.content.composite_indices import COMPOSITE
from dashboards.reports.content.means import Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.air_tables import air_places, month_value
from dashboards.reports.text.paragraph import ParagraphWriter, Phrase, change_phrase, points_phrase
from dashboards.reports.words import number
from sensors.catalogue.places import Place
from sensors.standards import aqi
from sensors.standards.statistics import YEAR_TO_DATE

_YEAR = 12
_NAMED = 3
_FEWEST = 2


def write_air(report: MonthlyReport, writer: ParagraphWriter) -> None:
    """Zone by zone, then how far the stations lie apart; without a zone station by station."""
    places = list(air_places(report))
    zones = [place for place in places if place.is_area]
    stations = [place for place in places if not place.is_area]
    for place in zones or stations:
        _write_place(report, place, writer)
        writer.begin_paragraph()
    if zones:
        _write_stations(report, stations, writer)
    if not places:
        writer.say("text_air_nothing", month=Phrase(writer.words.month(report.month)))


def _write_place(report: MonthlyReport, place: Place, writer: ParagraphWriter) -> None:
    words, name = writer.words, writer.words.name(place.name)
    month = Phrase(words.month(report.month))
    mean = month_value(report, place, "pm25")
    if mean is None or mean.value is None:
        writer.say("text_air_without", month=month, place=name)
    else:
        change = change_phrase(writer, mean, month_value(report, place, "pm25", _YEAR))
        weak = Phrase("") if mean.valid else writer.phrase("text_weak")
        writer.say(
            "text_air_mean", month=month, place=name, value=number(mean.value), weak=weak, change=change
        )
    _write_others(report, place, writer)
    _write_composite(report, place, writer)
    _write_days(report, report.air[place.id], writer)
    _write_year(report, place, writer)


def _write_others(report: MonthlyReport, place: Place, writer: ParagraphWriter) -> None:
    """The other pollutants of the index; those with too little data are named last."""
    told, weak = [], []
    for row in report.catalogue.shown("air"):
        if row.id == "pm25" or row.id not in aqi.pollutants():
            continue
        mean, name = month_value(report, place, row.id), writer.words.parameter(row.id, report.catalogue)
        if mean is None or mean.value is None or not mean.valid:
            weak.append(Phrase(name))
        else:
            told.append(_value_phrase(writer, row.id, name, mean))
    if told:
        writer.say("text_air_others", values=writer.listed(told))
    if weak and told:
        writer.say("text_air_weak", names=writer.listed(weak))


def _value_phrase(writer: ParagraphWriter, parameter: str, name: str, mean: Mean) -> Phrase:
    key = f"text_value_{parameter}"
    if writer.words.has(key):
        return writer.phrase(key, value=number(mean.value))
    return writer.phrase("text_value", name=Phrase(name), value=number(mean.value))


def _write_composite(report: MonthlyReport, place: Place, writer: ParagraphWriter) -> None:
    now = month_value(report, place, COMPOSITE)
    if now is not None and now.valid and now.value is not None:
        change = change_phrase(writer, now, month_value(report, place, COMPOSITE, _YEAR))
        writer.say("text_composite", value=number(now.value), change=change)


def _write_days(report: MonthlyReport, air: AirPlace, writer: ParagraphWriter) -> None:
    if air.month.good_share is None:
        writer.say("text_days_without")
        return
    writer.say(
        "text_days",
        share=cells.share(air.month.good_share).text,
        change=points_phrase(writer, air.month.good_share, air.month_year_ago.good_share),
    )
    ranked = sorted(air.month.primary.items(), key=lambda item: (-item[1], item[0]))[:_NAMED]
    if ranked:
        named = [
            writer.phrase("text_primary_days", name=writer.words.parameter(p, report.catalogue), n=str(n))
            for p, n in ranked
        ]
        writer.say("text_primary", names=writer.listed(named))


def _write_year(report: MonthlyReport, place: Place, writer: ParagraphWriter) -> None:
    """The year so far; in January it is the month."""
    mean = report.mean(place.id, "pm25", YEAR_TO_DATE, report.month.start_of(YEAR_TO_DATE))
    before = report.mean(place.id, "pm25", YEAR_TO_DATE, report.month.back(_YEAR).january.start)
    share = report.air[place.id].year_to_date.good_share
    if report.month == report.month.january or mean is None or mean.value is None or share is None:
        return
    weak = Phrase("") if mean.valid else writer.phrase("text_weak")
    writer.say(
        "text_air_year",
        months=Phrase(writer.words.year_so_far(report.month)),
        value=number(mean.value),
        weak=weak,
        change=change_phrase(writer, mean, before),
        share=cells.share(share).text,
    )


def _write_stations(report: MonthlyReport, stations: list[Place], writer: ParagraphWriter) -> None:
    """The range of the stations that can be compared."""
    found = []
    for place in stations:
        mean = month_value(report, place, "pm25")
        if mean is not None and mean.valid and mean.value is not None:
            found.append((mean.value, writer.words.name(place.name)))
    if len(found) < _FEWEST:
        return
    (low, cleanest), (high, worst) = min(found), max(found)
    if low == high:
        writer.say("text_stations_equal", value=number(low))
    else:
        writer.say("text_stations", low=number(low), high=number(high), cleanest=cleanest, worst=worst)
