"""`liangqu`: the command line. Each command lives in a file of its name in liangqu/commands/."""

import sys

import typer

from liangqu import __version__
from liangqu.commands import (
    alerts,
    assess,
    check,
    dashboards,
    demo,
    export,
    gateway,
    hj212,
    import_,
    mark,
    quarantine,
    recompute,
    replay,
    report,
    run,
    simulate,
)
from liangqu.commands.options import Config
from liangqu.errors import ProblemError

app = typer.Typer(
    rich_markup_mode=None,  # plain help: it needs no rich, and it pastes well
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Air- and water-quality monitoring: MQTT in, InfluxDB kept, exceedances called out (两区监测).",
)


@app.callback(invoke_without_command=True)
def front(
    context: typer.Context,
    config: Config = None,
    version: bool = typer.Option(False, "--version", help="Show the version and stop."),
) -> None:
    """What holds for every command: `-c` may stand before or after its name."""
    context.obj = config
    if version:
        typer.echo(f"liangqu {__version__}")
        raise typer.Exit


app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("replay")(replay.command)
app.command("import")(import_.command)
app.command("recompute")(recompute.command)
app.command("assess")(assess.assess)
app.command("simulate")(simulate.simulate)
app.command("mark")(mark.mark)
app.command("unmark")(mark.unmark)
app.command("export")(export.export)
app.command("report")(report.command)
app.add_typer(alerts.app, name="alerts")
app.add_typer(quarantine.app, name="quarantine")
app.command("gateway")(gateway.gateway)
app.add_typer(hj212.app, name="hj212")
app.add_typer(dashboards.app, name="dashboards")


def main() -> None:
    """The console script: errors are a line each, never a traceback."""
    try:
        app(prog_name="liangqu")
    except ProblemError as problem:
        for line in problem.lines:
            typer.echo(f"liangqu: {line}", err=True)
        sys.exit(problem.exit_code)
    except TimeoutError as error:  # a read of the journal that was cut
        typer.echo(f"liangqu: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # `liangqu … | head`
        sys.exit(1)


if __name__ == "__main__":
    main()
