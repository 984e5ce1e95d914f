"""Wall: one screen of 16:9 for a duty room, without scrolling and without a mouse."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.boards import event_panels, overview, place_tiles
from dashboards.grafana.builder import COLUMNS, BoardBuilder
from dashboards.grafana.maps import layout
from dashboards.grafana.maps.panel import map_panel
from dashboards.grafana.theme import Translate
from sensors.catalogue.model import Catalogue

ROWS = 27
"""What a screen of 1920 x 1080 holds in Grafana's kiosk: 30 px each, 8 px between, 8 px around."""

MAP_PX = 430
_TILES, _MAP, _ROW_PX = 5, 7, 36


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """Tiles above, maps and open events below; the address takes `?kiosk`."""
    board = BoardBuilder(
        "wall",
        tr,
        tr("大屏", "Wall"),
        tr("值班室一屏：地址后加 ?kiosk", "One screen for a duty room: add ?kiosk to the address"),
        time_from="now-24h",
        refresh="1m",
    )
    air_targets, sections = common.air_targets(catalogue), common.sections(catalogue)
    tiles = []
    for air_target in air_targets:
        index, _, day, _ = overview.air_tiles(tr, catalogue, air_target)
        name = tr.name(air_target.place.short)
        goal = f"{air_target.limit:g}"
        year = tr(f"{name} 年初至今（目标{goal}）", f"{name}, this year (target {goal})")
        tiles += [index, day, place_tiles.year_tile(tr, air_target, year)]
    tiles += [place_tiles.section_tiles(tr, catalogue, place, target)[0] for place, target in sections]
    tiles += [event_panels.open_events(tr), common.silent_sites(tr)]
    room = (ROWS - 11) // _TILES * 5  # tiles beyond three rows stay on the overview
    rows = common.in_rows(tiles[:room], 5)
    for row in rows:
        board.row(_TILES, *row)
    left = ROWS - _TILES * len(rows)
    maps = overview.named_views(tr, catalogue, layout.Size(MAP_PX, left * _ROW_PX))[:2]
    panels = [map_panel(*view, catalogue, tr) for view in maps]
    used = _MAP * len(panels)
    board.row(
        left, *((_MAP, panel) for panel in panels), (COLUMNS - used, event_panels.open_list(tr, brief=True))
    )
    return board.build()
