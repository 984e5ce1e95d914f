"""The paragraph of the water chapter."""

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import PeriodClass, WaterPlace
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.water_tables import water_places
from dashboards.reports.text.paragraph import ParagraphWriter, Phrase
from sensors.standards.water_limits import WORSE_THAN_V, quality

_NAMED = 3


def write_water(report: MonthlyReport, writer: ParagraphWriter) -> None:
    """Section by section."""
    sections = [place for place in water_places(report) if not place.is_area]
    if any(not report.is_silent(place) for place in sections):
        for place in sections:
            _write_section(report, report.water[place.id], writer)
    else:
        writer.say("text_water_nothing", month=Phrase(writer.words.month(report.month)))


def _write_section(report: MonthlyReport, water: WaterPlace, writer: ParagraphWriter) -> None:
    words, period = writer.words, water.month
    name, month = words.name(report.places[water.site].name), Phrase(words.month(report.month))
    if period is None or period.result is None:
        writer.say("text_water_without", month=month, place=name)
        return
    kind = quality(period.result.number)
    writer.say(
        "text_water_class",
        month=month,
        place=name,
        klass=class_phrase(kind.number, writer),
        quality=words.name(kind.quality),
        weak=Phrase("") if period.valid else writer.phrase("text_weak"),
        target=_target(water, period, writer),
        before=_before(water, writer),
    )
    _write_items_over(report, period, writer)
    if water.met_share is not None:
        writer.say("text_samples", share=cells.share(water.met_share).text)
    _write_year(report, water, writer)


def class_phrase(number: int, writer: ParagraphWriter) -> Phrase:
    """A class in a sentence: in English one says class III, but not class worse than V."""
    key = "text_class" if number < WORSE_THAN_V else "text_class_beyond"
    return writer.phrase(key, klass=writer.words.water_class(number))


def _target(water: WaterPlace, period: PeriodClass, writer: ParagraphWriter) -> Phrase:
    """How the month lies to the class that the plan names: a month is no verdict on a year."""
    if water.target is None or period.result is None or not period.valid:
        return Phrase("")
    key = "text_within_target" if period.result.number <= water.target else "text_beyond_target"
    return writer.phrase(key, target=writer.words.water_class(water.target))


def _before(water: WaterPlace, writer: ParagraphWriter) -> Phrase:
    said = ""
    for key, period in (
        ("text_class_year_ago", water.month_year_ago),
        ("text_class_month_before", water.month_before),
    ):
        if period is not None and period.result is not None and period.valid:
            said += writer.phrase(key, klass=class_phrase(period.result.number, writer))
    return Phrase(said)


def _write_items_over(report: MonthlyReport, period: PeriodClass, writer: ParagraphWriter) -> None:
    if period.result is None or not period.result.times_over:
        return
    named = [
        writer.phrase(
            "text_item_over",
            name=writer.words.parameter(one.item, report.catalogue),
            times=f"{one.times:f}",
        )
        for one in period.result.times_over[:_NAMED]
    ]
    writer.say("text_items_over", names=writer.listed(named))


def _write_year(report: MonthlyReport, water: WaterPlace, writer: ParagraphWriter) -> None:
    year = water.year_to_date
    if report.month == report.month.january or year is None or year.result is None:
        return
    writer.say(
        "text_water_year",
        months=Phrase(writer.words.year_so_far(report.month)),
        klass=class_phrase(year.result.number, writer),
        weak=Phrase("") if year.valid else writer.phrase("text_weak"),
    )
