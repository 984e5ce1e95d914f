"""A series' averaging configuration: kind, label, cycle and mean of its inputs, and how many it expects."""

from collections.abc import Collection
from datetime import timedelta

from msgspec import Struct

from sensors.averages.exact_sum import ACIDITY, ARITHMETIC, Averaging
from sensors.averages.stamps import interval_of
from sensors.calendar import DAY_MS, HOUR_MS, HOURS_A_DAY, label_shift
from sensors.catalogue.model import Site
from sensors.model import Kind, Medium, Name, StatisticName
from sensors.standards import completeness
from sensors.standards.completeness import CompletenessRule
from sensors.standards.targets import Target

_MINUTE_MS = 60_000
_MILLISECOND = timedelta(milliseconds=1)
SAMPLES_LESS = 1
"""So many valid samples a day may the finer of two kinds have less than the other; ours: bulk/kinds.py."""


class AveragingConfig(Struct, frozen=True):
    """How the readings of one (site, parameter) become statistics.

    `kind` is that of the readings. `cycle` is what one stands for, in milliseconds. With `hourly` they become
    hourly means first, which count once each; otherwise each is a sample and counts by itself. `hour_needs`
    of `hour_expected` readings make an hour valid, a day expects `day_expected` inputs. `shift` and `lead`
    are added to a stamp's milliseconds: the one so that a division gives the hour it belongs to, the other to
    get the end of what it stands for. `o3_limit` is the 8 h limit above which an ozone day with too few hours
    still counts; None means it never does. `zone` says that the inputs are the hours of other sites;
    `targets` are its own rows.
    """

    site: str
    parameter: str
    medium: Medium
    kind: Kind
    cycle: int
    hourly: bool
    hour_needs: int
    hour_expected: int
    day_expected: int
    shift: int
    lead: int
    o3_limit: float | None = None
    zone: bool = False
    targets: tuple[Target, ...] = ()

    @property
    def rolling(self) -> bool:
        """Whether a `1h` window holds more than one reading."""
        return self.medium == "air" and self.cycle < HOUR_MS

    @property
    def ozone(self) -> bool:
        """Whether the day has a maximum of 8 h means."""
        return self.parameter == "o3"

    @property
    def averaging(self) -> Averaging:
        """How values become summands and sums become means."""
        return ACIDITY if completeness.method(self.parameter) == "hydrogen_ions" else ARITHMETIC

    def rule(self, statistic: StatisticName) -> CompletenessRule:
        """The completeness rule of this statistic."""
        return completeness.rules()[self.medium, statistic]


def config_of_site(
    site: Site, parameter: str, kind: Kind | None = None, *, o3_limit: float | None = None
) -> AveragingConfig | None:
    """The configuration of one kind of a parameter at a site; None if it has no mean (wind direction).

    Without a kind it is that of the finest that may feed the site's statistics. `o3_limit` is the daily limit
    of the 8 h mean for the date and area class, which the caller looks up in the limits; see HJ 663, 6.1.2.
    """
    if completeness.method(parameter) == "none":
        return None
    kind = kind or site.bases[0]
    cycle = site.cycle // _MILLISECOND
    interval = min(interval_of(kind, site.cycle) // _MILLISECOND, HOUR_MS)
    needs = completeness.rules()[site.medium, "hour"].needs or 0
    hourly = site.medium == "air" or cycle < HOUR_MS
    return AveragingConfig(
        site=site.id,
        parameter=parameter,
        medium=site.medium,
        kind=kind,
        cycle=interval if hourly and kind != "rtd" else cycle,
        hourly=hourly,
        hour_needs=-(-needs * _MINUTE_MS // interval),
        hour_expected=HOUR_MS // interval,
        day_expected=_inputs_a_day(site.medium, cycle),
        shift=label_shift(kind, site.label),
        lead=0 if kind == "rtd" or site.label == "end" else interval,
        o3_limit=o3_limit,
    )


def config_of_zone(
    zone: str,
    parameter: str,
    members: Collection[AveragingConfig],
    *,
    o3_limit: float | None = None,
    targets: tuple[Target, ...] = (),
) -> AveragingConfig:
    """The configuration of a zone or river, fed by the hours of its sites; it expects what they expect."""
    medium = next(iter(members)).medium
    return AveragingConfig(
        site=zone,
        parameter=parameter,
        medium=medium,
        kind="hour",
        cycle=HOUR_MS,
        hourly=True,
        hour_needs=completeness.rules()[medium, "zone_hour"].needs or 0,
        hour_expected=len(members),
        day_expected=max(member.day_expected for member in members),
        shift=label_shift("hour", "start"),
        lead=HOUR_MS,
        o3_limit=o3_limit,
        zone=True,
        targets=targets,
    )


def config_of_wider_zone(
    zone: str, parameter: str, cycle: timedelta, targets: tuple[Target, ...] = ()
) -> AveragingConfig | None:
    """That of a zone fed by daily means, as if by one station; None if the parameter has no mean."""
    name = Name(zone, zone)
    member = config_of_site(Site(zone, "air", name, cycle, cycle), parameter)
    return None if member is None else config_of_zone(zone, parameter, [member], targets=targets)


def _inputs_a_day(medium: Medium, cycle: int) -> int:
    """How many inputs a day expects: hourly means, or samples of a longer cycle; at least one."""
    return HOURS_A_DAY if medium == "air" or cycle < HOUR_MS else max(1, DAY_MS // cycle)
