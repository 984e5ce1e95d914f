"""Topics that no message can be read on: why, and which one was meant."""

from collections.abc import Sequence

from sensors.catalogue.model import Catalogue, Site
from sensors.excerpt import excerpt
from sensors.model import MEDIA, RefusalReason, Refused

HJ212 = "hj212"
OF_TOPIC: frozenset[RefusalReason] = frozenset({"unknown_topic", "unknown_site", "wrong_medium"})
"""What `refuse_topic` says: whole messages are refused for them."""
_MOST_LEVELS = 16  # that are looked at


def prefix_of(topic: str, prefixes: Sequence[str]) -> str:
    """Which of the prefixes a topic lies under; the first where it lies under none."""
    if len(prefixes) == 1:
        return prefixes[0]
    return next((each for each in prefixes if topic.startswith(f"{each}/")), prefixes[0])


def refuse_topic(topic: str, prefix: str, catalogue: Catalogue) -> Refused:
    """Why there is nobody to read on a topic: `unknown_site`, `wrong_medium`, or `unknown_topic`.

    The words name the topic that was meant, if one of its levels is a site or the MN of one in any case, or
    what else the catalogue calls a site: national code, alias, name.
    """
    before, _, name = topic.rpartition("/")
    medium = before.removeprefix(f"{prefix}/")
    meant = meant_topic(topic, prefix, catalogue)
    suggestion = f"; did you mean {meant}?" if meant else ""
    if medium == before or medium not in MEDIA or not name.strip():
        form = suggestion or f"; {prefix}/<medium>/<site> and {prefix}/{HJ212}/<MN> are"
        return Refused("unknown_topic", f"{excerpt(topic)} is no topic of readings{form}")
    site = catalogue.sender(name)
    if site is None:
        detail = f"no site of the catalogue has the topic {excerpt(topic)}{suggestion}"
        return Refused("unknown_site", detail)
    return Refused("wrong_medium", f"{site.id} measures {site.medium}, the topic is {excerpt(topic)}")


def reading_topics(prefixes: Sequence[str], catalogue: Catalogue) -> list[str]:
    """Every topic on which a station of the catalogue may publish readings."""
    native = [
        f"{site.medium}/{id_}" for site in catalogue.sites.values() for id_ in (site.id, *site.renamed_from)
    ]
    levels = [*native, *(f"{HJ212}/{mn}" for mn in catalogue.by_mn)]
    return [f"{prefix}/{each}" for prefix in prefixes for each in levels]


def meant_topic(topic: str, prefix: str, catalogue: Catalogue) -> str | None:
    """The topic of the first level that is a site, its MN or name, in any case of an id; None if none is."""
    for level in topic.split("/", _MOST_LEVELS)[:_MOST_LEVELS]:
        name = level.strip()
        if site := _find_site(name, catalogue):
            return f"{prefix}/{site.medium}/{site.id}"
        if name in catalogue.by_mn:
            return f"{prefix}/{HJ212}/{name}"
        if name and len(called := _called(name, catalogue)) == 1:
            return f"{prefix}/{called[0].medium}/{called[0].id}"
    return None


def _called(name: str, catalogue: Catalogue) -> list[Site]:
    """The sites that tables and people call so."""
    return [
        site
        for site in catalogue.sites.values()
        if name in {site.code, site.name.zh, site.name.en, *site.aliases}
    ]


def _find_site(name: str, catalogue: Catalogue) -> Site | None:
    """The site of this id; else the first whose id differs in case only."""
    folded = name.casefold()
    alike = (site for site in catalogue.sites.values() if site.id.casefold() == folded)
    return catalogue.sender(name) or next(alike, None)
