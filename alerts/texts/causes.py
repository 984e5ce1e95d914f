"""What an event is about, in both languages."""

from collections.abc import Mapping

from alerts.events.group import Cause
from alerts.notify.event import place_name
from alerts.notify.words import SYSTEM
from sensors.catalogue.model import Catalogue
from sensors.model import Name

CAUSE_NAMES: Mapping[str, Name] = {
    "particles": Name("颗粒物", "particles"),
    "ozone": Name("臭氧", "ozone"),
    "gases": Name("气态污染物", "gases"),
    "water": Name("水质", "water quality"),
    "attainment": Name("目标达成", "targets"),
    "silence": Name("无数据", "no data"),
    "sensor": Name("仪器", "sensor"),
    **SYSTEM,
}


def cause_name(cause: Cause | str) -> Name:
    """What people call a cause; of another build as it is."""
    return CAUSE_NAMES.get(cause, Name(cause, cause))


def short_place_name(place: str, catalogue: Catalogue) -> Name:
    """What people call a place where there is little room."""
    known = catalogue.places.get(place)
    return known.short if known is not None else place_name(place, catalogue)
