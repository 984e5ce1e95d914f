"""What all boards share: grid layout, links to each other, alerts as annotations, variables, range."""

from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models.dashboard import (
    Dashboard,
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from dashboards.grafana.panels import AnyPanel
from dashboards.grafana.query import SOURCE, AnnotationQuery, select
from dashboards.grafana.theme import WARN, Translate

COLUMNS = 24
ZONE = "Asia/Shanghai"
TAG = "liangqu"


def uid(board: str, language: str) -> str:
    """The board's id in its address; Chinese has the plain one."""
    return f"{TAG}-{board}" if language == "zh" else f"{TAG}-{board}-{language}"


class BoardBuilder:
    """A board being laid out, row by row from the top.

    Args:
        board: Its id.
        title: As people read it.
        about: What it shows, in a sentence.
        since: Where its range begins, such as `now-7d`.
        refresh: How often it refreshes, such as `1m`.
        say: Its language.
    """

    def __init__(
        self, board: str, title: str, about: str, since: str, *, refresh: str, say: Translate
    ) -> None:
        other = "en" if say.language == "zh" else "zh"
        self._next_y = 0
        self._next_id = 1
        self._board = (
            dashboard.Dashboard(title)
            .uid(uid(board, say.language))
            .description(about)
            .tags([TAG, f"{TAG}-{say.language}"])
            .timezone(ZONE)
            .week_start("monday")
            .time(since, "now")
            .refresh(refresh)
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .readonly()
            .link(_to_all(say))
            .link(_to_other(board, other))
            .annotation(_alerts(say))
        )

    def row(self, height: int, *panels: tuple[int, AnyPanel]) -> None:
        """Panels side by side from the left, each with its width in 24ths of the board.

        Raises:
            ValueError: they are wider than the board.
        """
        x = 0
        for width, builder in panels:
            made: Any = builder
            made.id(self._next_id).grid_pos(GridPos(x=x, y=self._next_y, w=width, h=height))
            self._board.with_panel(made)
            self._next_id += 1
            x += width
        if x > COLUMNS:
            raise ValueError(f"a row of {x} columns, there are {COLUMNS}")
        self._next_y += height

    def variable(self, name: str, label: str, values: str, first: str) -> None:
        """A single-choice variable; `values` is the statement that lists them, `first` the default."""
        self._board.with_variable(
            dashboard.QueryVariable(name)
            .label(label)
            .datasource(SOURCE)
            .query({"query": values, "refId": "A"})
            .definition(values)
            .current(VariableOption(selected=True, text=first, value=first))
            .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
            .sort(VariableSort.ALPHABETICAL_ASC)
            .multi(False)
            .include_all(False)
            .hide(VariableHide.DONT_HIDE)
        )

    def build(self) -> Dashboard:
        """The board."""
        return self._board.build()


def _to_all(say: Translate) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(say("全部看板", "All boards"))
        .type(DashboardLinkType.DASHBOARDS)
        .tags([f"{TAG}-{say.language}"])
        .as_dropdown(False)
        .keep_time(False)
        .include_vars(False)
    )


def _to_other(board: str, language: str) -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("中文" if language == "zh" else "English")
        .type(DashboardLinkType.LINK)
        .url(f"/d/{uid(board, language)}")
        .icon("external link")
        .keep_time(True)
        .include_vars(True)
    )


def _alerts(say: Translate) -> dashboard.AnnotationQuery:
    """Every change of every episode, on every board."""
    columns = '"message", "state", "severity", "site"'
    return (
        dashboard.AnnotationQuery()
        .name(say("告警", "Alerts"))
        .datasource(SOURCE)
        .enable(True)
        .icon_color(WARN)
        .target(AnnotationQuery(select(columns, "alert")))
    )
