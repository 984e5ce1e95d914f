"""The demonstration from beginning to end: start the parts, watch them, stop them in order, sum up."""

import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console, RenderableType
from rich.text import Text

from dashboards.reports.month import Month
from ingest.journal import accounting
from ingest.stores.sender import is_store_known
from liangqu.config.factories import open_catalogue, open_store
from liangqu.config.settings import Settings
from liangqu.demo import folder
from liangqu.demo.broker import EmbeddedBroker
from liangqu.demo.catalogue import of_areas
from liangqu.demo.history import HistoryWriter
from liangqu.demo.mishaps import mishap_lines, planned_mishaps, with_mishaps
from liangqu.demo.picture.board_reader import BoardPicture, BoardReader
from liangqu.demo.screen import screen
from liangqu.demo.stations import StationPublisher
from liangqu.demo.story import StoryLine, story_lines
from liangqu.demo.summary import summary
from liangqu.demo.words import DemoWords
from liangqu.service.clock import Clock, wall
from liangqu.service.desk_process import DeskProcess, desk_command
from liangqu.service.service import Service
from liangqu.service.wording import logs
from liangqu.service.worker import Worker
from liangqu.tasks.progress import silent
from liangqu.terminal.program import typed_command, typed_path
from liangqu.terminal.progress import progress
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.excerpt import escaped
from sensors.model import Language
from sensors.simulated import demo_scenario, messages

DAYS = timedelta(hours=72)
"""What the scenario tells."""
TICK_S = 0.5
PATIENCE_S = 30.0
_NEVER = datetime(2099, 1, 1, tzinfo=UTC)


def run_demonstration(
    out: Path,
    *,
    minutes: float,
    months: int,
    language: Language,
    seed: int,
    keep: bool,
    console: Console,
) -> bool:
    """Run the demonstration until it ends or is stopped; False when a part of it has failed.

    Args:
        out: Its folder.
        minutes: How long the three simulated days take; they end now.
        months: How many the report rests on: the last full one and those before it.
        language: `zh` or `en`.
        seed: Of the simulated stations.
        keep: Whether it goes on in real time afterwards, until it is stopped.
        console: Where it is shown.

    Raises:
        ProblemError: The folder cannot be used.
    """
    settings = folder.prepare(out, language)
    catalogue = of_areas(open_catalogue(settings))
    words = DemoWords(language, catalogue)
    with (
        (out / folder.LOG).open("a", encoding="utf-8", buffering=1) as log,
        EmbeddedBroker(settings.mqtt.port),
    ):
        logs.configure(language, to=log)
        logging.basicConfig(stream=log, level=logging.WARNING, force=True)
        desk = DeskProcess(desk_command(out / folder.SETTINGS), log).worker()
        shown = _Demonstration(settings, catalogue, words, console, desk)
        return shown.run(minutes, months, seed, keep=keep)


