"""*Rules*: each in words, with its limits today, where it applies, and what it has cost in 30 days."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

from msgspec import Struct

from alerts.events import quality
from alerts.events.quality import RuleCost
from alerts.events.quality_rows import read_record
from alerts.notify.words import SEVERITIES, format_duration
from alerts.rules.definition import Category, Rule
from alerts.texts.rule_explanation import ExplainedRule, explain
from liangqu.desk.desk import FilesInForce
from liangqu.desk.page import Answer, Page, Visit
from sensors.catalogue.places import area_names
from sensors.standards.targets import Target

COUNTED = timedelta(days=30)
CATEGORIES: tuple[Category, ...] = ("exceedance", "attainment", "equipment", "system")
_NO_COST = RuleCost(rule="", messages=0, share=0.0, begins=0, chattering=0)


class RuleRow(Struct, frozen=True):
    """A rule as the page lists it."""

    explained: ExplainedRule
    cost: RuleCost
    where: str
    timing: tuple[str, ...]


def show(visit: Visit) -> Answer:
    """All rules by category, those that cost most first."""
    files = visit.desk.files
    with visit.desk.snapshot() as connection:
        record = read_record(connection, visit.now - COUNTED, visit.now)
    costs = {each.rule: each for each in quality.measure(record).rules}
    rows = [_row(rule, costs, files, visit) for rule in files.rules.rules.values()]
    rows.sort(key=lambda row: (-row.cost.messages, -row.cost.begins))
    return {
        "categories": [
            (category, found)
            for category in CATEGORIES
            if (found := [row for row in rows if row.explained.rule.category == category])
        ],
        "days": COUNTED.days,
        "severities": SEVERITIES,
        "origin": lambda id_: _origin(id_, {each.id: each for each in files.catalogue.targets}, visit),
        "place": lambda id_: _place(id_, files, visit),
    }


def _row(rule: Rule, costs: Mapping[str, RuleCost], files: FilesInForce, visit: Visit) -> RuleRow:
    explained = explain(rule, files.rules, visit.now)
    return RuleRow(
        explained,
        costs.get(rule.id, _NO_COST),
        _where(explained, files, visit),
        tuple(_timing(rule, visit)),
    )


def _where(explained: ExplainedRule, files: FilesInForce, visit: Visit) -> str:
    """How many of each; by name where there are few."""
    places = explained.places
    if not places:
        return visit.words("system" if explained.rule.statistic == "system" else "nowhere")
    if len(places) <= 4:  # noqa: PLR2004 - so many fit a line
        return visit.words("comma").join(_place(place, files, visit) for place in places)
    media = Counter(
        files.catalogue.sites[place].medium if place in files.catalogue.sites else "area" for place in places
    )
    return visit.words("comma").join(
        visit.words(f"of_{medium}{'_one' if n == 1 else ''}", n=n) for medium, n in media.items()
    )


def _place(place: str, files: FilesInForce, visit: Visit) -> str:
    site = files.catalogue.sites.get(place)
    name = area_names(files.catalogue).get(place) if site is None else site.name
    return place if name is None else visit.words.name(name)


def _origin(id_: str, targets: Mapping[str, Target], visit: Visit) -> str:
    """The plan's target with the year it is due in, or the clause as it is."""
    target = targets.get(id_)
    return id_ if target is None else visit.words("plan", due=target.due)


def _timing(rule: Rule, visit: Visit) -> Iterator[str]:
    """How long beyond before it fires, inside before it is over, and how it is repeated."""
    for key in ("for_", "clear_for"):
        span = getattr(rule.timing, key)
        if span:
            yield visit.words(key, span=format_duration(span.total_seconds(), visit.language))
    repeat = rule.repeat if rule.repeat in {"daily", "never"} else "after"
    yield visit.words(f"repeat_{repeat}", span=rule.repeat)


PAGES = (Page(path="/rules", name="rules", show=show),)
