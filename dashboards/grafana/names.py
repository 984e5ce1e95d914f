"""What ids are called on a board: sites, parameters, rules, statistics, and the service's own words."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations

from grafana_foundation_sdk.models.dashboard import ValueMapping

from alerts.rules.definition import Rule
from alerts.texts.causes import CAUSE_NAMES
from dashboards.grafana.theme import Translate, named
from ingest.checks.registry import CHECK_WORDS
from sensors.catalogue.model import Catalogue
from sensors.model import Medium, Name
from sensors.standards import aqi
from sensors.standards.statistics import statistics
from sensors.standards.water_limits import assessed, standards

JOINER = ";"
"""Between ids where a field has several of them."""

INDICES = {
    "aqi": Name("AQI", "AQI"),
    "water_class": Name("水质类别", "water class"),
    "_": Name("水质类别", "water class"),  # of samples; rows without a value leave it out
}
_TOGETHER = 6  # so many assessed items of the boards, or pollutants, may tie


@cache
def words() -> Mapping[str, Mapping[str, Name]]:
    """The tables of words.toml beside this file."""
    tables = tomllib.loads((files("dashboards.grafana") / "words.toml").read_text(encoding="utf-8"))
    return {table: {id_: Name(**texts) for id_, texts in rows.items()} for table, rows in tables.items()}


def worded(tr: Translate, table: str) -> dict[str, str]:
    """A table of words.toml in the board's language."""
    return _said(tr, words()[table])


def places(tr: Translate, catalogue: Catalogue) -> list[ValueMapping]:
    """Sites, zones and rivers; a system has none."""
    return named(place_texts(tr, catalogue) | {"_": tr("系统", "system")})


def place_texts(tr: Translate, catalogue: Catalogue) -> dict[str, str]:
    """What each site, zone and river is called."""
    every = {**catalogue.places, **catalogue.wider_zones}
    return {id_: tr.name(place.name) for id_, place in every.items()}


def parameters(tr: Translate, catalogue: Catalogue) -> list[ValueMapping]:
    """Parameters and indices."""
    return named(_said(tr, {one.id: one.name for one in catalogue.parameters.values()} | INDICES))


def joined_parameters(
    tr: Translate, catalogue: Catalogue, medium: Medium, *, brief: bool = False
) -> list[ValueMapping]:
    """Primary pollutants or determining items, alone and several of them, in the order of the law.

    In `brief` they are written by their symbols.
    """
    order = aqi.pollutants() if medium == "air" else tuple(assessed(standards()[-1], "river"))
    shown = {one.id for one in catalogue.shown(medium)}
    known = [catalogue.parameters[id_] for id_ in order if id_ in catalogue.parameters]
    alone = {one.id: one.symbol if brief and one.symbol else tr.name(one.name) for one in known}
    often = [id_ for id_ in alone if id_ in shown]
    together = {
        JOINER.join(ids): tr("、", ", ").join(alone[id_] for id_ in ids)
        for many in range(2, _TOGETHER + 1)
        for ids in combinations(often, many)
    }
    return named(alone | together)


def rules(tr: Translate, known: Iterable[Rule]) -> list[ValueMapping]:
    """Rules."""
    return named({rule.id: tr.name(rule.name) for rule in known})


def statistic_texts(tr: Translate) -> dict[str, str]:
    """What each statistic is called."""
    return {kind.id: tr.name(kind.name) for kind in statistics()}


def causes(tr: Translate) -> list[ValueMapping]:
    """What events are about."""
    return named(_said(tr, CAUSE_NAMES))


def kinds(tr: Translate) -> list[ValueMapping]:
    """Kinds of reading."""
    return named(worded(tr, "kind"))


def checks(tr: Translate) -> list[ValueMapping]:
    """Failed checks, alone and two of them."""
    alone = _said(tr, CHECK_WORDS)
    pairs = {
        ",".join(ids): tr("、", ", ").join(map(alone.__getitem__, ids)) for ids in combinations(alone, 2)
    }
    return named(alone | pairs)


def _said(tr: Translate, known: Mapping[str, Name]) -> dict[str, str]:
    return {id_: tr.name(name) for id_, name in known.items()}