class _Demonstration:
    """One run of it."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, words: DemoWords, console: Console, desk: Worker
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._words = words
        self._console = console
        self._start = wall().replace(minute=0, second=0, microsecond=0) - DAYS
        self._end = wall()
        self._clock: Clock | None = None
        self._service = Service(settings, catalogue, self._now, beside=[desk])
        self._store = open_store(settings)
        self._reader = BoardReader(self._service.journal, self._store, catalogue)
        self._month = Month.parse(f"{wall().astimezone(SHANGHAI):%Y-%m}").back(1)

    def run(self, minutes: float, months: int, seed: int, *, keep: bool) -> bool:
        """From the first line to the last."""
        self._print_introduction(minutes)
        self._store.prepare()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._service.stopping.set())
        past = HistoryWriter(
            self._settings, self._catalogue, self._month.back(months - 1).start, self._start, seed
        )
        self._service.start()
        try:
            trouble = self._run_scenario(minutes, seed, past)
            kept = keep and not (trouble or self._service.stopping.is_set())
            if kept:
                self._print_summary()
                self._report(months)
                trouble = self._stay(seed)
        finally:
            past.stop()
            self._service.stop()
        if not kept:
            self._print_summary()
        self._store.close()
        if not (kept or trouble or self._service.stopping.is_set()):
            self._report(months)
        self._print_end(trouble)
        return not trouble

    def _stay(self, seed: int) -> str:
        """Go on in real time until somebody stops it; says why it failed, "" when it did not."""
        clock = self._clock or Clock(self._end)
        sites = list(self._catalogue.sites.values())
        script = demo_scenario(sites, self._start)
        sent = messages(sites, self._catalogue, self._end, _NEVER, seed, scenario=script)
        stations = StationPublisher(sent, clock, self._settings.broker())
        self._print_text("kept", address=self._settings.desk.address)
        stations.start()
        with screen(self._console, self._words, 1.0) as show:
            while not (self._service.stopping.wait(TICK_S) or stations.is_over):
                show(*self._scene(clock.now(), []), "")
        stations.stop()
        return stations.trouble

    def _run_scenario(self, minutes: float, seed: int, past: HistoryWriter) -> str:
        """Until the last message is stored or somebody stops it; says why it failed, "" when it did not."""
        if not _wait_until(
            lambda: not self._service.health.troubles()["broker"] and is_store_known(self._service.journal)
        ):
            return self._service.health.troubles()["broker"] or self._words("unsettled")
        past.start()
        end = self._end = wall()
        sites = list(self._catalogue.sites.values())
        script = demo_scenario(sites, self._start)
        clock = self._clock = Clock(self._start, (end - self._start) / timedelta(minutes=minutes))
        mishaps = planned_mishaps(sites, self._start)
        sent = messages(sites, self._catalogue, self._start, end, seed, scenario=script)
        stations = StationPublisher(with_mishaps(sent, mishaps), clock, self._settings.broker())
        story = story_lines(script, self._catalogue, self._words) + mishap_lines(mishaps, self._words)
        stations.start()
        with screen(self._console, self._words, clock.speed) as show:
            while not (self._service.stopping.wait(TICK_S) or stations.is_over):
                show(*self._scene(clock.now(), story), self._history_progress(past))
            last = clock.now()
            stations.stop()
            settled = _wait_until(lambda: self._service.failed or self._is_all_stored(stations.published))
            while not (self._service.stopping.is_set() or past.is_over):
                show(*self._scene(last, story), self._history_progress(past))
                self._service.stopping.wait(TICK_S)
            show(*self._scene(last, story), "")
        if self._service.failed or not settled:
            troubles = [
                f"{part}: {words}" for part, words in self._service.health.troubles().items() if words
            ]
            return ", ".join(troubles) or self._words("unsettled")
        return stations.trouble or past.trouble

    def _history_progress(self, past: HistoryWriter) -> str:
        """How much of the past is written; "" once all is."""
        return "" if past.is_over else self._words("past", share=int(100 * past.share))

    def _scene(self, now: datetime, story: list[StoryLine]) -> tuple[BoardPicture, list[StoryLine]]:
        shown = [one for one in story if one.time <= now] + self._reader.alert_lines(self._words)
        return self._reader.read(now), sorted(shown, key=lambda one: one.time)

    def _now(self) -> datetime:
        """The time in the demonstration; before it begins, its first moment."""
        return self._clock.now() if self._clock is not None else self._start

    def _is_all_stored(self, published: int) -> bool:
        """Whether every message has been processed."""
        with self._service.journal.snapshot() as connection:
            accounts = accounting.read_counts(connection)
        return accounts["received"] >= published and accounts["inbox"] == accounts["outgoing"] == 0

    def _print_introduction(self, minutes: float) -> None:
        out = Path(self._settings.journal.path).parent
        sites, hours = len(self._catalogue.sites), DAYS // timedelta(hours=1)
        self._print_text("begins", hours=hours, minutes=minutes, sites=sites, out=out)
        self._print_text("desk", address=self._settings.desk.address)
        self._print_command("second", out, "alerts", "list")

    def _print_summary(self) -> None:
        picture = self._reader.read(wall())
        for section in summary(
            picture,
            self._store,
            self._catalogue,
            self._settings,
            start=self._start,
            words=self._words,
            width=self._console.width,
        ):
            self._print(section)

    def _report(self, months: int) -> None:
        """The last full month's report."""
        from liangqu.tasks.reports.report import make_report  # noqa: PLC0415 - matplotlib, only at the end

        out = Path(self._settings.journal.path).parent / "reports"
        self._console.print()
        self._print_text("writes", month=self._month, months=months)
        # Progress is for a terminal; between the lines of a file or pipe it would be in the way.
        shown = progress if self._console.is_terminal else silent
        made = make_report(self._settings, self._month, out, self._settings.language, wall(), progress=shown)
        self._print_text("report", page=made.page)

    def _print_end(self, trouble: str) -> None:
        out = Path(self._settings.journal.path).parent
        self._console.print()
        if trouble:
            self._print_text("failed", why=trouble, log=out / folder.LOG)
        else:
            self._print_text("stopped" if self._service.stopping.is_set() else "done")
            self._print_command("later", out, "quarantine", "list")

    def _print_command(self, key: str, out: Path, *command: str) -> None:
        """A sentence, and below it what to type: one line however long, so that it can be copied."""
        self._print_text(key)
        self._console.print(Text(f"  {_command(out, *command)}", style="bold"), soft_wrap=True)

    def _print_text(self, key: str, **values: object) -> None:
        shown = {name: escaped(str(v)) if isinstance(v, str | Path) else v for name, v in values.items()}
        self._print(Text(self._words(key, **shown)))

    def _print(self, section: RenderableType) -> None:
        """A sentence is one line in a file or pipe, and wrapped between words on a terminal."""
        self._console.print(section, soft_wrap=isinstance(section, Text) and not self._console.is_terminal)


def _command(out: Path, *words: str) -> str:
    """What to type for a command with the demonstration's settings, from where we are."""
    return typed_command("-c", typed_path(out / folder.SETTINGS), *words)


def _wait_until(until: Callable[[], bool]) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not until():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
