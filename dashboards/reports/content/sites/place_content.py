"""What a report prints of one place, computed once, when all of it has been read."""

from msgspec import Struct

from dashboards.reports.content import air, water
from dashboards.reports.content.air import AirPlace
from dashboards.reports.content.collection import Collected
from dashboards.reports.content.means import Mean
from dashboards.reports.content.rows import place_rows
from dashboards.reports.content.water import WaterPlace
from sensors.catalogue.model import Catalogue


class PlaceContent(Struct, frozen=True):
    """Its days or classes, by its medium, and its rows of means.csv."""

    air: AirPlace | None
    water: WaterPlace | None
    rows: tuple[Mean, ...]


def place_content(collected: Collected, id_: str, catalogue: Catalogue) -> PlaceContent:
    """Of a place whose numbers are held, or which nothing was read of."""
    place = collected.places[id_]
    by_day = air.air_place(collected, id_) if place.medium == "air" else None
    by_class = water.water_place(collected, place) if place.medium == "water" else None
    rows = tuple(place_rows(collected, place, catalogue, by_day, by_class))
    return PlaceContent(by_day, by_class, rows)
