"""What all boards share: grid layout, links to each other, events as annotations, variables, range."""

from collections.abc import Mapping
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    VariableHide,
    VariableOption,
)

from dashboards.grafana.panels import AnyPanel
from dashboards.grafana.query import HELD, SOURCE, AnnotationQuery, of_place, select
from dashboards.grafana.theme import WARN, Translate
from sensors.model import Language

COLUMNS = 24
ZONE = "Asia/Shanghai"
TAG = "liangqu"


def uid(board: str, language: Language) -> str:
    """The board's id in its address; Chinese has the plain one."""
    return f"{TAG}-{board}" if language == "zh" else f"{TAG}-{board}-{language}"


class BoardBuilder:
    """A board being laid out, row by row from the top.

    Args:
        board: Its id.
        title: As people read it.
        description: What it shows, in a sentence.
        time_from: Where its range begins, such as `now-7d`.
        refresh: How often it refreshes, such as `1m`.
        tr: Its language.
    """

    def __init__(
        self, board: str, tr: Translate, title: str, description: str, *, time_from: str, refresh: str
    ) -> None:
        self._next_y = 0
        self._next_id = 1
        self._tr = tr
        self._chosen = ""
        self._board = (
            dashboard.Dashboard(title)
            .uid(uid(board, tr.language))
            .description(description)
            .tags([TAG, f"{TAG}-{tr.language}"])
            .timezone(ZONE)
            .week_start("monday")
            .time(time_from, "now")
            .refresh(refresh)
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(_links_to_boards(tr))
            .link(_link_to_other_language(board, tr))
        )

    def row(self, height: int, *panels: tuple[int, AnyPanel]) -> None:
        """Panels side by side from the left, each with its width in 24ths of the board.

        Raises:
            ValueError: they are wider than the board.
        """
        x = 0
        for width, any_panel in panels:
            panel: Any = any_panel
            panel.id(self._next_id).grid_pos(GridPos(x=x, y=self._next_y, w=width, h=height))
            self._board.with_panel(panel)
            self._next_id += 1
            x += width
        if x > COLUMNS:
            raise ValueError(f"a row of {x} columns, there are {COLUMNS}")
        self._next_y += height

    def choice(self, name: str, label: str, choices: Mapping[str, str], default: str) -> None:
        """A single-choice variable over ids, shown by their names; a board of it marks its events alone."""
        values = ", ".join(f"{_escaped(text)} : {_escaped(id_)}" for id_, text in choices.items())
        self._board.with_variable(
            dashboard.CustomVariable(name)
            .label(label)
            .values(values)
            .current(VariableOption(selected=True, text=choices.get(default, default), value=default))
            .multi(False)
            .include_all(False)
            .hide(VariableHide.DONT_HIDE)
        )
        self._chosen = name

    def build(self) -> Dashboard:
        """The board."""
        self._board.annotation(_event_annotations(self._tr, self._chosen))
        return self._board.build()


def _escaped(text: str) -> str:
    return text.replace(",", "\\,")


def _links_to_boards(tr: Translate) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(tr("全部看板", "All boards"))
        .type(DashboardLinkType.DASHBOARDS)
        .tags([f"{TAG}-{tr.language}"])
        .as_dropdown(False)
        .keep_time(False)
        .include_vars(False)
    )


def _link_to_other_language(board: str, tr: Translate) -> dashboard.DashboardLink:
    language: Language = "en" if tr.language == "zh" else "zh"
    return (
        dashboard.DashboardLink("中文" if language == "zh" else "English")
        .type(DashboardLinkType.LINK)
        .url(f"/d/{uid(board, language)}")
        .icon("external link")
        .keep_time(True)
        .include_vars(True)
    )


def _event_annotations(tr: Translate, chosen: str) -> dashboard.AnnotationQuery:
    """Events from their begin to their end, none that was withdrawn; `chosen` is the variable of a site."""
    text = tr("message_zh", "message_en")
    title = tr("title_zh", "title_en")
    columns = f'"{text}", "{title}", "ended"'
    own = [of_place(f"${{{chosen}:raw}}")] if chosen else []
    query = AnnotationQuery(select(columns, "event", HELD, *own), text, title, "ended")
    return (
        dashboard.AnnotationQuery()
        .name(tr("事件", "Events"))
        .datasource(SOURCE)
        .enable(True)
        .icon_color(WARN)
        .target(query)
    )
