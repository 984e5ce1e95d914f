"""`liangqu simulate`: simulated stations, to try out a broker, a database or a board."""

import os
import signal
import sys
import threading
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, Rate, parse_length, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_site
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ingest.mqtt.publisher import Publisher
    from liangqu.config.settings import Settings
    from liangqu.service.clock import Clock
    from liangqu.tasks.simulation.simulated_loggers import SimulatedLoggers
    from sensors.catalogue.model import Catalogue, Site
    from sensors.simulated import Sent

PRINT_EVERY_S = 1.0
ALWAYS = timedelta(days=36500)
"""How long stations send unless somebody stops them."""

Sites = Annotated[str, typer.Option(help="Ids separated by commas; by default every site.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same data.")]
Speed = Annotated[
    float | None,
    typer.Option(min=1, max=1_000_000, help="Begin --since ago and run this many times faster."),
]
Since = Annotated[str, typer.Option(help="With --speed: how long ago to begin, such as 12h or 3d.")]
Last = Annotated[str | None, typer.Option("--for", help="How long, such as 1h; by default until Ctrl-C.")]
Hj212 = Annotated[
    str | None,
    typer.Option(help="host:port of a gateway: act as the data loggers of all sites with an mn."),
]
History = Annotated[
    str | None, typer.Option(help="Write this much history, such as 400d, into the store; no broker.")
]


def simulate(
    context: typer.Context,
    *,
    sites: Sites = "",
    seed: Seed = 1,
    speed: Speed = None,
    since: Since = "1d",
    rate: Rate = None,
    last: Last = None,
    hj212: Hj212 = None,
    history: History = None,
    config: Config = None,
) -> None:
    """Publish simulated stations, or write their history.

    To the broker, or as data loggers to a gateway (--hj212).

    Each message is published when it is due: on the hour for a site with a cycle of 1h. With --speed the
    days before now come first, faster; then it continues live. With --history nothing is published: history
    up to now is written directly into the store, as `liangqu import` does.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.service.clock import Clock, wall
    from sensors.simulated import messages

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    chosen = _selected_sites(sites, catalogue)
    now, words = wall(), CommandWords("simulate", language_of(context))
    if history is not None:
        if speed is not None or rate is not None or last is not None:
            raise ProblemError("--history publishes nothing: it cannot be used with --speed, --rate or --for")
        _write_past(settings, catalogue, chosen, (_ago("--history", history, now), now), seed, words)
        return
    start = now if speed is None else _ago("--since", since, now)
    end = now + (ALWAYS if last is None else parse_length("--for", last))
    if last is not None and speed is not None:
        end = min(end, start + parse_length("--for", last) * speed)
    if hj212 is not None:
        chosen = [site for site in chosen if site.mn]
    link = _open_link(settings, catalogue, chosen, hj212, rate)
    to = words("gateway", address=hj212) if hj212 else words("broker", address=settings.broker())
    say(words("begins", n=len(chosen), to=to, seed=seed, start=_local(start)))
    sent = messages(chosen, catalogue, start, end, seed, prefix=settings.mqtt.served[0])
    _publish(link, sent, Clock(start, speed or 1.0), words)


def _selected_sites(text: str, catalogue: "Catalogue") -> "list[Site]":
    ids = [part.strip() for part in text.split(",") if part.strip()]
    for id_ in ids:
        check_site("--sites", id_, catalogue)
    return [catalogue.sites[id_] for id_ in ids] or list(catalogue.sites.values())


def _ago(option: str, text: str, now: datetime) -> datetime:
    return now - parse_length(option, text)


def _local(time_: datetime) -> str:
    from sensors.calendar import SHANGHAI

    return time_.astimezone(SHANGHAI).isoformat(sep=" ", timespec="minutes")


def _open_link(
    settings: "Settings", catalogue: "Catalogue", sites: "list[Site]", hj212: str | None, rate: float | None
) -> "Publisher | SimulatedLoggers":
    """Where the messages go."""
    from ingest.mqtt.publisher import Publisher

    if hj212 is not None:
        return _open_loggers(hj212, sites, catalogue, rate=rate)
    return Publisher(settings.broker(), name="simulate", rate=rate)


def _open_loggers(
    address: str, sites: "list[Site]", catalogue: "Catalogue", *, rate: float | None
) -> "SimulatedLoggers":
    from liangqu.cli.gateway import PASSWORD
    from liangqu.tasks.simulation.simulated_loggers import SimulatedLoggers

    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ProblemError(f"--hj212 {address}: not an address such as 127.0.0.1:9212")
    if not sites:
        raise ProblemError("--hj212: no chosen site has an `mn`, so there is no data logger to simulate")
    if rate is not None:
        raise ProblemError("--hj212: a data logger waits for each answer, so it cannot be used with --rate")
    return SimulatedLoggers((host.strip("[]"), int(port)), sites, catalogue, os.environ.get(PASSWORD, ""))


def _publish(
    link: "Publisher | SimulatedLoggers", sent: "Iterable[Sent]", clock: "Clock", words: CommandWords
) -> None:
    """Publish until the end of the span, SIGINT or SIGTERM; then print the outcome."""
    from ingest.mqtt.broker import BrokerAwayError
    from liangqu.tasks.simulation.simulate import publish_simulated

    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    try:
        printer = _ProgressPrinter(link, clock, words)
        publish_simulated(link, sent, clock, stopping, printer.before_wait, printer.after_each)
    except BrokerAwayError as error:
        raise ProblemError(str(error), exit_code=1) from None
    say(words("stopped" if stopping.is_set() else "published", n=link.published))
    if link.doubt:
        say(link.doubt, err=True)
    if link.refused:
        raise ProblemError(f"the broker refused {link.refused}: {link.refusal}", exit_code=1)


class _ProgressPrinter:
    """Prints progress whenever the stations wait, at most once a second."""

    def __init__(self, link: "Publisher | SimulatedLoggers", clock: "Clock", words: CommandWords) -> None:
        self._link = link
        self._words = words
        self._messages = 0
        self._refused = False
        self._clock = clock
        self._next = 0.0

    def after_each(self) -> None:
        """The first refusal is printed at once: a simulation may run for weeks."""
        self._messages += 1
        if self._link.refused and not self._refused:
            self._refused = True
            say(self._words("refuses", why=self._link.refusal), err=True)

    def before_wait(self, waited_for: "Sent") -> None:
        """Called when a message is waited for."""
        long = self._clock.seconds_until(waited_for.due) >= PRINT_EVERY_S
        if time.monotonic() < self._next and not long:
            return
        self._next = time.monotonic() + PRINT_EVERY_S
        key, now = "so_far_next" if long else "so_far", _local(self._clock.now())
        say(self._words(key, time=now, n=self._messages, next=_local(waited_for.due)))
        sys.stdout.flush()


def _write_past(
    settings: "Settings",
    catalogue: "Catalogue",
    sites: "list[Site]",
    span: tuple[datetime, datetime],
    seed: int,
    words: CommandWords,
) -> None:
    from liangqu.tasks.importing.history import outcome_words
    from liangqu.tasks.simulation.simulate import write_simulated_past
    from liangqu.terminal.progress import progress

    start, end = span
    say(words("past", n=len(sites), seed=seed, start=_local(start), end=_local(end)))
    total = write_simulated_past(settings, catalogue, sites, span, seed, progress)
    say(outcome_words(total, words.language))
