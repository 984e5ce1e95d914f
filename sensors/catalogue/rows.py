"""What a catalogue file may say: its rows as they stand in TOML, and what makes them sound.

A problem is one text, `key: reason`. `flaws` looks at a row alone, the contradictions at it among the others.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import asdict

from sensors.catalogue.model import Confirmation, Parameter, Site, Thresholds
from sensors.catalogue.places import RESERVED
from sensors.catalogue.units import power_of_ten
from sensors.catalogue.value_settings import Codes, missing_codes, value_contradictions
from sensors.durations import parse_duration
from sensors.excerpt import excerpt
from sensors.model import Acceptance, Basis, Label, Medium, Name
from sensors.standards.air_limits import AreaClass
from sensors.standards.targets import Load, Target
from sensors.standards.water_limits import Waterbody
from sensors.store_schema import CODE_SUFFIX, is_reserved, reserved_names

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
DEFAULT_CYCLE: dict[Medium, str] = {"air": "1h", "water": "4h"}
LATE_AFTER_CYCLES = 2
LONGEST_CONTACT = 100


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """What all sites and targets belong to; of several rows the last one counts."""

    id: str
    name: Name


class Zone(Struct, frozen=True, forbid_unknown_fields=True):
    """An area whose mean is assessed, a place of its own; `short` is its name where there is little room.

    `of` makes it a wider one, of sites and zones by the ids of their places: `liangqu zones` computes it.
    """

    id: str
    name: Name
    short: Name | None = None
    of: tuple[str, ...] = ()


class River(Struct, frozen=True, forbid_unknown_fields=True):
    """A river's names; one without a row is named by its id."""

    id: str
    name: Name


class SiteRow(Struct, frozen=True, forbid_unknown_fields=True):
    """A site as written: durations are text, and what was left out is None."""

    id: str
    medium: Medium
    name: Name
    zone: str | None = None
    river: str | None = None
    waterbody: Waterbody | None = None
    area_class: AreaClass | None = None
    cycle: str | None = None
    late_after: str | None = None
    label: Label | None = None
    basis: Basis | None = None
    parameters: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    mn: str | None = None
    code: str | None = None
    aliases: tuple[str, ...] = ()
    units: dict[str, str] = {}
    accept: tuple[Acceptance, ...] = ()
    active: bool = True
    floor: dict[str, float] = {}
    detection_limit: dict[str, float] = {}
    missing: Codes | dict[str, Codes] = ()
    status: Confirmation = "confirmed"
    source: str = ""
    contact: str = ""
    renamed_from: tuple[str, ...] = ()

    @property
    def cycle_text(self) -> str:
        """The cycle as text, the medium's default where none was given."""
        return self.cycle if self.cycle is not None else DEFAULT_CYCLE[self.medium]


Row = Load | Parameter | Region | River | SiteRow | Target | Zone


def flaws(row: Row) -> Iterator[str]:
    """What is wrong with this row by itself."""
    if not ID.fullmatch(row.id):
        yield f"id: must match {ID.pattern}"
    if isinstance(row, Target):
        yield from _target_flaws(row)
        return
    yield from _blank_names(row.name)
    if isinstance(row, SiteRow):
        yield from _site_flaws(row)
    elif isinstance(row, Parameter):
        yield from _reserved_ids(row)
        yield from _parameter_flaws(row)


def site_contradictions(
    row: SiteRow,
    parameters: Mapping[str, Parameter],
    by_code: Mapping[str, str],
    zones: Mapping[str, Name],
) -> Iterator[str]:
    """Where a site that is sound by itself does not agree with the rest of the catalogue."""
    if row.zone is not None and row.zone not in zones:
        yield f'zone: no [[zone]] has the id "{row.zone}"'
    for name in row.parameters:
        if name not in parameters:
            yield f'parameters: unknown parameter "{name}"'
        elif parameters[name].medium != row.medium:
            yield f'parameters: "{name}" is measured in {parameters[name].medium}, not in {row.medium}'
    for name, unit in row.units.items():
        parameter = parameters.get(by_code.get(name, name))
        if parameter is None:
            yield f'units: "{name}" is neither a parameter nor an HJ 212 code'
        elif parameter.medium != row.medium:
            yield f'units: "{name}" is measured in {parameter.medium}, not in {row.medium}'
        elif power_of_ten(unit, parameter.unit) is None:
            yield f'units: "{unit}" of {name} does not convert to {parameter.unit}'
    yield from value_contradictions(row.medium, row.floor, row.detection_limit, row.missing, parameters)


def to_site(row: SiteRow) -> Site:
    """The site with durations read and defaults filled in; of a row without flaws.

    `late_after` is two cycles unless given: one message may be missed, two are worth a look. HJ 212 names its
    intervals by their start, so that is the label of a site with an MN.
    """
    cycle = parse_duration(row.cycle_text)
    filled_in = {
        "cycle": cycle,
        "late_after": parse_duration(row.late_after) if row.late_after else LATE_AFTER_CYCLES * cycle,
        "waterbody": row.waterbody or "river",
        "area_class": row.area_class or 2,
        "label": row.label or ("start" if row.mn else "end"),
        "missing": missing_codes(row.missing),
    }
    return Site(**(asdict(row) | filled_in))


def _blank_names(name: Name) -> Iterator[str]:
    for language, text in (("zh", name.zh), ("en", name.en)):
        if not text.strip():
            yield f"name.{language}: must not be blank"


