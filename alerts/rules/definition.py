"""Rules as data: what is watched, where, against which limit, for how long, and with what severity.

`alerts/rules/rules.toml` is shipped; files named in the settings add rules or replace them whole by id.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import msgspec
from msgspec import Struct, field

from ingest.checks.registry import CHECK_WORDS
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_names, zone_of
from sensors.catalogue.rows import ID
from sensors.durations import parse_duration
from sensors.model import Medium, Name, Severity, WatchedStatistic
from sensors.standards.statistics import statistic_kind
from sensors.standards.targets import PlanWording, Wording
from sensors.text import read_bytes
from sensors.toml_config import parse_toml, row_from_toml

SHIPPED = "rules.toml"
SEVERITIES: tuple[Severity, ...] = ("info", "watch", "warning", "critical")
RANK: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(SEVERITIES)}

Category = Literal["exceedance", "attainment", "equipment", "system"]
Direction = Literal["above", "below"]

SYSTEM = ("broker", "ingest", "store", "channel", "parts", "internal_error")
SELECTORS: Mapping[str, frozenset[PlanWording]] = {
    "with a target": frozenset(get_args(PlanWording)),
    "with a stable target": frozenset({"stable", "on_average"}),
}
"""What `sites` and `zones` may say instead of an id: the zones with a target so worded."""

DAILY = "daily"
"""What `repeat` says of a rule whose events are repeated once a day, in working hours."""

INDICES = ("aqi", "water_class")  # parameters of statistics that are not measured quantities


class RuleLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """A limit and the severity beyond it. A value exactly at `limit` is within it.

    `limit` is a number, `target` (the plan's for the place, on the observation's date) or `standard` (the
    legal limit in force then); `times` is a factor of those two. `classes_beyond` so many classes worse than
    the target are still within, up to class V. Inside `clear`, or `clear_times` the limit, it counts as over;
    without either, inside the limit. A level with `wordings` holds where a target so worded is in force, one
    with `also_beyond` for values that are also worse than the parameter's limit in the target's class.
    """

    severity: Severity
    limit: float | Literal["target", "standard"]
    clear: float | None = None
    times: float = 1
    clear_times: float | None = None
    classes_beyond: int = 0
    wordings: tuple[Wording, ...] = ()
    also_beyond: Literal["target"] | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether it takes more than the limit for this level to hold."""
        return bool(self.wordings or self.also_beyond)


