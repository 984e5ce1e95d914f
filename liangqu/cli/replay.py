"""`liangqu replay`: publish recorded CSV rows to the broker as a station would have sent them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import (
    Config,
    Decimal,
    Delimiter,
    Encoding,
    Files,
    IgnoreColumns,
    Missing,
    Rate,
    Sheet,
    StampLabel,
    TimeFormat,
    Tz,
    csv_cells,
    row_options,
    say_remark,
    settings_of,
    table_options,
)
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Medium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liangqu.tasks.messages.replay import Replayed

Speed = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=1e12, help="How many times as fast as it was recorded, e.g. 3600; by default at once."
    ),
]
OtherMedium = Annotated[Medium | None, typer.Option(help="What sites that are not in the catalogue measure.")]


def command(
    context: typer.Context,
    files: Files,
    *,
    speed: Speed = None,
    rate: Rate = None,
    tz: Tz = None,
    label: StampLabel = None,
    missing: Missing = "",
    ignore_columns: IgnoreColumns = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    time_format: TimeFormat = None,
    sheet: Sheet = None,
    medium: OtherMedium = None,
    config: Config = None,
) -> None:
    """Publish recorded CSV rows to the broker.

    They are sent as stations would have sent them. Long: site,parameter,time,value[,unit][,flag][,kind].
    Wide: site,time,<parameter>,…[,flag][,kind]. Values that are not numbers and unreadable times are sent
    unchanged: the service puts them into quarantine. Exit code 1 if some rows could not be sent, or the
    broker dropped messages or had nobody to give them to; its figures are waited for, 10 seconds with
    mosquitto.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.service.clock import wall
    from liangqu.tasks.messages.replay import replay
    from liangqu.terminal.progress import progress

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    table = table_options(encoding, delimiter, decimal, sheet)
    wanted = row_options(tz, missing, ignore_columns, time_format, table)
    cells = csv_cells(context, files, catalogue, wanted, label)
    with _one_line_problems():
        done = replay(
            cells,
            settings.broker(),
            catalogue,
            prefix=settings.mqtt.served[0],
            medium=medium,
            speed=speed,
            rate=rate,
            oldest=settings.bounds().times(wall())[0],
            progress=progress,
            say=say_remark(context),
        )
    _conclude(done, CommandWords("replay", language_of(context)))


@contextmanager
def _one_line_problems() -> Iterator[None]:
    from ingest.mqtt.broker import BrokerAwayError

    try:
        yield
    except ValueError as error:
        raise ProblemError(str(error)) from None
    except BrokerAwayError as error:
        raise ProblemError(str(error), exit_code=1) from None


def _conclude(done: "Replayed", words: CommandWords) -> None:
    say(words("published", n=done.published, values=words("values", n=done.cells), bad=done.bad))
    if done.old:
        say(words("old", n=done.old), err=True)
    if done.dropped is None:
        say(words("unknown"), err=True)
    problems = [*_problems(done)]
    if problems:
        raise ProblemError(*problems, exit_code=1)


def _problems(done: "Replayed") -> "Iterator[str]":
    """A line for each way in which rows have not arrived, with what to change."""
    if done.unsent or done.refused:
        yield f"cells not sent: {done.unsent}; messages refused by the broker: {done.refused}"
    if done.dropped:
        yield (
            f"messages dropped by the broker meanwhile, for one subscriber or another: {done.dropped}. A"
            " queue was full: raise max_queued_messages and max_queued_bytes (deploy/mosquitto.conf), or"
            " publish more slowly (--rate), and replay again"
        )
    if done.unheard:
        yield (
            f"messages that nobody has subscribed: {done.unheard}. Start liangqu run, and look at mqtt.prefix"
            " or prefixes of both, then replay again"
        )
