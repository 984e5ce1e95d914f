"""Names that commands are given: one that does not exist is refused, with the nearest that does."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError
from sensors.excerpt import excerpt, suggestion

if TYPE_CHECKING:
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue, Parameter, Site
    from sensors.catalogue.places import Place

EVERY = "all"
PLACE = "site, zone or river"


def check_name(
    given_as: str,
    name: str,
    what: str,
    known: Iterable[str],
    called: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Refuse a name that is not known.

    Args:
        given_as: The option or argument that has the name.
        name: The name.
        what: What it should be the name of.
        known: Every name there is.
        called: The known name of what people call otherwise.

    Raises:
        ProblemError: it is not one of them; the line names the nearest, or else all of them.
    """
    there = list(dict.fromkeys(known))
    if name not in there:
        raise ProblemError(f"{given_as}: there is no {what} {excerpt(name)}{suggestion(name, there, called)}")


def check_place(given_as: str, name: str, catalogue: "Catalogue", *others: str) -> None:
    """Refuse what is neither a place of the catalogue nor one of the others.

    Raises:
        ProblemError: as `check_name`.
    """
    places = catalogue.places
    check_name(given_as, name, PLACE, [*places, *others], _ids_by_name(places.values()))


def check_site(given_as: str, name: str, catalogue: "Catalogue") -> None:
    """Refuse what is not a site: zones and rivers measure nothing by themselves.

    Raises:
        ProblemError: as `check_name`.
    """
    check_name(given_as, name, "site", catalogue.sites, _ids_by_name(catalogue.sites.values()))


def _ids_by_name(rows: "Iterable[Place | Site | Parameter]") -> dict[str, str]:
    """The id of each by what people call it, in both languages."""
    return {text: row.id for row in rows for text in (row.name.zh, row.name.en)}


def parameter_id(given_as: str, name: str, catalogue: "Catalogue", *others: str) -> str:
    """The id of a parameter that is given by id or HJ code; one of the others as it is.

    Raises:
        ProblemError: as `check_name`.
    """
    known = catalogue.parameter(name)
    if known is not None:
        return known.id
    called = _ids_by_name(catalogue.parameters.values())
    check_name(given_as, name, "parameter", [*catalogue.parameters, *others], called)
    return name


def check_watched_names(
    settings: "Settings", *, site: str | None, rule: str | None, former: Sequence[tuple[str, str]]
) -> None:
    """Refuse a place or rule that is neither configured nor one of the former ones, each with its rule.

    Raises:
        ProblemError: as `check_name`; or catalogue or rules cannot be used.
    """
    from alerts.rules.index import NONE
    from liangqu.config.factories import open_catalogue, open_rules

    catalogue = open_catalogue(settings)
    if site is not None:
        check_place("--site", site, catalogue, NONE, *(place for place, _ in former))
    if rule is not None:
        rules = open_rules(settings, catalogue).rules
        check_name("--rule", rule, "rule", [*rules, *(id_ for _, id_ in former)])


def checked_scope(settings: "Settings", site: str, rule: str | None, parameter: str | None) -> str | None:
    """Refuse a silence that would silence nothing; returns the parameter's id.

    Raises:
        ProblemError: no such place, rule or parameter; or no rule watches these together.
    """
    from alerts.rules.definition import INDICES, SYSTEM
    from alerts.rules.index import NONE
    from liangqu.config.factories import open_catalogue, open_rules
    from sensors.catalogue.places import area_names

    catalogue = open_catalogue(settings)
    check_place("SITE", site, catalogue, EVERY, NONE, *area_names(catalogue))
    index = open_rules(settings, catalogue)
    if rule is not None:
        check_name("--rule", rule, "rule", index.rules)
    if parameter is not None:
        parameter = parameter_id("--parameter", parameter, catalogue, *INDICES, *SYSTEM)
    if (rule or parameter) and not index.is_watched(None if site == EVERY else site, rule, parameter):
        who = "no rule watches" if rule is None else f"{rule} does not watch"
        where = {EVERY: "any place", NONE: "the service itself"}.get(site, site)
        raise ProblemError(
            f"{who} {f'{parameter} at ' if parameter else ''}{where}: nothing would be silenced"
        )
    return parameter
