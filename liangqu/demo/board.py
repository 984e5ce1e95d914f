"""The demonstration's live board: a picture from board_reader.py as tables that rich draws."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ingest.checks.registry import INVALIDATING
from liangqu.demo.board_reader import TREND_VALUES, BoardCell, BoardPicture, BoardRow
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords, clock_time
from sensors.model import Medium

DRAWN_FROM = 100
"""Columns; in a narrower console the trends are left out."""
_FIXED = 8
"""Lines besides sites and events: clock, two headings of two lines, accounts, heading, the cursor's."""
_EXTRA = 4
"""Lines that only a roomy console shows."""
_FEWEST_EVENTS = 3
_MOST_EVENTS = 12
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
    out.
    """
    time = clock_time(picture.now)
    clock = words("clock", time=time, speed=speed)
    title = _line(Text.assemble((words("title"), "bold"), "  ", (clock, "cyan"), "  ", (history, "dim")))
    fixed = sum(len(rows) for rows in picture.rows.values()) + _FIXED
    roomy = height >= fixed + _EXTRA + _FEWEST_EVENTS
    blank = [""] if roomy else []
    parts: list[RenderableType] = [title]
    for medium in picture.rows:
        parts += [*blank, _table(picture, medium, words, drawn=width >= DRAWN_FROM)]
    parts += [*blank, _line(words("brief", **picture.accounts))]
    if roomy:
        parts.append(_reasons(picture, words))
    room = max(_FEWEST_EVENTS, min(_MOST_EVENTS, height - fixed - roomy * _EXTRA))
    parts.append(_line(words("happens"), "bold"))
    parts += [_line(Text.assemble((f"  {clock_time(one.time)}  ", "dim"), one.text)) for one in story[-room:]]
    return Group(*parts)


def _line(text: Text | str, style: str = "") -> Text:
    """One line, cut where the console ends."""
    line = Text.assemble(text, style=style)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _reasons(picture: BoardPicture, words: DemoWords) -> Text:
    reasons = ", ".join(f"{reason} {number}" for reason, number in picture.refused.items())
    return _line(words("refused", reasons=reasons or words("nothing")), "dim")


def _table(picture: BoardPicture, medium: Medium, words: DemoWords, *, drawn: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, expand=True, header_style="bold")
    table.add_column(words(medium), no_wrap=True, ratio=1)
    table.add_column(words("newest"), no_wrap=True, width=11)
    for name in picture.columns[medium]:
        table.add_column(words.symbol(name), justify="right", no_wrap=True, width=6)
    if drawn:
        title = words(f"course_{medium}", symbol=words.symbol(picture.columns[medium][0]))
        table.add_column(title, no_wrap=True, width=TREND_VALUES)
    table.add_column(words("remarks"), no_wrap=True, ratio=1)
    highest = max((value for row in picture.rows[medium] for value in row.trend), default=0.0)
    for row in picture.rows[medium]:
        table.add_row(
            words.name(row.site.name),
            clock_time(row.newest) if row.newest else "",
            *(_value(name, row.cells.get(name), words) for name in picture.columns[medium]),
            *([Text(bars(row.trend, highest), style="cyan")] if drawn else []),
            _remarks(picture, row, words),
        )
    return table


def _value(name: str, cell: BoardCell | None, words: DemoWords) -> Text:
    if cell is None:
        return Text("")
    return Text(words.value(name, cell.value), style=_style(cell.failed))


def _style(failed: Sequence[str]) -> str:
    if not failed:
        return ""
    return "bold red" if INVALIDATING.intersection(failed) else "bold yellow"


def _remarks(picture: BoardPicture, row: BoardRow, words: DemoWords) -> Text:
    remarks = Text()
    if row.newest and picture.now - row.newest > row.site.late_after:
        hours = (picture.now - row.newest).total_seconds() / 3600
        remarks.append(words("silent", hours=hours), style="bold magenta")
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
