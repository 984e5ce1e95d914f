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
    settings_of,
    table_options,
)
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import counted, say
from sensors.model import Medium

if TYPE_CHECKING:
    from liangqu.tasks.replay import Replayed

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
    """Publish recorded CSV rows to the broker, as stations would have sent them.

    Long: site,parameter,time,value[,flag][,kind]. Wide: site,time,<parameter>,…[,kind]. Values that are not
    numbers and unreadable times are sent unchanged: the service puts them into quarantine. Exit code 1 if
    some rows could not be sent.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.service.clock import wall
    from liangqu.tasks.replay import replay
    from liangqu.terminal.progress import progress

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    table = table_options(encoding, delimiter, decimal, sheet)
    wanted = row_options(tz, missing, ignore_columns, time_format, table)
    cells = csv_cells(files, catalogue, wanted, label)
    with _one_line_problems():
        done = replay(
            cells,
            settings.broker(),
            catalogue,
            prefix=settings.mqtt.prefix,
            medium=medium,
            speed=speed,
            rate=rate,
            oldest=settings.bounds().times(wall())[0],
            progress=progress,
            say=lambda line: say(line, err=True),
        )
    _conclude(done)


@contextmanager
def _one_line_problems() -> Iterator[None]:
    from ingest.mqtt.broker import BrokerAwayError

    try:
        yield
    except ValueError as error:
        raise ProblemError(str(error)) from None
    except BrokerAwayError as error:
        raise ProblemError(str(error), exit_code=1) from None


def _conclude(done: "Replayed") -> None:
    published, values = counted(done.published, "message"), counted(done.cells, "value")
    say(f"{published} published with {values}; bad cells: {done.bad}")
    if done.old:
        say(
            f"{counted(done.old, 'value')} older than a service with these settings takes (ingest.max_age):"
            ' import them instead, or set it to "none"',
            err=True,
        )
    if done.unsent or done.refused:
        raise ProblemError(
            f"cells not sent: {done.unsent}; messages refused by the broker: {done.refused}", exit_code=1
        )
