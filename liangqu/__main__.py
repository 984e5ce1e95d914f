"""`liangqu`: the command line. Each command has a file of its name in liangqu/cli/, or a folder."""

import os
import sys

import typer

from liangqu import __version__
from liangqu.cli import (
    approval,
    assess,
    audit,
    backup,
    check,
    dashboards,
    demo,
    export,
    gateway,
    hints,
    hj212,
    import_,
    mark,
    marks,
    quarantine,
    recompute,
    replay,
    report,
    run,
    settings,
    simulate,
    status,
    zones,
)
from liangqu.cli.alerts import app as alerts
from liangqu.cli.desk import app as desk
from liangqu.cli.options import CheckedCommand, Config
from liangqu.cli.station import app as station
from liangqu.cli.station import service
from liangqu.config.errors import describe
from liangqu.terminal import output
from liangqu.terminal.help import SpokenGroup
from liangqu.terminal.problems import problem_in_chinese, typed_language
from liangqu.terminal.usage import say_usage_error

INTERRUPTED = 130  # as shells say of Ctrl-C

app = typer.Typer(
    cls=SpokenGroup,
    rich_markup_mode=None,  # plain help: it needs no rich, and it pastes well
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Air- and water-quality monitoring: from MQTT to store, alerts, boards and reports.",
)


@app.callback(invoke_without_command=True)
def front(
    context: typer.Context,
    config: Config = None,
    version: bool = typer.Option(False, "--version", help="Show the version and exit."),
) -> None:
    """What applies to every command: `-c` may be given before or after its name."""
    context.obj = config
    if version:
        typer.echo(f"liangqu {__version__}")
        raise typer.Exit


app.command("demo", cls=CheckedCommand)(demo.demo)
app.command("run", cls=CheckedCommand)(run.run)
app.command("status", cls=CheckedCommand)(status.status)
app.command("check", cls=CheckedCommand)(check.check)
app.command("settings", cls=CheckedCommand)(settings.settings)
app.command("replay", cls=CheckedCommand)(replay.command)
app.command("import", cls=CheckedCommand)(import_.command)
app.command("recompute", cls=CheckedCommand)(recompute.command)
app.command("zones", cls=CheckedCommand)(zones.command)
app.command("assess", cls=CheckedCommand)(assess.assess)
app.command("simulate", cls=CheckedCommand)(simulate.simulate)
app.command("mark", cls=CheckedCommand)(mark.mark)
app.command("unmark", cls=CheckedCommand)(mark.unmark)
app.command("marks", cls=CheckedCommand)(marks.command)
app.command("hints", cls=CheckedCommand)(hints.hints)
app.command("export", cls=CheckedCommand)(export.export)
app.command("report", cls=CheckedCommand)(report.command)
app.command("backup", cls=CheckedCommand)(backup.backup)
app.command("restore", cls=CheckedCommand)(backup.restore)
app.command("verify", cls=CheckedCommand)(backup.verify)
app.add_typer(approval.app, name="approval")
app.add_typer(station, name="station")
app.command("reload", cls=CheckedCommand)(service.command)
app.add_typer(alerts.app, name="alerts")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(desk, name="desk")
app.command("audit", cls=CheckedCommand)(audit.command)
app.command("gateway", cls=CheckedCommand)(gateway.gateway)
app.add_typer(hj212.app, name="hj212")
app.add_typer(dashboards.app, name="dashboards")


def main() -> None:
    """The console script: one line per error, never a traceback (`LIANGQU_DEBUG=1` shows it)."""
    output.prepare()
    sys.exit(output.flush(_code()))


def _code() -> int:
    """Run the command and return its exit code."""
    try:
        code = app(prog_name="liangqu", standalone_mode=False)
    except typer.TyperException as error:
        say_usage_error(error)
        return error.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # `liangqu … | head`
        return 1
    except Exception as error:
        if os.environ.get("LIANGQU_DEBUG"):
            raise
        lines, code = describe(error)
        is_chinese = typed_language() == "zh"
        for line in lines:
            output.print_error(problem_in_chinese(line) if is_chinese else line)
        return code
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    main()
