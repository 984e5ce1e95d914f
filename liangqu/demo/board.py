"""The demonstration's live board: a picture from board_reader.py as tables that rich draws."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ingest.checks.registry import INVALIDATING
from liangqu.demo.board_reader import TREND_VALUES, BoardCell, BoardPicture, BoardRow
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords, clock_time
from sensors.model import Medium

DRAWN_FROM = 100
"""Columns; in a narrower console the trends are left out."""
NARROW = 80
"""Columns; in a narrower console sentences go on in the next line, and tables leave out what has no room."""
_NAME, _CLOCK, _VALUE = 18, 6, 6
"""Columns of a site's name at least, of hour and minute, and of a value."""
_INDENT = "    "
_FIXED = 8
"""Lines besides sites and events: clock, two headings of two lines, accounts, heading, the cursor's."""
_EXTRA = 4
"""Lines that only a roomy console shows."""
_FEWEST_EVENTS = 3
_MOST_EVENTS = 12
_SILENT = "bold magenta"
_BARS = "▁▂▃▄▅▆▇█"


def board(
    picture: BoardPicture,
    story: Sequence[StoryLine],
    words: DemoWords,
    *,
    speed: float,
    width: int,
    height: int = 40,
    history: str = "",
) -> RenderableType:
    """The whole board: clock, air, water, accounts, and the events so far, newest last.

    `history` says in the first line how much of the past is written. `width` and `height` are the console's.
    If they are too small, the trends, the blank lines, the refusals' reasons and older events are left
    out; in a narrow console remarks and the last columns of values too.
    """
    clock = words("clock", time=clock_time(picture.now), speed=speed)
    title = Text.assemble((words("title"), "bold"), "  ", (clock, "cyan"), "  ", (history, "dim"))
    head, counts = _lines(title, width), _lines(Text(words("brief", **picture.accounts)), width)
    fixed = sum(len(rows) for rows in picture.rows.values()) + _FIXED + len(head) + len(counts) - 2
    reasons = _lines(_reasons(picture, words), width)
    extra = _EXTRA - 1 + len(reasons)
    roomy = height >= fixed + extra + _FEWEST_EVENTS
    blank = [""] if roomy else []
    parts: list[RenderableType] = [*head]
    for medium in picture.rows:
        parts += [*blank, _table(picture, medium, words, width)]
    parts += [*blank, *counts, *(reasons if roomy else [])]
    parts += _lines(Text(words("happens"), style="bold"), width)
    fewest = _FEWEST_EVENTS if width >= NARROW else 1
    room = max(fewest, min(_MOST_EVENTS, height - fixed - roomy * extra))
    parts += _newest(story, room, width)
    return Group(*parts)


def _newest(story: Sequence[StoryLine], room: int, width: int) -> list[Text]:
    """The newest events that fit into so many lines, at least one, oldest first."""
    lines: list[Text] = []
    for one in reversed(story):
        event = _lines(Text.assemble((f"  {clock_time(one.time)}  ", "dim"), one.text), width)
        if lines and len(event) + len(lines) > room:
            break
        lines = event + lines
    return lines


def _lines(text: Text, width: int) -> list[Text]:
    """One line, cut where the console ends; in a narrow console as many as it takes."""
    if width >= NARROW:
        text.no_wrap, text.overflow = True, "ellipsis"
        return [text]
    room = width - len(_INDENT)
    first, *others = text.wrap(Console(width=room), room)
    for line in (first, *others):
        line.rstrip()
    return [first, *(Text.assemble(_INDENT, line) for line in others)]


def _reasons(picture: BoardPicture, words: DemoWords) -> Text:
    reasons = ", ".join(f"{reason} {number}" for reason, number in picture.refused.items())
    return Text(words("refused", reasons=reasons or words("nothing")), style="dim")


class _Columns(NamedTuple):
    """What a table has room for; a narrow one tells the hour of the newest reading and has no remarks."""

    values: Sequence[str]
    narrow: bool
    trend: bool


def _columns(names: Sequence[str], width: int) -> _Columns:
    if width >= NARROW:
        return _Columns(names, narrow=False, trend=width >= DRAWN_FROM)
    room = width - _NAME - 1 - _CLOCK
    return _Columns(names[: max(1, room // (1 + _VALUE))], narrow=True, trend=False)


def _table(picture: BoardPicture, medium: Medium, words: DemoWords, width: int) -> Table:
    columns = _columns(picture.columns[medium], width)
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True, header_style="bold",
        padding=(0, 0) if columns.narrow else (0, 1),
    )  # fmt: skip
    table.add_column(words(medium), no_wrap=True, ratio=1)
    table.add_column(words("newest"), no_wrap=True, width=_CLOCK if columns.narrow else 11)
    for name in columns.values:
        table.add_column(words.symbol(name), justify="right", no_wrap=True, width=_VALUE)
    if columns.trend:
        title = words(f"course_{medium}", symbol=words.symbol(picture.columns[medium][0]))
        table.add_column(title, no_wrap=True, width=TREND_VALUES)
    if not columns.narrow:
        table.add_column(words("remarks"), no_wrap=True, ratio=1)
    highest = max((value for row in picture.rows[medium] for value in row.trend), default=0.0)
    for row in picture.rows[medium]:
        table.add_row(*_cells(picture, row, columns, words, highest))
    return table


def _cells(
    picture: BoardPicture, row: BoardRow, columns: _Columns, words: DemoWords, highest: float
) -> Iterator[Text | str]:
    yield words.name(row.site.name)
    newest = clock_time(row.newest) if row.newest else ""
    if columns.narrow:
        yield Text(newest[6:], style=_SILENT if _is_silent(picture, row) else "")
    else:
        yield newest
    for name in columns.values:
        yield _value(name, row.cells.get(name), words)
    if columns.trend:
        yield Text(bars(row.trend, highest), style="cyan")
    if not columns.narrow:
        yield _remarks(picture, row, words)


def _value(name: str, cell: BoardCell | None, words: DemoWords) -> Text:
    if cell is None:
        return Text("")
    return Text(words.value(name, cell.value), style=_style(cell.failed))


def _style(failed: Sequence[str]) -> str:
    if not failed:
        return ""
    return "bold red" if INVALIDATING.intersection(failed) else "bold yellow"


def _is_silent(picture: BoardPicture, row: BoardRow) -> bool:
    return row.newest is not None and picture.now - row.newest > row.site.late_after


def _remarks(picture: BoardPicture, row: BoardRow, words: DemoWords) -> Text:
    remarks = Text()
    if row.newest and _is_silent(picture, row):
        hours = (picture.now - row.newest).total_seconds() / 3600
        remarks.append(words("silent", hours=hours), style=_SILENT)
    for cell, names in _alike(row):
        said = " ".join(words.check(check, cell.flag) for check in cell.failed)
        remarks.append("  " if remarks else "")
        remarks.append(f"{' '.join(map(words.symbol, names))} {said}", style=_style(cell.failed))
    return remarks


def _alike(row: BoardRow) -> Iterator[tuple[BoardCell, list[str]]]:
    """The flagged parameters, those with the same complaint together."""
    together: dict[tuple[object, ...], list[str]] = {}
    for name, cell in row.flagged.items():
        together.setdefault((cell.flag, cell.failed), []).append(name)
    for names in together.values():
        yield row.flagged[names[0]], names


def bars(trend: Sequence[float], highest: float) -> str:
    """A bar each value, the full height standing for `highest`."""
    if highest <= 0:
        return ""
    top = len(_BARS) - 1
    return "".join(_BARS[min(top, max(0, round(value / highest * top)))] for value in trend)
