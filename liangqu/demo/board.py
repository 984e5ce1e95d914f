"""The demonstration's live board: a picture from watch.py as tables that rich draws."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from liangqu.demo.story import Told
from liangqu.demo.watch import SHOWN, Cell, Picture, Row
from liangqu.demo.words import Words, clock_time, symbol
from sensors.seams import Medium

HEIGHT = 21
"""Lines of the board without its events, with the sites that are shipped."""
_BARS = "▁▂▃▄▅▆▇█"
_INVALID = {"flag", "range"}


def board(picture: Picture, told: Sequence[Told], words: Words, speed: float) -> RenderableType:
    """The whole board: clock, air, water, accounts, and what has been told so far, newest last."""
    time = clock_time(picture.now)
    title = Text.assemble(
        (words("title"), "bold"), "  ", (words("clock", time=time, speed=speed), "cyan"), no_wrap=True
    )
    media: tuple[Medium, ...] = ("air", "water")
    return Group(
        title,
        *(_table(picture, medium, words) for medium in media),
        *_accounts(picture, words),
        Text(words("happens"), style="bold"),
        *(
            Text.assemble((f"  {clock_time(one.time)}  ", "dim"), one.text, no_wrap=True, overflow="ellipsis")
            for one in told
        ),
    )


def _table(picture: Picture, medium: Medium, words: Words) -> Table:
    drawn = symbol(SHOWN[medium][0])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), expand=True, header_style="bold")
    table.add_column(words("site" if medium == "air" else "section"), no_wrap=True, ratio=4)
    table.add_column(words("newest"), no_wrap=True, width=11)
    for name in SHOWN[medium]:
        table.add_column(symbol(name), justify="right", no_wrap=True, width=7 if medium == "water" else 6)
    table.add_column(words(f"course_{medium}", symbol=drawn), no_wrap=True, width=24 if medium == "air" else 21)
    table.add_column(words("remarks"), no_wrap=True, ratio=4)
    highest = max((value for row in picture.rows[medium] for value in row.course), default=0.0)
    for row in picture.rows[medium]:
        table.add_row(
            words.name(row.site.name),
            clock_time(row.newest) if row.newest else "",
            *(_value(name, row.cells.get(name), words) for name in SHOWN[medium]),
            Text(bars(row.course, highest), style="cyan"),
            _remarks(picture, row, words),
        )
    return table


def _value(name: str, cell: Cell | None, words: Words) -> Text:
    if cell is None:
        return Text("")
    return Text(words.value(name, cell.value), style=_style(cell.failed))


def _style(failed: Sequence[str]) -> str:
    if not failed:
        return ""
    return "bold red" if _INVALID.intersection(failed) else "bold yellow"


def _remarks(picture: Picture, row: Row, words: Words) -> Text:
    remarks = Text()
    if row.newest and picture.now - row.newest > row.site.late_after:
        hours = (picture.now - row.newest).total_seconds() / 3600
        remarks.append(words("silent", hours=hours), style="bold magenta")
    for cell, names in _alike(row):
        said = " ".join(words.check(check, cell.flag) for check in cell.failed)
        remarks.append("  " if remarks else "")
        remarks.append(f"{' '.join(map(symbol, names))} {said}", style=_style(cell.failed))
    return remarks


def _alike(row: Row) -> Iterator[tuple[Cell, list[str]]]:
    """The flagged parameters, those with the same complaint together."""
    together: dict[tuple[object, ...], list[str]] = {}
    for name, cell in row.flagged.items():
        together.setdefault((cell.flag, cell.failed), []).append(name)
    for names in together.values():
        yield row.flagged[names[0]], names


def _accounts(picture: Picture, words: Words) -> Iterator[Text]:
    yield Text(words("brief", **picture.accounts), no_wrap=True, overflow="ellipsis")
    reasons = ", ".join(f"{reason} {number}" for reason, number in picture.refused.items())
    yield Text(
        words("refused", reasons=reasons or words("nothing")), style="dim", no_wrap=True, overflow="ellipsis"
    )


def bars(course: Sequence[float], highest: float) -> str:
    """A bar each value, the full height standing for `highest`."""
    if highest <= 0:
        return ""
    top = len(_BARS) - 1
    return "".join(_BARS[min(top, max(0, round(value / highest * top)))] for value in course)
