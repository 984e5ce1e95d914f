"""Addresses of Grafana's boards: that of a station or section, else the overview. Pure."""

from collections.abc import Callable, Mapping
from functools import partial

from ingest.http.address import parse_http_address
from sensors.catalogue.model import Catalogue
from sensors.model import LANGUAGES, Language

BoardLink = Callable[[str], str]
"""The address of the board of a site, zone or river, or of the system itself."""


def board_links(url: str, catalogue: Catalogue) -> Mapping[Language, BoardLink]:
    """The boards of each language below Grafana's address; none where that is "".

    Raises:
        ValueError: it is no address.
    """
    if not url:
        return {}
    address = parse_http_address(url)
    base = f"{address.scheme}://{address.authority}{address.target}".rstrip("/")
    return {language: partial(_board_link, base, catalogue, language) for language in LANGUAGES}


def _board_link(base: str, catalogue: Catalogue, language: Language, place: str) -> str:
    site = catalogue.sites.get(place)
    if site is None:
        board, query = "overview", ""
    elif site.medium == "air":
        board, query = "air", f"?var-site={site.id}"
    else:
        board, query = "river", f"?var-section={site.id}"
    return f"{base}/d/liangqu-{board}{'' if language == 'zh' else f'-{language}'}{query}"
