"""One medium of the demonstration's board as a table: names, index or class, values, trends, remarks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from ingest.checks.registry import INVALIDATING
from liangqu.demo.picture.board_reader import TREND_VALUES, BoardCell, BoardPicture, BoardRow
from liangqu.demo.picture.judgement import ColumnLimit, Rating, Standing
from liangqu.demo.words import DemoWords
from sensors.model import Medium
from sensors.standards.statistics import statistic_kind
from sensors.standards.water_limits import quality

DRAWN_FROM = 78
"""Columns; in a narrower console the trends and the words of index and class are left out."""
_NUMBER = 5
_SHORT_TREND, _REMARKS = 12, 24
"""Values of the trend at least, and columns that it leaves to the remarks."""
_SILENT = "bold magenta"
_STANDINGS: dict[Standing, str] = {"within": "", "above": "yellow", "exceeds": "bold red"}
_BARS = "▁▂▃▄▅▆▇█"
_FULL_BAR = 2
"""The full bar stands for so many times the limit, so that the limit is half of it, always."""
_BRIGHT = 140


def place_table(
    picture: BoardPicture, medium: Medium, words: DemoWords, width: int, *, in_full: bool
) -> Table:
    """The table; where it is not `in_full` its rows are the areas, and nothing has remarks.

    Names, numbers and words are never cut: what room they leave is the trend's, and then the remarks'.
    """
    rows = (picture.rows if in_full else picture.areas)[medium]
    layout = _layout(picture, medium, words, width, in_full=in_full)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold", padding=(0, 0))
    for number, (head, wide) in enumerate(zip(layout.heads, layout.widths, strict=True)):
        table.add_column(head, justify="right" if number > 1 else "left", no_wrap=True, width=wide)
    first = picture.columns[medium][0]
    limit = picture.limits.get(first)
    if layout.trend:
        table.add_column(_trend_head(medium, first, limit, words), no_wrap=True, width=layout.trend)
    if layout.remarks:
        table.add_column("", no_wrap=True, overflow="ellipsis", width=layout.remarks)
    for row in rows:
        cells: list[Text | str] = [_name(row, words), _rated(row.rating, words, drawn=layout.trend > 0)]
        cells += [_value(name, row.cells.get(name), words) for name in layout.names]
        cells += [bars([*row.trend][-layout.trend :], limit.value if limit else 0)] if layout.trend else []
        cells += [_remarks(picture, row, words)] if layout.remarks else []
        table.add_row(*cells)
    return table


class _Layout(NamedTuple):
    """The parameters with a column, the heads of all but the last two and their columns' widths."""

    names: Sequence[str]
    heads: Sequence[str]
    widths: Sequence[int]
    trend: int
    remarks: int


def _layout(picture: BoardPicture, medium: Medium, words: DemoWords, width: int, *, in_full: bool) -> _Layout:
    """What a console has room for: if need be the last parameters are left out."""
    rows = (picture.rows if in_full else picture.areas)[medium]
    drawn = width >= DRAWN_FROM
    title = words("zones" if any(row.place.is_area for row in rows) else medium)
    rated = words(f"rating_{medium}") if drawn else ""
    ratings = [_rated(row.rating, words, drawn=drawn).plain for row in rows]
    widths = [
        max(map(cell_len, (title, *(_name(row, words) for row in rows)))),
        max(map(cell_len, (rated, *ratings))),
    ]
    names = list(picture.columns[medium])
    heads = [_head(name, picture, words) for name in names]
    widths += [max(_NUMBER, *map(cell_len, head.split("\n"))) for head in heads]
    least = _SHORT_TREND if drawn else 0
    while len(names) > 1 and width - sum(widths) - len(widths) - 1 < least:
        del names[-1], heads[-1], widths[-1]
    left = width - sum(widths) - len(widths) - 1
    if not drawn:
        return _Layout(names, [title, rated, *heads], widths, 0, 0)
    trend = min(TREND_VALUES, max(_SHORT_TREND, left - _REMARKS) if in_full else left)
    return _Layout(names, [title, rated, *heads], widths, trend, max(1, left - trend - 1) if in_full else 0)


