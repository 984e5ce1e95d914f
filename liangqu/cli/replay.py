"""`liangqu replay`: recorded CSV rows, published to the broker as a station would have sent them."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec import Struct

from ingest.importing.csv_messages import UnroutableCell, group_messages
from ingest.importing.csv_rows import BadCell, Cells
from liangqu.cli.csv_options import Files, IgnoreColumns, Missing, Tz, tables
from liangqu.cli.options import Config, settings_of
from liangqu.cli.terminal import say
from liangqu.config.errors import ProblemError
from sensors.model import Medium

if TYPE_CHECKING:
    from ingest.mqtt.broker import Broker
    from sensors.catalogue.model import Catalogue

SHOWN = 20
LONGEST_SLEEP_S = 1e8  # three years; the system's clock takes no number of seconds


class Replayed(Struct):
    """What became of a replay.

    `published` and `refused` count messages by the broker's answer; `cells` those in all messages, `unsent`
    those in none, and `bad` those of both that are no readings.
    """

    published: int = 0
    refused: int = 0
    cells: int = 0
    bad: int = 0
    unsent: int = 0

    def count_unsent(self, homeless: "UnroutableCell") -> None:
        """One more cell in no message."""
        self.unsent += 1
        self.bad += isinstance(homeless.cell, BadCell)


def replay(
    files: Mapping[str, Cells],
    broker: "Broker",
    catalogue: "Catalogue",
    *,
    prefix: str = "liangqu",
    medium: Medium | None = None,
    speed: float | None = None,
    rate: float | None = None,
    progress: Callable[[int], None] | None = None,
    tell: Callable[[str], None] = lambda _line: None,
) -> Replayed:
    """Publish every cell of `files`, one after the other, in their order; returns when all is acknowledged.

    Args:
        files: From `csv_rows.rows`, by name. Consecutive cells of one site, time and kind become one message.
        broker: Where to.
        catalogue: Says which sites measure air and which water.
        prefix: First level of the topics.
        medium: For sites that the catalogue does not know; None leaves their rows unsent.
        speed: Event seconds a second; None sends as fast as the broker acknowledges.
        rate: Most messages a second.
        progress: Called with the number of messages acknowledged.
        tell: Called with a line for each of the first 20 reasons why cells are not sent.

    Raises:
        BrokerAwayError: The broker cannot be reached, or acknowledges nothing for a minute.
        ValueError: A file is damaged.
    """
    from ingest.mqtt.publisher import Publisher

    done = Replayed()
    told: set[str] = set()
    media: dict[str, str] = {site.id: site.medium for site in catalogue.sites.values()}
    pace = _Pace(speed) if speed else None
    with Publisher(broker, name="replay", rate=rate, progress=progress) as publisher:
        for file, cells in files.items():
            for message in group_messages(cells, media, medium):
                if isinstance(message, UnroutableCell):
                    done.count_unsent(message)
                    if message.detail not in told and len(told) < SHOWN:
                        told.add(message.detail)
                        tell(f"{file}, line {message.cell.line}: not sent: {message.detail}")
                    continue
                if pace:
                    pace.wait_for(message.time)
                publisher.publish(message.topic(prefix), message.payload())
                done.cells += len(message.values)
                done.bad += len(message.bad)
    done.published, done.refused = publisher.published, publisher.refused
    if done.refused:
        tell(f"the broker refused {done.refused} messages: {publisher.refusal}")
    if publisher.doubt:
        tell(publisher.doubt)
    return done


class _Pace:
    """Holds messages back until their event time, counted from the first one's, has come."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._first: datetime | None = None
        self._begun = time.monotonic()

    def wait_for(self, event: datetime | str) -> None:
        """Sleep until it is due; a time that is none, or lies behind, is due at once."""
        if isinstance(event, str):
            return
        if self._first is None:
            self._first, self._begun = event, time.monotonic()
        due = self._begun + (event - self._first).total_seconds() / self._speed
        time.sleep(min(max(0.0, due - time.monotonic()), LONGEST_SLEEP_S))


def command(
    context: typer.Context,
    files: Files,
    *,
    speed: Annotated[
        float | None,
        typer.Option(min=0.001, max=1e12, help="Event seconds a second, e.g. 3600; else at once."),
    ] = None,
    rate: Annotated[
        float | None, typer.Option(min=0.001, max=1_000_000, help="Most messages a second.")
    ] = None,
    tz: Tz = None,
    missing: Missing = "",
    ignore_columns: IgnoreColumns = "",
    medium: Annotated[
        Literal["air", "water"] | None, typer.Option(help="What sites outside the catalogue measure.")
    ] = None,
    config: Config = None,
) -> None:
    """Publish recorded CSV rows to the broker.

    They go out as stations would have sent them.

    Long: site,parameter,time,value[,flag][,kind]. Wide: site,time,<parameter>,…[,kind]. Cells that are no
    numbers and times that are none are sent as they stand: the service puts them into its quarantine.
    Exit code 1 when some rows could not be sent.
    """
    from ingest.mqtt.broker import BrokerAwayError
    from liangqu.cli.progress import progress
    from liangqu.config.factories import open_catalogue

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    cells = tables(files, catalogue, tz=tz, missing=missing, ignore_columns=ignore_columns)
    try:
        with progress("messages") as advance:
            done = replay(
                cells,
                settings.broker(),
                catalogue,
                prefix=settings.mqtt.prefix,
                medium=medium,
                speed=speed,
                rate=rate,
                progress=advance,
                tell=lambda line: say(line, err=True),
            )
    except ValueError as error:
        raise ProblemError(str(error)) from None
    except BrokerAwayError as error:
        raise ProblemError(str(error), exit_code=1) from None
    _conclude(done)


def _conclude(done: Replayed) -> None:
    say(f"{done.published} messages published with {done.cells} values, {done.bad} of all cells are bad")
    if done.unsent or done.refused:
        raise ProblemError(
            f"{done.unsent} cells were not sent, {done.refused} messages refused by the broker", exit_code=1
        )
