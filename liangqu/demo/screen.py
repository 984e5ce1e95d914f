"""Where the demonstration is shown: a board that is redrawn on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from liangqu.demo.picture.board import board
from liangqu.demo.picture.board_reader import BoardPicture
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords, clock_time
from sensors.model import Medium

PLAIN_EVERY_S = 5.0


class Show(Protocol):
    """Shows a picture; `story` is all that has happened so far, `history` how far the past is written."""

    def __call__(self, picture: BoardPicture, story: Sequence[StoryLine], history: str) -> None:
        """Show it in place of the last one, or below it."""
        ...


@contextmanager
def screen(console: Console, words: DemoWords, speed: float) -> Iterator[Show]:
    """Yields what suits the console; the last picture stays."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield _PlainLines(console, words)
        return

    def show(picture: BoardPicture, story: Sequence[StoryLine], history: str) -> None:
        width, height = console.size
        drawn = board(picture, story, words, speed=speed, width=width, height=height, history=history)
        live.update(drawn, refresh=True)

    with Live(console=console, auto_refresh=False) as live:
        yield show


class _PlainLines:
    def __init__(self, console: Console, words: DemoWords) -> None:
        self._console = console
        self._words = words
        self._printed: set[StoryLine] = set()
        self._next = time.monotonic()

    def __call__(self, picture: BoardPicture, story: Sequence[StoryLine], history: str) -> None:
        for one in story:  # an episode may come to be known after later events were told
            if one not in self._printed:
                self._print(f"{clock_time(one.time)}  * {one.text}")
        self._printed.update(story)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_EVERY_S
            self._print(f"{clock_time(picture.now)}  {self._words('brief', **picture.accounts)}")
            if history:
                self._print(f"{'':11}  {history}")
            for medium in picture.rows:
                self._print(f"{'':11}  {self._values(picture, medium)}")

    def _values(self, picture: BoardPicture, medium: Medium) -> str:
        """The drawn parameter of every site; a value that failed a check carries the check's name."""
        words, name = self._words, picture.columns[medium][0]
        found = []
        for row in picture.rows[medium]:
            if name in row.cells:
                found.append(f"{words.name(row.place.short)} {words.value(name, row.cells[name].value)}")
            found += [
                f"[{words.symbol(p)} {words.check(check, cell.flag)}]"
                for p, cell in row.flagged.items()
                for check in cell.failed
            ]
        return f"{words.symbol(name)}: {', '.join(found).replace(', [', ' [')}"

    def _print(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)
