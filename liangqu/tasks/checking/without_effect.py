"""What the files say without effect: a basis that no reading fits, rules that apply nowhere."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from alerts.rules import definition
from alerts.rules.definition import Rule
from alerts.rules.index import RuleIndex
from ingest.journal.database.reading import read_only
from ingest.sites.unused import describe_unused, read_unused
from sensors.catalogue.model import Catalogue

_HOUR = timedelta(hours=1)


def idle_rules(index: RuleIndex) -> Iterator[str]:
    """A line for each rule of the settings that no place or no parameter is watched by."""
    shipped = {rule.id: rule for rule in definition.load(index.catalogue)}
    for rule in index.rules.values():
        if rule != shipped.get(rule.id):
            yield from _idle(index, rule)


def _idle(index: RuleIndex, rule: Rule) -> Iterator[str]:
    if not any(index.places(rule)):
        named = " and ".join(key for key in ("sites", "zones", "media", "cycle_below") if getattr(rule, key))
        yield f"alerts.rules: rule {rule.id}: {named or 'sites'}: no place is so; it applies nowhere"
        return
    for parameter in rule.parameters:
        if not index.is_watched(None, rule.id, parameter):
            yield f"alerts.rules: rule {rule.id}: parameters: {parameter} is measured at none of its places"


def unfit_bases(catalogue: Catalogue, journal: Path, index: RuleIndex) -> Iterator[str]:
    """A line for each site whose `basis` no reading can be, or none that has come so far."""
    for site in catalogue.sites.values():
        if site.basis == "min" and site.cycle >= _HOUR:
            cure = 'leave basis out of its row, or say basis = "hour"'
            yield f"catalogue: site {site.id}: basis: no minutes come once in {site.cycle // _HOUR} h; {cure}"
    yield from (f"catalogue: {line}" for line in _arrived_unfit(catalogue, journal, index))


def _arrived_unfit(catalogue: Catalogue, journal: Path, index: RuleIndex) -> Iterator[str]:
    """What the journal has of readings that count for nothing because of a basis; nothing without one."""
    if not journal.is_file():
        return
    try:
        with read_only(journal) as connection:
            found = read_unused(connection, catalogue, index.is_judged)
    except sqlite3.Error:
        return  # no journal yet, or one of another build
    yield from describe_unused((one for one in found if one.reason == "basis"), catalogue)