def _name(row: BoardRow, words: DemoWords) -> str:
    return words.name(row.place.short)


def _head(name: str, picture: BoardPicture, words: DemoWords) -> str:
    """The symbol, and below it the limit that its values are held against."""
    limit = picture.limits.get(name)
    return f"{words.symbol(name)}\n{_limit_words(limit, words) if limit else ''}"


def _limit_words(limit: ColumnLimit, words: DemoWords) -> str:
    """`24h≤60`, `III≤6`, `III≥5`."""
    if limit.statistic is not None:
        kind = statistic_kind(limit.statistic)
        of = words.name(kind.short or kind.name).replace(" ", "")
    else:
        of = words.name(quality(limit.water_class or 1).name)
    return f"{of}{'≥' if limit.is_least else '≤'}{limit.value:g}"


def _trend_head(medium: Medium, name: str, limit: ColumnLimit | None, words: DemoWords) -> str:
    title = words(f"course_{medium}", symbol=words.symbol(name))
    return f"{title}\n{words('scale', top=f'{_FULL_BAR * limit.value:g}')}" if limit else title


def _rated(rating: Rating | None, words: DemoWords, *, drawn: bool) -> Text:
    """The number or class on its official colour, and its word; of a class its target."""
    if rating is None:
        return Text("")
    is_class = rating.target is not None or rating.word in [quality(n).name for n in range(1, 7)]
    shown = words.name(rating.word) if is_class else f"{rating.number:>3}"
    text = Text(f" {shown} ", style=f"bold {_ink(rating.rgb)} on rgb({','.join(map(str, rating.rgb))})")
    if not drawn:
        return text
    if not is_class:
        return Text.assemble(text, " ", words.name(rating.word))
    target = words.name(quality(rating.target).name) if rating.target else ""
    return Text.assemble(text, f" {words('target', name=target)}" if target else "")


def _ink(rgb: tuple[int, int, int]) -> str:
    """Black on bright colours, white on dark ones."""
    red, green, blue = rgb
    return "rgb(0,0,0)" if (299 * red + 587 * green + 114 * blue) / 1000 > _BRIGHT else "rgb(255,255,255)"


def _value(name: str, cell: BoardCell | None, words: DemoWords) -> Text:
    if cell is None:
        return Text("")
    return Text(words.value(name, cell.value), style=_style(cell.failed) or _STANDINGS[cell.standing])


def _style(failed: Sequence[str]) -> str:
    """Of a value that a check doubts: it is not compared with any limit."""
    if not failed:
        return ""
    return "dim magenta" if INVALIDATING.intersection(failed) else "magenta"


def _is_silent(picture: BoardPicture, row: BoardRow) -> bool:
    return bool(row.newest and row.late_after and picture.now - row.newest > row.late_after)


def _remarks(picture: BoardPicture, row: BoardRow, words: DemoWords) -> Text:
    remarks = Text()
    if row.newest and _is_silent(picture, row):
        hours = (picture.now - row.newest).total_seconds() / 3600
        remarks.append(words("silent", hours=hours), style=_SILENT)
    for cell, names in _alike(row):
        said = " ".join(words.check(check, cell.flag) for check in cell.failed)
        remarks.append("  " if remarks else "")
        remarks.append(f"{' '.join(map(words.symbol, names))} {said}", style="magenta")
    return remarks


def _alike(row: BoardRow) -> Iterator[tuple[BoardCell, list[str]]]:
    """The flagged parameters, those with the same complaint together."""
    together: dict[tuple[object, ...], list[str]] = {}
    for name, cell in row.flagged.items():
        together.setdefault((cell.flag, cell.failed), []).append(name)
    for names in together.values():
        yield row.flagged[names[0]], names


def bars(trend: Sequence[float], limit: float) -> Text:
    """A bar each value: half a bar is the limit, a full one twice it or more; above the limit it is red."""
    text = Text()
    top = len(_BARS) - 1
    for value in trend if limit > 0 else ():
        share = value / (_FULL_BAR * limit)
        text.append(_BARS[min(top, max(0, round(share * top)))], style="red" if value > limit else "cyan")
    return text