def _site_flaws(row: SiteRow) -> Iterator[str]:
    if row.id.startswith(RESERVED):
        yield f"id: {' and '.join(RESERVED)} are reserved for the means of zones and rivers"
    yield from _foreign_keys(row)
    if row.river is not None and not ID.fullmatch(row.river):
        yield f"river: must match {ID.pattern}"
    for key, text in (("mn", row.mn), ("code", row.code), *(("aliases", alias) for alias in row.aliases)):
        if text is not None and not text.strip():
            yield f"{key}: must not be blank"
    if len(row.contact) > LONGEST_CONTACT or not row.contact.isprintable():
        yield f"contact: at most {LONGEST_CONTACT} printable characters on one line"
    for former in row.renamed_from:
        if not ID.fullmatch(former) or former.startswith(RESERVED) or former == row.id:
            yield f"renamed_from: {excerpt(former)} cannot have been the id of {row.id}"
    if row.mn is not None and row.label == "end":
        yield "label: HJ 212 names intervals by their start; a site with mn cannot say end"
    if len(set(row.parameters)) < len(row.parameters):
        yield "parameters: one stands twice"
    yield from _position_flaws(row)
    yield from _duration_flaws(row)


def _foreign_keys(row: SiteRow) -> Iterator[str]:
    foreign = ("river", "waterbody") if row.medium == "air" else ("zone", "area_class")
    article = "an" if row.medium == "air" else "a"
    for key in foreign:
        if getattr(row, key) is not None:
            yield f"{key}: {article} {row.medium} site has no {key}"


def _target_flaws(row: Target) -> Iterator[str]:
    if row.limit is not None and not (row.limit.is_finite() and row.limit > 0):
        yield f"limit: {row.limit} is not above 0"
    if row.decimals is not None and not 0 <= row.decimals <= 9:  # noqa: PLR2004 - finer than any instrument
        yield f"decimals: {row.decimals} is outside 0 to 9"
    if row.water_class is not None and not 1 <= row.water_class <= 5:  # noqa: PLR2004 - classes I to V
        yield f"class: {row.water_class} is outside 1 to 5"


def target_contradictions(
    row: Target, parameters: Mapping[str, Parameter], sites: Collection[str], areas: Collection[str]
) -> Iterator[str]:
    """Where a target does not agree with the rest of the catalogue."""
    if row.place not in sites and row.place not in areas:
        yield f'place: no site, zone or river has the id "{row.place}"'
    if row.section is not None and row.section not in sites:
        yield f'section: no site has the id "{row.section}"'
    if row.parameter is not None and row.parameter not in parameters:
        yield f'parameter: unknown parameter "{row.parameter}"'


def _position_flaws(row: SiteRow) -> Iterator[str]:
    for key, value, bound in (("lon", row.lon, 180), ("lat", row.lat, 90)):
        if value is not None and not -bound <= value <= bound:
            yield f"{key}: {value} is outside -{bound} to {bound} degrees"
    if (row.lon is None) != (row.lat is None):
        missing = "lon" if row.lon is None else "lat"
        yield f"{missing}: missing; lon and lat stand together or not at all"


def _duration_flaws(row: SiteRow) -> Iterator[str]:
    read = []
    for key, text in (("cycle", row.cycle_text), ("late_after", row.late_after)):
        if text is None:
            continue
        try:
            read.append(parse_duration(text))
        except ValueError as error:
            yield f"{key}: {error}"
    if len(read) == 2 and read[1] < read[0]:  # noqa: PLR2004 - both could be read
        yield f"late_after: {row.late_after} is shorter than the cycle of {row.cycle_text}"


_POSITIVE = [
    key
    for key in Thresholds.__struct_fields__
    if key not in {"source", "flat_tolerance", "flat_above", "part_of", "part_margin"}
]


def _reserved_ids(row: Parameter) -> Iterator[str]:
    if is_reserved(row.medium, row.id):
        names = ", ".join(reserved_names(row.medium))
        yield f"id: {names} and names that end in {CODE_SUFFIX} are reserved for the store"


def _range_flaws(row: Parameter) -> Iterator[str]:
    if not (math.isfinite(row.low) and math.isfinite(row.high) and row.low < row.high):
        yield f"low: {row.low} is not below high = {row.high}"
    if row.ceiling is not None and not row.high < row.ceiling < math.inf:
        yield f"ceiling: {row.ceiling} is not above high = {row.high}"
    if row.detection_limit is not None and not 0 < row.detection_limit < math.inf:
        yield f"detection_limit: {row.detection_limit} is not above 0"


def _parameter_flaws(row: Parameter) -> Iterator[str]:
    yield from _range_flaws(row)
    if not 0 <= row.decimals <= 9:  # noqa: PLR2004 - finer than any instrument
        yield f"decimals: {row.decimals} is outside 0 to 9"
    if row.shown is not None and row.shown < 1:
        yield f"shown: {row.shown} is below 1"
    if row.in_brief and row.shown is None:
        yield "in_brief: only of what is shown; `shown` is missing"
    if len(set(row.codes)) < len(row.codes):
        yield "codes: one stands twice"
    yield from _threshold_flaws(row)


def _threshold_flaws(row: Parameter) -> Iterator[str]:
    for key in _POSITIVE:
        value = getattr(row.checks, key)
        if value is not None and value is not False and not 0 < value < math.inf:
            yield f"checks.{key}: {value} is not above 0; leave it out to switch the check off"
    for key in ("flat_tolerance", "part_margin"):
        if not 0 <= (value := getattr(row.checks, key)) < math.inf:
            yield f"checks.{key}: {value} is below 0"
    if row.checks.flat_above is not None and not math.isfinite(row.checks.flat_above):
        yield f"checks.flat_above: {row.checks.flat_above} is not a number"
