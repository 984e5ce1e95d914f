"""Which rules apply to which series: found once per series, then one look-up per value."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from alerts.rules.definition import RANK, Rule, Timing
from alerts.rules.limits import BoundsInForce, bounds_on
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_names, zone_id
from sensors.model import Medium, Severity, StatisticName

NONE = "_"  # the parameter of statistics without one, the site of the system itself
_GAP_CYCLES = 2  # as for the checks: one value may be missing

WatchId = tuple[str, str, str]  # rule, site, parameter


class Watch:
    """One rule on one series: its machine's key, and its limits on the day of a value."""

    __slots__ = ("_bounds", "_catalogue", "fingerprint", "id", "parameter", "rule", "sign", "site", "timing")

    def __init__(self, rule: Rule, site: str, parameter: str, catalogue: Catalogue) -> None:
        self.id: WatchId = (rule.id, site, parameter)
        self.rule = rule
        self.fingerprint = rule.fingerprint
        self.site = site
        self.parameter = parameter
        self.sign = 1.0 if rule.direction == "above" else -1.0
        self.timing = _timing(rule, site, catalogue)
        self._catalogue = catalogue
        self._bounds: BoundsInForce | None = None

    def bounds(self, moment: datetime) -> BoundsInForce:
        """The limits on the day of `moment`; the last day's are kept at hand."""
        held = self._bounds
        if held is None or not held.start <= moment < held.end:
            held = self._bounds = bounds_on(self.rule, self.site, self.parameter, moment, self._catalogue)
        return held

    def quiet(self, value: float, moment: datetime) -> bool:
        """Whether the value lies within every level; faster than an evaluation, for the many that do."""
        held = self._bounds
        if held is None or not held.start <= moment < held.end:
            held = self.bounds(moment)
        levels = held.levels
        return not levels or self.sign * value <= self.sign * levels[0].limit


class SeriesRules(Struct, frozen=True):
    """The watches of a series' readings: those of `kinds` count, `sampled` says they make up samples."""

    kinds: tuple[str, ...]
    checks: tuple[Watch, ...]
    readings: tuple[Watch, ...]
    sampled: bool


class RuleIndex:
    """All rules over all series of a catalogue."""

    def __init__(self, rules: Sequence[Rule], catalogue: Catalogue) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self.catalogue = catalogue
        self._rested_on = frozenset(rule.against for rule in rules if rule.against is not None)
        self._watches: dict[WatchId, Watch] = {}
        self._found: dict[tuple[str, str, str], tuple[Watch, ...]] = {}
        self._looks: dict[tuple[str, str], SeriesRules] = {}

    def of(self, site: str, parameter: str, statistic: StatisticName) -> tuple[Watch, ...]:
        """The watches of a series' values of this statistic (or `check`, `sample`, `silence`, `system`)."""
        key = (site, parameter, statistic)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(
                self.watch(rule, site, parameter)
                for rule in self.rules.values()
                if rule.statistic == statistic and self.covers(rule, site, parameter)
            )
        return found

    def watches_by_kind(self, site: str, parameter: str) -> SeriesRules:
        """All watches of a series' readings, found once."""
        found = self._looks.get((site, parameter))
        if found is None:
            hourly = self.catalogue.sites[site].basis == "hour"
            found = self._looks[site, parameter] = SeriesRules(
                ("hour",) if hourly else ("rtd", "min"),
                self.of(site, parameter, "check"),
                self.of(site, parameter, "reading"),
                bool(self.of(site, NONE, "sample")),
            )
        return found

    def baseline_users(self, site: str, parameter: str, statistic: StatisticName) -> tuple[Watch, ...]:
        """The watches whose limit is a multiple of this statistic's last value."""
        if statistic not in self._rested_on:
            return ()
        key = (site, parameter, f"against {statistic}")
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = tuple(
                self.watch(rule, site, parameter)
                for rule in self.rules.values()
                if rule.against == statistic and self.covers(rule, site, parameter)
            )
        return found

    def watch(self, rule: Rule, site: str, parameter: str) -> Watch:
        """The one watch of a rule on a series."""
        key = (rule.id, site, parameter)
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = Watch(rule, site, parameter, self.catalogue)
        return watch

    def known(self, key: WatchId) -> Watch | None:
        """The watch of a stored machine; None when its rule or site is gone, or it no longer looks there."""
        rule = self.rules.get(key[0])
        if key[1] != NONE and key[1] not in self.catalogue.places:
            return None
        return self.watch(rule, key[1], key[2]) if rule is not None and self.covers(rule, *key[1:]) else None

    def covers(self, rule: Rule, site: str, parameter: str) -> bool:
        """Whether the rule applies to this series."""
        if rule.statistic == "system":
            return site == NONE and (not rule.parameters or parameter in rule.parameters)
        if site == NONE or (rule.parameters and parameter not in rule.parameters):
            return False
        return self._looks_at(rule, site)

    def _looks_at(self, rule: Rule, site: str) -> bool:
        if rule.media and self._medium(site) not in rule.media:
            return False
        if not (rule.sites or rule.zones):
            return True
        if site in rule.sites or any(site == zone_id(zone) for zone in rule.zones):
            return True
        found = self.catalogue.sites.get(site)
        return found is not None and found.zone in rule.zones

    def _medium(self, site: str) -> Medium:
        found = self.catalogue.places.get(site)
        return "air" if found is None else found.medium

    def places(self, rule: Rule) -> Iterator[str]:
        """Every site, zone and river the rule applies to, for `liangqu check`."""
        if rule.statistic == "system":
            yield NONE
            return
        everything = [*self.catalogue.sites]
        if rule.statistic not in {"reading", "sample", "check", "silence"}:
            everything += area_names(self.catalogue)
        yield from (site for site in everything if self._looks_at(rule, site))


def graver(one: Severity, other: Severity) -> bool:
    """Whether the first is more severe than the second."""
    return RANK[one] > RANK[other]


def _timing(rule: Rule, site: str, catalogue: Catalogue) -> Timing:
    found = catalogue.sites.get(site)
    timing = rule.timing
    if found is None:
        return timing
    gap = max(timing.max_gap, _GAP_CYCLES * found.cycle)
    return Timing(timing.for_, timing.clear_for, timing.hold, gap)
