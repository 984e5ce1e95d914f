"""The demonstration's live board: a picture from board_reader.py as lines and tables that rich draws."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.text import Text

from alerts.notify.words import SEVERITIES
from liangqu.demo.picture.board_reader import BoardPicture, BoardRow
from liangqu.demo.picture.board_table import place_table
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords, clock_time
from sensors.model import Medium

ROOMY = 110
"""Columns; in a narrower console zones stand in place of their stations, and nothing has remarks."""
NARROW = 80
"""Columns; in a narrower console sentences go on in the next line, and tables have fewer values."""
_INDENT = "    "
_TABLE = 3
"""Lines of a table besides its rows: two of headings and a rule."""
_FIXED = 5
"""Lines besides tables and events: clock, accounts, open events, heading, the cursor's."""
_BLANK = 3
"""Blank lines that only a roomy console shows, with the legend and the refusals' reasons."""
_FEWEST_EVENTS = 5
_MOST_EVENTS = 14
SEVERITY_STYLES = {
    "critical": "bold white on red",
    "warning": "bold dark_orange",
    "watch": "yellow",
    "info": "cyan",
    "over": "green",
}


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
    """The whole board: clock, air, water, open events, accounts, and what happened so far, newest last.

    `history` says in the first line how much of the past is written. `width` and `height` are the console's.
    Where every station has no room, zones stand in place of theirs; where there is still less, the blank
    lines, the legend, the refusals' reasons and older events are left out.
    """
    clock = words("clock", time=clock_time(picture.now), speed=speed)
    head = _lines(
        Text.assemble((words("title"), "bold"), "  ", (clock, "cyan"), "  ", (history, "dim")), width
    )
    counts = _lines(_open(picture, words), width) + _lines(Text(words("brief", **picture.accounts)), width)
    fixed = _FIXED + len(head) - 1 + len(counts) - 2
    is_full = width >= ROOMY and height >= fixed + _height(picture.rows) + _FEWEST_EVENTS
    rows = picture.rows if is_full else picture.areas
    fixed += _height(rows)
    remarks = _remarks(picture, words, width)
    extra = _BLANK + len(remarks)
    roomy = height >= fixed + extra + _FEWEST_EVENTS
    blank = [""] if roomy else []
    parts: list[RenderableType] = [*head]
    for medium in rows:
        parts += [*blank, place_table(picture, medium, words, width, in_full=is_full)]
    parts += [*blank, *counts, *(remarks if roomy else [])]
    parts += _lines(Text(words("happens"), style="bold"), width)
    room = max(1, min(_MOST_EVENTS, height - fixed - roomy * extra))
    return Group(*parts, *_newest(story, room, width))


def _height(rows: Mapping[Medium, Sequence[BoardRow]]) -> int:
    return sum(_TABLE + len(of_medium) for of_medium in rows.values())


def _open(picture: BoardPicture, words: DemoWords) -> Text:
    """How many events are open, by severity, the most severe first."""
    counts = Text()
    for severity in ("critical", "warning", "watch", "info"):
        if number := picture.open.get(severity, 0):
            counts.append("  " if counts else "")
            counts.append(f"{number} {words.name(SEVERITIES[severity])}", style=SEVERITY_STYLES[severity])
    said, _, after = words("open", counts="\0").partition("\0")
    return Text.assemble(said, counts or words("none_open"), after)


def _remarks(picture: BoardPicture, words: DemoWords, width: int) -> list[Text]:
    reasons = words.listed(f"{words.reason(reason)} {number}" for reason, number in picture.refused.items())
    said = (words("refused", reasons=reasons or words("nothing")), words("legend"))
    return [line for text in said for line in _lines(Text(text, style="dim"), width)]


def _newest(story: Sequence[StoryLine], room: int, width: int) -> list[Text]:
    """The newest events that fit into so many lines, at least one, oldest first."""
    lines: list[Text] = []
    column = max((cell_len(one.text.partition("  ")[0]) for one in story if one.severity), default=0)
    for one in reversed(story):
        text = Text.assemble((f"  {clock_time(one.time)}  ", "dim"))
        severity, _, rest = one.text.partition("  ") if one.severity else ("", "", one.text)
        if severity:
            text.append(severity, style=SEVERITY_STYLES[one.severity])
            text.append(" " * (column - cell_len(severity) + 1))
        event = _lines(text.append(rest), width)
        if lines and len(event) + len(lines) > room:
            break
        lines = event + lines
    return lines


def _lines(text: Text, width: int) -> list[Text]:
    """One line where it has room, else as many as it takes: no number is cut off."""
    if cell_len(text.plain.rstrip()) <= width:
        text.rstrip()
        return [text]
    room = width - len(_INDENT)
    first, *others = text.wrap(Console(width=room), room)
    for line in (first, *others):
        line.rstrip()
    return [first, *(Text.assemble(_INDENT, line) for line in others)]
