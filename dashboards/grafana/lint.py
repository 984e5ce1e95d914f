"""What a board must satisfy: panels that do not overlap, texts that fit at 1920 x 1080, names that exist.

Pure arithmetic on a board's JSON; each problem is a line for people that names the board and the panel.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from dashboards.grafana.builder import COLUMNS, TAG
from dashboards.grafana.query import SOURCE_UID
from dashboards.grafana.query_lint import query_problems
from sensors.catalogue.model import Catalogue

Board = Mapping[str, Any]

# Grafana's grid at a window 1920 wide: 16 px at either side, 8 px between panels.
WINDOW_PX, SIDE_PX, GAP_PX = 1920, 16, 8
COLUMN_PX = (WINDOW_PX - 2 * SIDE_PX - (COLUMNS - 1) * GAP_PX) / COLUMNS
TITLE_PX, INFO_PX = 14, 28  # the title's size; the icon of a description
CELL_PADDING_PX = 16
PADDING_PX = 24
CHINESE_FROM = 0x2E80
WIDE, NARROW = 1.0, 0.56  # of the font's size: Chinese, and a Latin letter on average

BUILT_IN = {"timeFilter", "__interval", "__to", "tag_site", "tag_statistic", "tag_kind", "col"}
_COLUMN = re.compile(r"\$\{__data\.fields\.(\w+)[^}]*\}", re.ASCII)
_VARIABLE = re.compile(r"\$\{?(\w+)", re.ASCII)


def problems(boards: Mapping[str, Board], catalogue: Catalogue) -> list[str]:
    """Everything that is wrong with the boards of a catalogue, by file; empty if nothing is."""
    uids = {board["uid"] for board in boards.values()}
    return [
        f"{file}: {problem}"
        for file, board in boards.items()
        for check in (
            _layout_problems(board),
            _text_problems(board),
            _reference_problems(board, uids),
            _query_problems(board, catalogue),
        )
        for problem in check
    ]


def _layout_problems(board: Board) -> Iterator[str]:
    """Panels that overlap or leave the board."""
    for panel in board["panels"]:
        position = panel["gridPos"]
        left, width = position["x"], position["w"]
        if width <= 0 or position["h"] <= 0 or left < 0 or left + width > COLUMNS:
            yield f"{panel['title']}: leaves the grid"
    for one, other in combinations(board["panels"], 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']}: overlaps {other['title']}"
    if len({panel["id"] for panel in board["panels"]}) < len(board["panels"]):
        yield "two panels have one id"


def _overlap(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
    return across and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]


def width_px(columns: int) -> float:
    """How wide a panel of so many columns is."""
    return columns * COLUMN_PX + (columns - 1) * GAP_PX


def text_px(text: str, size: int = TITLE_PX) -> float:
    """How wide a line of text is, about."""
    return sum(size * (WIDE if ord(character) >= CHINESE_FROM else NARROW) for character in text)


def _text_problems(board: Board) -> Iterator[str]:
    """Titles wider than their panels, and column heads wider than their columns."""
    for panel in board["panels"]:
        room = width_px(panel["gridPos"]["w"]) - PADDING_PX - (INFO_PX if panel.get("description") else 0)
        needed = text_px(panel["title"])
        if needed > room:
            yield f"{panel['title']}: {needed:.0f} px of title in {room:.0f} px"
        for head, width in _columns(panel):
            if text_px(head) + CELL_PADDING_PX > width:
                yield f"{panel['title']}: column {head} is wider than {width} px"
        fixed = sum(width for _, width in _columns(panel))
        if fixed > room:
            yield f"{panel['title']}: columns of {fixed} px in {room:.0f} px"
        for line in panel.get("options", {}).get("content", "").splitlines():
            if text_px(line) > room:
                yield f"{panel['title']}: a line wider than {room:.0f} px: {line}"


def _columns(panel: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        for change in override["properties"]:
            if change["id"] == "custom.width":
                yield override["matcher"]["options"], change["value"]


def _reference_problems(board: Board, uids: Iterable[str]) -> Iterator[str]:
    """Data sources, variables and boards that are named and do not exist."""
    variables = {variable["name"] for variable in _variables(board)}
    for title, target in _targets(board):
        yield from _unknown(title, target, variables)
    for link in board["links"]:
        is_elsewhere = link.get("url", "").startswith(("http://", "https://"))
        if link["type"] == "link" and not is_elsewhere and link["url"].removeprefix("/d/") not in uids:
            yield f"link {link['title']}: no board {link['url']}"
        if not set(link["tags"]) <= {f"{TAG}-zh", f"{TAG}-en"}:
            yield f"link {link['title']}: no boards tagged {link['tags']}"
    for panel in board["panels"]:
        yield from (f"{panel['title']}: {problem}" for problem in _row_link_problems(panel, uids))


def _row_link_problems(panel: Mapping[str, Any], uids: Iterable[str]) -> Iterator[str]:
    """Links in a table's rows that name no column of it, or lead to no board whatever the columns hold."""
    for override in panel.get("fieldConfig", {}).get("overrides", ()):
        for change in override["properties"]:
            for link in change["value"] if change["id"] == "links" else ():
                there = panel["transformations"][0]["options"]
                known = set(there["indexByName"]) - set(there["excludeByName"])
                named = _COLUMN.findall(link["url"])
                yield from (f"link {link['title']}: no column {name}" for name in named if name not in known)
                if link["url"].startswith(("http://", "https://")):
                    continue
                path = ".+".join(map(re.escape, re.split(_COLUMN, link["url"].partition("?")[0])[::2]))
                if not any(re.fullmatch(path, f"/d/{uid}") for uid in uids):
                    yield f"link {link['title']}: no board {link['url']}"


def _query_problems(board: Board, catalogue: Catalogue) -> Iterator[str]:
    """Statements that ask for what the store does not have."""
    for title, target in _targets(board):
        yield from (f"{title}: {problem}" for problem in query_problems(target["query"], catalogue))


def _variables(board: Board) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = board.get("templating", {}).get("list", [])
    return found


def _targets(board: Board) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each statement of panels and annotations, with the title of where it stands."""
    for panel in board["panels"]:
        yield from ((panel["title"], target) for target in panel.get("targets", ()))
    yield from (("annotations", annotation["target"]) for annotation in board["annotations"]["list"])


def _unknown(title: str, target: Mapping[str, Any], variables: set[str]) -> Iterator[str]:
    if target["datasource"]["uid"] != SOURCE_UID:
        yield f"{title}: no data source {target['datasource']['uid']}"
    used = set(_VARIABLE.findall(f"{target['query']} {target.get('alias', '')}"))
    for name in sorted(used - variables - BUILT_IN):
        yield f"{title}: no variable {name}"