class Rule(Struct, frozen=True, dict=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    """One `[[rule]]`. It applies to its `sites`, `zones` (stations and zone itself) and `media`; none: all.

    `statistic` is `reading`, a statistic's name, `sample` (the class of a water sample), `check` (a reading
    failed one of `checks`), `silence` (of a station) or `system`. `closed` leaves periods still open alone.
    `against` makes the limit a multiple of the last value of that statistic of the same series. With
    `cycle_below` it applies to sites alone whose cycle is shorter. `advice` is what whoever is notified
    should do.
    """

    id: str
    category: Category
    statistic: WatchedStatistic
    levels: tuple[RuleLevel, ...]
    name: Name
    parameters: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    media: tuple[Medium, ...] = ()
    direction: Direction = "above"
    closed: bool = False
    against: WatchedStatistic | None = None
    cycle_below: str | None = None
    checks: tuple[str, ...] = ()
    for_: str = "0s"
    clear_for: str = "0s"
    hold: str = "1h"
    repeat: str = DAILY
    decimals: int | None = None
    enabled: bool = True
    advice: Name | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Changes with everything that could change an evaluation; texts and repeats do not matter."""
        deciding = msgspec.to_builtins(msgspec.structs.replace(self, name=Name("", ""), repeat=""))
        del deciding["advice"]  # an episode stays open when a text is added
        for table in (deciding, *deciding["levels"]):
            for key, default in _ADDED.items():
                if key in table and table[key] == default:
                    del table[key]
        return hashlib.blake2b(msgspec.json.encode(deciding), digest_size=6).hexdigest()

    @cached_property
    def timing(self) -> "Timing":
        """Its durations, parsed."""
        return Timing(parse_span(self.for_), parse_span(self.clear_for), parse_span(self.hold))

    @property
    def is_per_period(self) -> bool:
        """Whether its episodes belong to a calendar period and end with it."""
        return statistic_kind(self.statistic).family == "calendar"


# Keys that came later: a rule without them keeps its fingerprint, and with it its open episodes.
_ADDED: Mapping[str, object] = {
    "cycle_below": None, "times": 1, "clear_times": None, "classes_beyond": 0, "wordings": (),
    "also_beyond": None,
}  # fmt: skip


class Timing(Struct, frozen=True):
    """How long beyond, inside, or milder before that counts; gaps longer than `max_gap` do not count."""

    for_: timedelta = timedelta()
    clear_for: timedelta = timedelta()
    hold: timedelta = timedelta(hours=1)
    max_gap: timedelta = timedelta(hours=2)


class RulesError(ValueError):
    """Rules that cannot be used; each of `problems` is one line: file, rule, key, reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


class _Loaded(Struct):
    rules: dict[str, Rule] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def parse_span(text: str) -> timedelta:
    """A duration; zero for `0s` and `never`.

    Raises:
        ValueError: it is neither; the text is for people.
    """
    return timedelta() if text in {"0s", "never"} else parse_duration(text)


def parse_repeat(text: str) -> timedelta | None:
    """After how long a rule's event is repeated, zero for `never`; None for `daily`: in working hours."""
    return None if text == DAILY else parse_span(text)


def load(catalogue: Catalogue, extra: Sequence[Path] = ()) -> tuple[Rule, ...]:
    """The shipped rules with those of `extra`; a later rule replaces an earlier one of its id whole.

    Raises:
        RulesError: with every problem of every file.
    """
    loaded = _Loaded()
    shipped = (resources.files("alerts.rules") / SHIPPED).read_bytes()
    _load_file(f"alerts/rules/{SHIPPED}", shipped, catalogue, loaded)
    for path in extra:
        try:
            raw = read_bytes(path)
        except (OSError, ValueError) as error:
            loaded.problems.append(f"{path}: {getattr(error, 'strerror', None) or error}")
            continue
        _load_file(str(path), raw, catalogue, loaded)
    if loaded.problems:
        raise RulesError(loaded.problems)
    return tuple(rule for rule in loaded.rules.values() if rule.enabled)


def _load_file(file: str, raw: bytes, catalogue: Catalogue, loaded: _Loaded) -> None:
    try:
        tables = parse_toml(raw)
    except ValueError as error:
        loaded.problems.append(f"{file}: {error}")
        return
    loaded.problems += [f"{file}: {key}: unknown key; rules are [[rule]]" for key in tables if key != "rule"]
    seen: set[str] = set()
    rows = tables.get("rule", [])
    for number, table in enumerate(rows if isinstance(rows, list) else [rows], 1):
        label = table.get("id", number) if isinstance(table, dict) else number
        try:
            rule = _resolve_selectors(row_from_toml(table, Rule), catalogue)
        except ValueError as error:
            loaded.problems.append(f"{file}: rule {label}: {error}")
            continue
        found = list(_flaws(rule, catalogue))
        if rule.id in seen:
            found.append("id: stands twice in this file")
        seen.add(rule.id)
        loaded.problems += [f"{file}: rule {label}: {text}" for text in found]
        loaded.rules[rule.id] = rule


def _resolve_selectors(rule: Rule, catalogue: Catalogue) -> Rule:
    """The rule with ids for its selectors; switched off where they select nothing and it names nothing."""
    zones = tuple(dict.fromkeys(_resolve_names(rule.zones, rule, catalogue, zone_of)))
    sites = tuple(dict.fromkeys(_resolve_names(rule.sites, rule, catalogue, str)))
    emptied = bool(rule.zones or rule.sites) and not (zones or sites)
    return msgspec.structs.replace(rule, zones=zones, sites=sites, enabled=rule.enabled and not emptied)


def _resolve_names(
    names: Sequence[str], rule: Rule, catalogue: Catalogue, name_of: Callable[[str], str | None]
) -> Iterator[str]:
    for name in names:
        if name not in SELECTORS:
            yield name
            continue
        for target in catalogue.targets:
            watched = not rule.parameters or target.parameter in rule.parameters
            if watched and target.wording in SELECTORS[name] and zone_of(target.place) is not None:
                yield name_of(target.place) or ""


def _flaws(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    """What is wrong with a rule, alone and against the catalogue."""
    if not ID.fullmatch(rule.id):
        yield f"id: must match {ID.pattern}"
    yield from _level_flaws(rule)
    yield from _where_flaws(rule, catalogue)
    if rule.advice is not None and not (rule.advice.zh.strip() and rule.advice.en.strip()):
        yield "advice: must not be blank in either language"
    for key in ("for_", "clear_for", "hold", "repeat", "cycle_below"):
        try:
            (parse_repeat if key == "repeat" else parse_span)(getattr(rule, key) or "0s")
        except ValueError as error:
            yield f"{key.rstrip('_')}: {error}"
    if (rule.statistic == "check") != bool(rule.checks):
        yield 'checks: stands with statistic = "check" and only there'
    for check in rule.checks:
        if check not in CHECK_WORDS:
            yield f'checks: "{check}" is not one of {", ".join(CHECK_WORDS)}'


def _level_flaws(rule: Rule) -> Iterator[str]:
    if not rule.levels:
        yield "levels: at least one is needed"
    ranks = [RANK[level.severity] for level in rule.levels]
    if ranks != sorted(set(ranks)):
        yield "levels: from the mildest to the most severe, each severity once"
    sign = 1 if rule.direction == "above" else -1
    numbers = [(sign * level.limit, level) for level in rule.levels if not isinstance(level.limit, str)]
    for (milder, _), (limit, level) in pairwise(numbers):
        if limit < milder or (limit == milder and not level.is_conditional):
            yield "levels: a more severe level needs a limit further out"
    classed = rule.statistic == "sample" or rule.parameters == ("water_class",)
    for level in rule.levels:
        yield from _clear_flaws(level, sign)
        if level.times != 1 and not isinstance(level.limit, str):
            yield 'levels: times needs limit = "target" or "standard"'
        if level.classes_beyond and not (classed and level.limit == "target"):
            yield 'levels: classes_beyond needs a water class and limit = "target"'


def _clear_flaws(level: RuleLevel, sign: int) -> Iterator[str]:
    if isinstance(level.limit, str):
        if level.clear is not None:
            yield "levels: clear needs a limit that is a number; clear_times goes with any"
    elif level.clear is not None and sign * level.clear > sign * level.limit:
        yield f"levels: clear = {level.clear:g} lies beyond limit = {level.limit:g}"
    if level.clear_times is not None and (level.clear is not None or sign * level.clear_times > sign):
        yield f"levels: clear_times = {level.clear_times:g} stands without clear, and inside the limit"


def _where_flaws(rule: Rule, catalogue: Catalogue) -> Iterator[str]:
    places = area_names(catalogue).keys() | catalogue.places.keys()
    for site in rule.sites:
        if site not in places:
            yield f'sites: no site has the id "{site}"'
    for zone in rule.zones:
        if zone not in catalogue.zones:
            yield f'zones: no [[zone]] has the id "{zone}"'
    known = SYSTEM if rule.statistic == "system" else (*catalogue.parameters, *INDICES)
    for parameter in rule.parameters:
        if parameter not in known:
            yield f'parameters: unknown parameter "{parameter}"'
