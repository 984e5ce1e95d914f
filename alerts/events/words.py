"""What an event is about, and how it stands now, in both languages. Pure."""

from collections.abc import Mapping

from alerts.events.group import Cause
from alerts.events.summary import EventSummary
from alerts.notify.event import place_name
from alerts.notify.sentences import detail_text
from alerts.notify.words import KINDS, SYSTEM, describe_measured, format_value, printable
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name

CAUSE_NAMES: Mapping[Cause, Name] = {
    "particles": Name("颗粒物", "particles"),
    "ozone": Name("臭氧", "ozone"),
    "gases": Name("气态污染物", "gases"),
    "water": Name("水质", "water quality"),
    "attainment": Name("目标达成", "targets"),
    "silence": Name("无数据", "no data"),
    "sensor": Name("仪器", "sensor"),
    "broker": SYSTEM["broker"],
    "ingest": SYSTEM["ingest"],
    "store": SYSTEM["store"],
    "channel": SYSTEM["channel"],
    "parts": SYSTEM["parts"],
    "internal_error": SYSTEM["internal_error"],
}


def cause_name(cause: str) -> Name:
    """What people call a cause."""
    return CAUSE_NAMES.get(cause, Name(cause, cause))  # type: ignore[call-overload,no-any-return]  # of any build


def short_place_name(place: str, catalogue: Catalogue) -> Name:
    """What people call a place where there is little room."""
    known = catalogue.places.get(place)
    return known.short if known is not None else place_name(place, catalogue)


def to_standing_text(summary: EventSummary, catalogue: Catalogue, language: Language) -> str:
    """What the episode that speaks for an event says now: what, value and limit, and where if elsewhere."""
    lead, zh = summary.lead, language == "zh"
    measured = describe_measured(lead.parameter, lead.statistic, catalogue)
    value = format_value(summary.value, lead.unit, language)
    kind, name = KINDS.get(lead.statistic), getattr(measured.name, language)
    if kind is None:
        limit = format_value(lead.limit, lead.unit, language)
        text = f"{name} {value}，限值 {limit}" if zh else f"{name} {value}, limit {limit}"
    else:
        words = getattr(kind.firing, language).format(value)
        text = (f"{name}：{words}" if zh else f"{name}: {words}") if name else words
    detail = detail_text(language, lead.statistic, lead.event.detail)
    where = "" if lead.site == summary.event.area else getattr(place_name(lead.site, catalogue), language)
    parts = [f"{where}{' ' if where else ''}{text}", detail]
    return printable(("；" if zh else "; ").join(part for part in parts if part))
