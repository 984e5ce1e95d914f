"""Which rules apply to which series: found once per series, then one look-up per value."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from alerts.rules.definition import RANK, Rule, parse_span
from alerts.rules.limits import BoundsInForce, bounds_on
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_names, zone_id
from sensors.model import Medium, Severity, StatisticName

NONE = "_"  # the parameter of statistics without one, the site of the system itself
_GAP_CYCLES = 2  # as for the checks: one value may be missing

WatchId = tuple[str, str, str]  # rule, site, parameter


class Watch:
    """One rule on one series: its machine's key, and its limits on the day of a value."""

    __slots__ = (
        "_bounds", "_catalogue", "fingerprint", "id", "is_per_period", "parameter", "rule", "sign", "site",
        "timing",
    )  # fmt: skip

    def __init__(self, rule: Rule, site: str, parameter: str, catalogue: Catalogue) -> None:
        self.id: WatchId = (rule.id, site, parameter)
        self.rule = rule
        self.fingerprint = rule.fingerprint
        self.is_per_period = rule.is_per_period
        self.site = site
        self.parameter = parameter
        self.sign = 1.0 if rule.direction == "above" else -1.0
        self.timing = rule.timing
        if (known := catalogue.sites.get(site)) is not None:
            gap = _GAP_CYCLES * known.cycle
            if gap > self.timing.max_gap:
                self.timing = replace(self.timing, max_gap=gap)
        self._catalogue = catalogue
        self._bounds: BoundsInForce | None = None

    def bounds(self, moment: datetime) -> BoundsInForce:
        """The limits on the day of `moment`; the last day's are kept at hand."""
        bounds = self._bounds
        if bounds is None or not bounds.start <= moment < bounds.end:
            bounds = bounds_on(self.rule, self.site, self.parameter, moment, self._catalogue)
            self._bounds = bounds
        return bounds

    def is_within(self, value: float, moment: datetime) -> bool:
        """Whether the value lies within every level; faster than an evaluation, for the many that do."""
        bounds = self._bounds
        if bounds is None or not bounds.start <= moment < bounds.end:
            bounds = self.bounds(moment)
        levels = bounds.levels
        return not levels or self.sign * value <= self.sign * levels[0].limit


class SeriesRules(Struct, frozen=True):
    """The watches of a series' readings; `sampled` says they make up samples."""

    checks: tuple[Watch, ...]
    readings: tuple[Watch, ...]
    sampled: bool


class StatisticRules(Struct, frozen=True):
    """The watches of a series' statistic, and whether a rule's limit is a multiple of its last value."""

    watches: tuple[Watch, ...]
    is_baseline: bool


NO_RULES = StatisticRules((), is_baseline=False)


class RuleIndex:
    """All rules over all series of a catalogue."""

    def __init__(self, rules: Sequence[Rule], catalogue: Catalogue) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self.catalogue = catalogue
        self._of_statistic = _grouped((rule.statistic, rule) for rule in rules)
        self._against = _grouped((rule.against, rule) for rule in rules if rule.against is not None)
        self._watches: dict[WatchId, Watch] = {}
        self._by_statistic: dict[tuple[str, str, str], tuple[Watch, ...]] = {}
        self._by_series: dict[tuple[str, str], SeriesRules] = {}
        self._by_watched: dict[tuple[str, str, str], StatisticRules] = {}

    def watches(self, site: str, parameter: str, statistic: StatisticName) -> tuple[Watch, ...]:
        """The watches of a series' values of this statistic (or `check`, `sample`, `silence`, `system`)."""
        key = (site, parameter, statistic)
        found = self._by_statistic.get(key)
        if found is None:
            found = self._by_statistic[key] = tuple(
                self.watch(rule, site, parameter)
                for rule in self._of_statistic.get(statistic, ())
                if self.covers(rule, site, parameter)
            )
        return found

    def is_judged(self, site: str, parameter: str) -> bool:
        """Whether a rule looks at the readings of a site's parameter."""
        rules = self.series_rules(site, parameter)
        return bool(rules.checks or rules.readings or rules.sampled)

    def series_rules(self, site: str, parameter: str) -> SeriesRules:
        """All watches of a series' readings, found once."""
        found = self._by_series.get((site, parameter))
        if found is None:
            found = self._by_series[site, parameter] = SeriesRules(
                self.watches(site, parameter, "check"),
                self.watches(site, parameter, "reading"),
                bool(self.watches(site, NONE, "sample")),
            )
        return found

    def statistic_rules(self, site: str, parameter: str, statistic: StatisticName) -> StatisticRules:
        """All that rules have to do with a series' statistic, found once."""
        key = (site, parameter, statistic)
        found = self._by_watched.get(key)
        if found is None:
            against = self._against.get(statistic, ())
            is_baseline = any(self.covers(rule, site, parameter) for rule in against)
            found = self._by_watched[key] = StatisticRules(self.watches(*key), is_baseline)
        return found

    def watch(self, rule: Rule, site: str, parameter: str) -> Watch:
        """The one watch of a rule on a series."""
        key = (rule.id, site, parameter)
        watch = self._watches.get(key)
        if watch is None:
            watch = self._watches[key] = Watch(rule, site, parameter, self.catalogue)
        return watch

    def find(self, key: WatchId) -> Watch | None:
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
        return self._covers_place(rule, site)

    def _covers_place(self, rule: Rule, site: str) -> bool:
        if rule.media and self._medium(site) not in rule.media:
            return False
        known = self.catalogue.sites.get(site)
        if rule.cycle_below and known is not None and known.cycle >= parse_span(rule.cycle_below):
            return False
        if not (rule.sites or rule.zones):
            return True
        if site in rule.sites or any(site == zone_id(zone) for zone in rule.zones):
            return True
        return known is not None and known.zone in rule.zones

    def _medium(self, site: str) -> Medium:
        found = self.catalogue.places.get(site)
        return "air" if found is None else found.medium

    def is_watched(self, site: str | None, rule: str | None, parameter: str | None) -> bool:
        """Whether this rule watches this parameter at this place; None is any of them."""
        return any(
            site in {None, place} and (parameter is None or self._looks_at(row, place, parameter))
            for row in self.rules.values()
            if rule in {None, row.id}
            for place in self.places(row)
        )

    def _looks_at(self, rule: Rule, site: str, parameter: str) -> bool:
        """Whether the rule, which covers the place, has watches of this parameter there."""
        known = self.catalogue.parameters.get(parameter)
        if known is not None and known.medium != self._medium(site):
            return False
        if rule.parameters:
            return parameter in rule.parameters
        return (parameter == NONE) == (rule.statistic in {"sample", "silence"})

    def places(self, rule: Rule) -> Iterator[str]:
        """Every site, zone and river the rule applies to, for `liangqu check`."""
        if rule.statistic == "system":
            yield NONE
            return
        candidates = [*self.catalogue.sites]
        if rule.statistic not in {"reading", "sample", "check", "silence"}:
            candidates += area_names(self.catalogue)
        yield from (site for site in candidates if self._covers_place(rule, site))


def _grouped(pairs: Iterable[tuple[str, Rule]]) -> dict[str, list[Rule]]:
    """The rules by what stands before them, in their order."""
    groups: dict[str, list[Rule]] = {}
    for name, rule in pairs:
        groups.setdefault(name, []).append(rule)
    return groups


def is_more_severe(one: Severity, other: Severity) -> bool:
    """Whether the first is more severe than the second."""
    return RANK[one] > RANK[other]
