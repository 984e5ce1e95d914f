"""Where the demonstration is shown: a board that is redrawn on a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from liangqu.demo.board import board
from liangqu.demo.story import StoryLine
from liangqu.demo.watch import BoardPicture
from liangqu.demo.words import DemoWords, clock_time
from sensors.model import Medium

PLAIN_EVERY_S = 5.0


class Screen(Protocol):
    """What `play` shows its pictures on; a context manager."""

    def __enter__(self) -> Self:
        """Begin."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last picture standing."""
        ...

    def show(self, picture: BoardPicture, told: Sequence[StoryLine], behind: str) -> None:
        """Show it; `told` is all that has happened so far, `behind` how far the past is written."""
        ...


def screen(console: Console, words: DemoWords, speed: float) -> Screen:
    """The one that suits the console."""
    lively = console.is_terminal and not console.is_dumb_terminal
    return _Board(console, words, speed) if lively else _Lines(console, words)


class _Board:
    def __init__(self, console: Console, words: DemoWords, speed: float) -> None:
        self._console = console
        self._words = words
        self._speed = speed
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, picture: BoardPicture, told: Sequence[StoryLine], behind: str) -> None:
        width, height = self._console.size
        drawn = board(
            picture, told, self._words, speed=self._speed, width=width, height=height, behind=behind
        )
        self._live.update(drawn, refresh=True)


class _Lines:
    def __init__(self, console: Console, words: DemoWords) -> None:
        self._console = console
        self._words = words
        self._said: set[StoryLine] = set()
        self._next = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to leave."""

    def show(self, picture: BoardPicture, told: Sequence[StoryLine], behind: str) -> None:
        for one in told:  # an episode may come to be known after later events were told
            if one not in self._said:
                self._say(f"{clock_time(one.time)}  * {one.text}")
        self._said.update(told)
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + PLAIN_EVERY_S
            self._say(f"{clock_time(picture.now)}  {self._words('brief', **picture.accounts)}")
            if behind:
                self._say(f"{'':11}  {behind}")
            for medium in picture.rows:
                self._say(f"{'':11}  {self._values(picture, medium)}")

    def _values(self, picture: BoardPicture, medium: Medium) -> str:
        """The drawn parameter of every site; a value that failed a check carries the check's name."""
        name = picture.columns[medium][0]
        found = []
        for row in picture.rows[medium]:
            if name in row.cells:
                found.append(
                    f"{self._words.name(row.site.name)} {self._words.value(name, row.cells[name].value)}"
                )
            found += [
                f"[{self._words.symbol(p)} {self._words.check(check, cell.flag)}]"
                for p, cell in row.flagged.items()
                for check in cell.failed
            ]
        return f"{self._words.symbol(name)}: {', '.join(found).replace(', [', ' [')}"

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)
