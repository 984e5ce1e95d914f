"""All boards in both languages as text: the same input gives the same bytes."""

import json
from collections.abc import Callable, Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana.boards import air_site, alerts, attainment, operations, overview, river_section
from dashboards.grafana.theme import Translate
from sensors.catalogue.model import Catalogue
from sensors.model import LANGUAGES

BOARDS: Mapping[str, Callable[[Catalogue, Translate], Dashboard]] = {
    "overview": overview.build,
    "air": air_site.build,
    "river": river_section.build,
    "attainment": attainment.build,
    "alerts": alerts.build,
    "operations": operations.build,
}


def to_files(catalogue: Catalogue) -> dict[str, str]:
    """Every board's JSON by its file, such as `zh/overview.json`."""
    return {
        f"{language}/{board}.json": to_json(make(catalogue, Translate(language)))
        for language in LANGUAGES
        for board, make in BOARDS.items()
    }


def to_json(board: Dashboard) -> str:
    """One board: keys sorted, so that a change shows where it is."""
    plain = json.loads(json.dumps(board, cls=JSONEncoder))
    for entry in (*plain["links"], *plain["annotations"]["list"]):
        del entry["placement"]  # it would hide them in a menu
    return json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
