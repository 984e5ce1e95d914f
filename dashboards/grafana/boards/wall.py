"""Wall: one screen of 16:9 for a duty room, without scrolling and without a mouse."""

from collections.abc import Iterator

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.grafana import common
from dashboards.grafana.boards import event_panels, overview, place_tiles
from dashboards.grafana.builder import COLUMNS, BoardBuilder
from dashboards.grafana.maps import layout
from dashboards.grafana.maps.panel import map_panel
from dashboards.grafana.panels import AnyPanel
from dashboards.grafana.theme import Translate
from sensors.catalogue.model import Catalogue

ROWS = 27
"""What a screen of 1920 x 1080 holds in Grafana's kiosk: 30 px each, 8 px between, 8 px around."""

MAP_PX = 430
_TILES, _MAP, _ROW_PX = 5, 7, 36
_A_ROW = 5
_ROOM, _MAPS = (ROWS - 11) // _TILES * _A_ROW, 2  # tiles of three rows, and maps: more stay on the overview


def build(catalogue: Catalogue, tr: Translate) -> Dashboard:
    """Tiles above, maps and open events below; the address takes `?kiosk`."""
    tiles = [event_panels.open_events(tr), *_place_tiles(catalogue, tr)]
    tiles.insert(_A_ROW - 1, common.silent_sites(tr))  # the last of the first row, which is the narrowest
    rows = common.in_rows(tiles[:_ROOM], _A_ROW)
    left = ROWS - _TILES * len(rows)
    views = overview.named_views(tr, catalogue, layout.Size(MAP_PX, left * _ROW_PX))
    board = BoardBuilder(
        "wall",
        tr,
        tr("大屏", "Wall"),
        _description(tr, len(tiles) - _ROOM, len(views) - _MAPS),
        time_from="now-24h",
        refresh="1m",
    )
    for row in rows:
        board.row(_TILES, *row)
    panels = [map_panel(*view, catalogue, tr) for view in views[:_MAPS]]
    used = _MAP * len(panels)
    board.row(
        left, *((_MAP, panel) for panel in panels), (COLUMNS - used, event_panels.open_list(tr, brief=True))
    )
    return board.build()


def _place_tiles(catalogue: Catalogue, tr: Translate) -> Iterator[AnyPanel]:
    """Of each zone its index, its mean of 24 hours and of the year; of each section its class now."""
    for air_target in common.air_targets(catalogue):
        yield overview.air_index_tile(tr, catalogue, air_target)
        yield overview.air_day_tile(tr, air_target)
        name, goal = tr.name(air_target.place.short), air_target.goal(tr)
        year = tr(f"{name} 年初至今（{goal}）", f"{name}, this year ({goal})")
        yield place_tiles.year_tile(tr, air_target, year)
    for place, target in common.sections(catalogue):
        yield place_tiles.section_tiles(tr, catalogue, place, target)[0]


def _description(tr: Translate, tiles: int, maps: int) -> str:
    """How to show it, and how many tiles and maps have no room."""
    missing = [
        tr(f"{n}个{zh}", f"{n} {en if n > 1 else en.removesuffix('s')}")
        for n, zh, en in ((tiles, "数值格", "tiles"), (maps, "地图", "maps"))
        if n > 0
    ]
    more = tr(f"；另有{'、'.join(missing)}仅见总览", f"; only on the overview: {', '.join(missing)}")
    text = tr("值班室一屏：地址后加 ?kiosk", "One screen for a duty room: add ?kiosk to the address")
    return text + (more if missing else "")
