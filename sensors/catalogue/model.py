"""The catalogue's types: parameters and sites; `loader.load` reads them from TOML."""

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Literal

from msgspec import Struct

from sensors.catalogue.places import Place, places_of, wider_zones_of
from sensors.model import BASES, Acceptance, Basis, Label, Medium, Name
from sensors.standards.air_limits import AreaClass
from sensors.standards.targets import Load, Target
from sensors.standards.water_limits import Waterbody

NAMES_REMEMBERED = 4096
"""Of the lists of names that stations send: each usually has its own one."""

Confirmation = Literal["confirmed", "single-source", "example"]
EVERY_PARAMETER = "all"
"""Stands for all parameters of a site."""


class Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """What the streaming checks compare with; a threshold of None switches its check off.

    `step` is the largest plausible change between neighbours, in the parameter's unit, `spike` the largest
    plausible distance from the mean of both neighbours. A series is flat when it stays within
    `flat_tolerance` for `flat_hours`; `flat_above` exempts values at or below it (clean air may stay at the
    detection limit). `part_of` is the parameter that this one is a part of, as PM2.5 of PM10, and never above
    by more than `part_margin`. `source` says where the numbers come from.
    """

    source: str
    step: float | None = None
    spike: float | None = None
    flat_hours: float | None = None
    flat_tolerance: float = 0.0
    flat_above: float | None = None
    part_of: str | None = None
    part_margin: float = 0.0


class Parameter(Struct, frozen=True, forbid_unknown_fields=True):
    """One measured quantity: its unit, decimals, physical range (both ends plausible) and thresholds.

    `headings` are other names in the heads of tables, `symbol` is how it is written where there is little
    room. `shown` is its place, from 1, among what the boards show of its medium, `in_brief` whether also
    where there is room for a few only. A `typical` one is measured by simulated stations that do not name
    theirs. Above `high` up to `ceiling` a value counts as `high`. `detection_limit` is that of the method
    wherever a site names none.
    """

    id: str
    medium: Medium
    codes: tuple[str, ...]
    name: Name
    unit: str
    decimals: int
    low: float
    high: float
    checks: Thresholds
    source: str
    headings: tuple[str, ...] = ()
    symbol: str = ""
    shown: int | None = None
    in_brief: bool = False
    typical: bool = False
    ceiling: float | None = None
    detection_limit: float | None = None

    @property
    def label(self) -> str:
        """Its symbol, else its id."""
        return self.symbol or self.id

    @property
    def largest(self) -> float:
        """How far from zero a value of the physical range can lie."""
        return max(abs(self.low), abs(self.high))


class Site(Struct, frozen=True):
    """A station or section, see docs/reference/settings.md; durations are resolved, defaults filled in.

    `floor` and `detection_limit` are by parameter id, `missing` too, with those of all parameters included in
    each and alone under `EVERY_PARAMETER`; its codes are `to_missing_code`'s.
    `contact` is whom to call about it, in words. Under the ids of `renamed_from` it has sent before.
    """

    id: str
    medium: Medium
    name: Name
    cycle: timedelta
    late_after: timedelta
    zone: str | None = None
    river: str | None = None
    waterbody: Waterbody = "river"
    area_class: AreaClass = 2
    label: Label = "end"
    basis: Basis | None = None
    parameters: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    mn: str | None = None
    code: str | None = None
    aliases: tuple[str, ...] = ()
    units: Mapping[str, str] = {}
    accept: tuple[Acceptance, ...] = ()
    active: bool = True
    floor: Mapping[str, float] = {}
    detection_limit: Mapping[str, float] = {}
    missing: Mapping[str, tuple[str | float, ...]] = {}
    status: Confirmation = "confirmed"
    source: str = ""
    contact: str = ""
    renamed_from: tuple[str, ...] = ()

    @property
    def bases(self) -> tuple[Basis, ...]:
        """The kinds of reading that may feed its statistics, the finest first; one if `basis` says so."""
        return BASES if self.basis is None else (self.basis,)


class ParameterGroup(Struct, frozen=True):
    """Parameters whose values are sent together: their ids, and the ends of their ranges."""

    ids: tuple[str, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]


class Catalogue(Struct, frozen=True, dict=True):
    """All parameters, sites, zones and rivers by id, parameters by HJ code, and sites by MN.

    `rivers` holds those with a [[river]] row; a site's river without one is named by its id. `short_names`
    are those of zones where there is little room. `members` is what wider zones are made of. `loads` are
    what the plan asks for and no station measures. `region` is what all of it is about, for a report's head.
    `by_former` is the id of each site that had another before.
    """

    parameters: Mapping[str, Parameter]
    sites: Mapping[str, Site]
    zones: Mapping[str, Name]
    rivers: Mapping[str, Name]
    by_code: Mapping[str, str]
    by_mn: Mapping[str, str] = {}
    by_former: Mapping[str, str] = {}
    targets: tuple[Target, ...] = ()
    loads: tuple[Load, ...] = ()
    short_names: Mapping[str, Name] = {}
    members: Mapping[str, tuple[str, ...]] = {}
    region: Name | None = None

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every site, zone and river by its id: sites first, each in the catalogue's order."""
        return places_of(self)

    @cached_property
    def wider_zones(self) -> Mapping[str, Place]:
        """Zones made of zones, or of sites that name another: none of `places`, as no reading feeds them.

        Each comes after those that it is made of.
        """
        return wider_zones_of(self)

    @property
    def fastest_cycle(self) -> timedelta:
        """The shortest cycle of its sites; a day where there is none."""
        return min((site.cycle for site in self.sites.values()), default=timedelta(days=1))

    def shown(self, medium: Medium) -> list[Parameter]:
        """The parameters that boards show of a medium, in their order."""
        of_medium = [row for row in self.parameters.values() if row.medium == medium]
        return sorted((row for row in of_medium if row.shown is not None), key=lambda row: row.shown or 0)

    def in_brief(self, medium: Medium) -> list[Parameter]:
        """Those that are also shown where there is little room; the first is the one that is drawn."""
        return [row for row in self.shown(medium) if row.in_brief]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter with this id or HJ code; None when unknown."""
        return self.parameters.get(self.by_code.get(name, name))

    def sender(self, name: str) -> Site | None:
        """The site that publishes under an id, its own or a former one; None when unknown."""
        return self.sites.get(name) or self.sites.get(self.by_former.get(name, ""))

    def group_named(self, medium: Medium, names: tuple[str, ...]) -> ParameterGroup | None:
        """The parameters of a medium by their ids or HJ codes; None if one of them is no such.

        Names that stations send together are remembered.
        """
        found = self._groups.get((medium, names))
        if found is None:
            parameters = [self.parameter(name) for name in names]
            known = [one for one in parameters if one is not None and one.medium == medium]
            if len(known) < len(names):
                return None
            if len(self._groups) >= NAMES_REMEMBERED:
                self._groups.clear()
            found = self._groups[medium, names] = ParameterGroup(
                ids=tuple([one.id for one in known]),
                lows=tuple([one.low for one in known]),
                highs=tuple([one.high for one in known]),
            )
        return found

    @cached_property
    def _groups(self) -> dict[tuple[Medium, tuple[str, ...]], ParameterGroup]:
        return {}
