"""All boards in both languages as text: the same input gives the same bytes."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard, DashboardLink, DashboardLinkType

from alerts.rules.definition import Rule
from dashboards.grafana.boards import (
    air_site,
    alerts,
    attainment,
    operations,
    overview,
    river_section,
    sources,
    wall,
)
from dashboards.grafana.theme import Translate
from sensors.catalogue.model import Catalogue
from sensors.model import LANGUAGES

Maker = Callable[[Catalogue, Translate], Dashboard]

BOARDS: Mapping[str, Maker] = {
    "overview": overview.build,
    "wall": wall.build,
    "air": air_site.build,
    "sources": sources.build,
    "river": river_section.build,
    "attainment": attainment.build,
    "alerts": alerts.build,
    "operations": operations.build,
}


def to_files(
    catalogue: Catalogue, rules: Sequence[Rule] | None = None, reports: str = "", desk: str = ""
) -> dict[str, str]:
    """Every board's JSON by its file, such as `zh/overview.json`; without `rules` with the shipped ones.

    `reports` and `desk` are the addresses of the monthly reports and of the desk, for links; "" for none.
    """
    desk = desk.rstrip("/")
    boards: Mapping[str, Maker] = {
        **BOARDS,
        "overview": partial(overview.build, desk=desk),
        "alerts": partial(alerts.build, rules=rules, desk=desk),
    }
    files = {}
    for language in LANGUAGES:
        tr = Translate(language)
        for name, make in boards.items():
            board = make(catalogue, tr)
            if reports:
                board.links = [*(board.links or ()), _link(tr("月报", "Monthly reports"), reports, "doc")]
            if desk:
                board.links = [*(board.links or ()), _link(tr("工作台", "Desk"), f"{desk}/", "cog")]
            files[f"{language}/{name}.json"] = to_json(board)
    return files


def _link(title: str, address: str, icon: str) -> DashboardLink:
    link = builders.DashboardLink(title).type(DashboardLinkType.LINK)
    return link.url(address).icon(icon).target_blank(True).build()


def to_json(board: Dashboard) -> str:
    """One board: keys sorted, so that a change shows where it is."""
    plain = json.loads(json.dumps(board, cls=JSONEncoder))
    for entry in (*plain.get("links", ()), *plain.get("annotations", {}).get("list", ())):
        del entry["placement"]  # it would hide them in a menu
    return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
