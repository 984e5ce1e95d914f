"""`liangqu replay`: publish recorded CSV rows to the broker as a station would have sent them."""

from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import (
    Config,
    Files,
    IgnoreColumns,
    Missing,
    Rate,
    StampLabel,
    Tz,
    csv_cells,
    settings_of,
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
    medium: OtherMedium = None,
    config: Config = None,
) -> None:
    """Publish recorded CSV rows to the broker.

    They are sent as stations would have sent them.

    Long: site,parameter,time,value[,flag][,kind]. Wide: site,time,<parameter>,…[,kind]. Values that are not
    numbers and unreadable times are sent unchanged: the service puts them into quarantine. Exit code 1 if
    some rows could not be sent.
    """
    from ingest.mqtt.broker import BrokerAwayError
    from liangqu.config.factories import open_catalogue
    from liangqu.service.clock import wall
    from liangqu.tasks.replay import replay
    from liangqu.terminal.progress import progress

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    cells = csv_cells(files, catalogue, tz=tz, missing=missing, ignore_columns=ignore_columns, label=label)
    try:
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
    except ValueError as error:
        raise ProblemError(str(error)) from None
    except BrokerAwayError as error:
        raise ProblemError(str(error), exit_code=1) from None
    _conclude(done)


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
