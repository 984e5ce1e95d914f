"""The README's pictures of the demonstration's board, drawn by `python -m tests.docs.demo_picture docs`.

No broker and no waiting: the script's messages go straight into the inbox, up to one moment of it.
"""

import re
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import unescape
from io import StringIO
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.cells import cell_len
from rich.console import Console

from alerts.notify.config import NotifyConfig
from ingest.journal import inbox
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from liangqu.config.factories import open_alerting
from liangqu.config.settings import Settings
from liangqu.demo.catalogue import of_areas
from liangqu.demo.mishaps import planned_mishaps, with_mishaps
from liangqu.demo.picture.board import board
from liangqu.demo.picture.board_reader import BoardPicture, BoardReader
from liangqu.demo.story import StoryLine, story_lines
from liangqu.demo.words import DemoWords
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.model import Language
from sensors.simulated import demo_scenario, messages

START = datetime(2026, 11, 19, tzinfo=SHANGHAI)
MOMENT = timedelta(hours=27)
WIDTH = 124
MINUTES = 3.0
SEED = 1
QUARANTINE = 2**28
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # of another's server, which no picture asks
_RUN = re.compile(r'(<text [^>]*textLength=)"([0-9.]+)"([^>]*>)([^<]+)<')
_TEXT = re.compile(r'<text [^>]*y="([0-9.]+)"[^>]*>([^<]+)<')
FILES: Mapping[Language, str] = {"zh": "demo.svg", "en": "demo.en.svg"}


def scene(language: Language, after: timedelta = MOMENT) -> tuple[BoardPicture, list[StoryLine], DemoWords]:
    """The store's content and the events so long `after` the scenario's start."""
    catalogue, now = of_areas(loader.load()), START + after
    sites, words = list(catalogue.sites.values()), DemoWords(language, catalogue)
    script = demo_scenario(sites, START)
    with TemporaryDirectory() as folder:
        journal, store = Journal(Path(folder) / "journal.db"), SqliteStore(Path(folder) / "liangqu.db")
        mishaps = planned_mishaps(sites, START)
        sent = with_mishaps(messages(sites, catalogue, START, now, SEED, scenario=script), mishaps)
        bounds = Settings().bounds()
        clock = [START]
        engine = open_alerting(Settings(language=language), catalogue, NotifyConfig())
        pipeline = Pipeline(
            journal, catalogue, bounds, prefix="liangqu", quarantine_limit=QUARANTINE,
            observer=engine, clock=lambda: clock[0],
        )  # fmt: skip
        for clock[0], arrived in groupby(sent, key=attrgetter("due")):
            with journal.transaction() as connection:
                inbox.add(connection, [InboxMessage(one.topic, one.payload, one.due) for one in arrived])
            while pipeline.step():
                pass
        sender = StoreSender(journal, store, prefix="liangqu")
        while sender.step(now):
            pass
        reader = BoardReader(journal, store, catalogue)
        seen, told = reader.read(now), reader.alert_lines(words)
        store.close()
        journal.close()
    return (
        seen,
        sorted(told + [one for one in story_lines(script, catalogue, words) if one.time <= now]),
        words,
    )


def draw(language: Language) -> str:
    """The board as an SVG picture."""
    seen, story, words = scene(language)
    console = Console(
        record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    speed = timedelta(days=3) / timedelta(minutes=MINUTES)
    console.print(board(seen, story, words, speed=speed, width=WIDTH))
    svg = console.export_svg(title=f"liangqu demo --language {language}", unique_id="demo")
    return widened(_FONTS.sub("", svg))


def widened(svg: str) -> str:
    """Rich's SVG with room for Chinese: it lays each text out by its characters, not by its columns."""
    return _RUN.sub(_by_columns, svg)


def _by_columns(run: re.Match[str]) -> str:
    before, length, between, escaped = run.groups()
    text = unescape(escaped)
    columns = float(length) / len(text) * cell_len(text)
    return f'{before}"{columns:.1f}"{between}{escaped}<'


def texts(svg: str) -> list[str]:
    """The lines of a picture, without colours and places, which are the drawing library's."""
    lines: dict[str, list[str]] = {}
    for y, escaped in _TEXT.findall(svg):
        lines.setdefault(y, []).append(unescape(escaped).replace("\N{NO-BREAK SPACE}", " "))
    return [" ".join("".join(parts).split()) for parts in lines.values()]


def main(folder: Path) -> None:
    """Write both pictures."""
    for language, name in FILES.items():
        (folder / name).write_text(draw(language), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
