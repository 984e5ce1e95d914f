"""`liangqu dashboards`: write the Grafana boards, compare them with what is there, install them."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from msgspec import structs

from liangqu.cli.options import CheckedCommand, Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.tasks.editing.files import FileOwner, put
from liangqu.terminal.help import command_group, language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from ingest.stores.influxdb.section import InfluxOptions
    from sensors.catalogue.model import Catalogue

EXTRA_MISSING = "the extra is missing: pip install grafana-foundation-sdk==0.0.21"

app = command_group("Build, check or install the Grafana boards.")

Folder = Annotated[
    Path | None, typer.Option("--boards", help="Their folder; by default the one shipped with liangqu.")
]

Reports = Annotated[
    str,
    typer.Option(
        "--reports", help="Address where people read the monthly reports, for a link on each board."
    ),
]

Desk = Annotated[
    str,
    typer.Option(
        "--desk", help="Address where people reach the desk, for links of boards, events and stations."
    ),
]


class LinkedPlaces(NamedTuple):
    """Addresses that boards link to; "" for none."""

    reports: str
    desk: str


@app.command(cls=CheckedCommand)
def build(
    context: typer.Context,
    *,
    boards: Folder = None,
    reports: Reports = "",
    desk: Desk = "",
    config: Config = None,
) -> None:
    """Write every board in both languages.

    They are built from the catalogue, with your own sites and zones.
    """
    folder = boards or _shipped()
    files, _ = _board_files(context, config, LinkedPlaces(reports, desk))
    for name, text in files.items():
        file = folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ProblemError(f"{file}: {error.strerror}", exit_code=1) from None
    say(CommandWords("dashboards", language_of(context))("built", n=len(files), folder=folder))


@app.command(cls=CheckedCommand)
def check(
    context: typer.Context,
    *,
    boards: Folder = None,
    reports: Reports = "",
    desk: Desk = "",
    config: Config = None,
) -> None:
    """Compare the boards with what `build` would write.

    It also checks them for mistakes.
    """
    folder = boards or _shipped()
    files, catalogue = _board_files(context, config, LinkedPlaces(reports, desk))
    from dashboards.grafana.lint import problems  # after _board_files, which says when the extra is missing

    found = [
        f"{folder / name}: {words}"
        for name, text in files.items()
        if (words := _differs(folder / name, text))
    ]
    found += problems({name: json.loads(text) for name, text in files.items()}, catalogue)
    if found:
        raise ProblemError(*found, exit_code=1)
    say(CommandWords("dashboards", language_of(context))("fine", n=len(files)))


@app.command(cls=CheckedCommand)
def install(
    context: typer.Context,
    *,
    grafana: Annotated[Path, typer.Option(help="Grafana's folder of settings, such as /etc/grafana.")],
    reader: Annotated[
        str, typer.Option(help="The boards' user at the database, who may only read.")
    ] = "reader",
    password_file: Annotated[
        Path | None,
        typer.Option("--reader-password-file", help="File with the reader's password; of 2.x a token."),
    ] = None,
    admin: Annotated[str, typer.Option(help="Who makes the reader at InfluxDB 1.x.")] = "admin",
    admin_password_file: Annotated[
        Path | None,
        typer.Option(help="File with that user's password; without it the reader must be there."),
    ] = None,
    reports: Reports = "",
    desk: Desk = "",
    config: Config = None,
) -> None:
    """Give a Grafana without containers its data source and boards.

    They are files in its folder; restart Grafana afterwards. The reader is made if an administrator's
    password is given, and tried in any case: it may read, and not write. Boards are built from the catalogue
    where the extra `dashboards` is installed, else they are those shipped.
    """
    from dashboards.grafana.install import BOARDS, BoardSource, to_provisioning
    from ingest.stores.influxdb.section import Influxdb
    from liangqu.config.settings import read_secret

    section = settings_of(context, config).store_section()
    if not isinstance(section, Influxdb):
        raise ProblemError(f"store.kind: boards read an InfluxDB, the settings name {section.location}")
    options = section.options
    password = read_secret("--reader-password-file", str(password_file or ""))
    if admin_password_file:
        secret = read_secret("--admin-password-file", str(admin_password_file))
        _make_reader(structs.replace(options, username=admin, password=secret, token=""), reader, password)
    _try_reader(structs.replace(options, username=reader, password=password, token=""))
    if not (grafana / "provisioning").is_dir():
        raise ProblemError(f"--grafana: {grafana}: no folder provisioning is there; is Grafana installed?")
    source = BoardSource(options.url, options.database, reader, password)
    built = _boards_to_install(context, config, LinkedPlaces(reports, desk))
    files = {f"{BOARDS}/{name}": text for name, text in built.items()}
    for name, text in (files | dict(to_provisioning(source, grafana))).items():
        _put(grafana / name, text, secret=name.startswith("provisioning/datasources"))
    say(CommandWords("dashboards", language_of(context))("installed", n=len(files), folder=grafana))


def _make_reader(admin: "InfluxOptions", name: str, password: str) -> None:
    from ingest.stores.base import StoreAway
    from ingest.stores.influxdb.reader import make_reader

    try:
        make_reader(admin, name, password)
    except (StoreAway, ValueError) as error:
        raise ProblemError(f"influxdb: {error}", exit_code=1) from None


def _try_reader(reader: "InfluxOptions") -> None:
    from ingest.stores.base import StoreAway
    from ingest.stores.influxdb.reader import reader_problem

    try:
        problem = reader_problem(reader)
    except StoreAway as away:
        raise ProblemError(f"influxdb: {away}", exit_code=1) from None
    if problem:
        raise ProblemError(f"influxdb: {problem}", exit_code=1)


def _boards_to_install(context: typer.Context, config: Path | None, linked: LinkedPlaces) -> dict[str, str]:
    """Built from the catalogue, else those shipped, which is said."""
    try:
        return _board_files(context, config, linked)[0]
    except ProblemError as problem:
        if "extra is missing" not in str(problem):
            raise
    shipped = _shipped()
    say(CommandWords("dashboards", language_of(context))("shipped"), err=True)
    return {
        str(f.relative_to(shipped)): f.read_text(encoding="utf-8") for f in sorted(shipped.glob("*/*.json"))
    }


def _put(file: Path, text: str, *, secret: bool) -> None:
    """Whole in its place; one with the password is for its owner and its folder's group alone."""
    user, group = os.geteuid(), os.getegid()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if secret and user == 0:
            group = file.parent.stat().st_gid
        put(file, text.encode(), owner=FileOwner(user, group), mode=0o640 if secret else 0o644)
    except OSError as error:
        raise ProblemError(f"{file}: {error.strerror}", exit_code=1) from None


def _differs(file: Path, text: str) -> str:
    try:
        there = file.read_bytes()
    except OSError as error:
        return error.strerror or "cannot be read"
    return "" if there == text.encode() else "not what liangqu dashboards build writes"


def _shipped() -> Path:
    import dashboards

    return Path(dashboards.__file__).parent / "boards"


def _board_files(
    context: typer.Context, config: Path | None, linked: LinkedPlaces
) -> tuple[dict[str, str], "Catalogue"]:
    """The boards by their files, and the catalogue that they are of."""
    from liangqu.config.factories import open_catalogue, open_rules

    try:
        from dashboards.grafana.build import to_files
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dashboards"):
            raise
        raise ProblemError(EXTRA_MISSING) from None
    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    for option, address in linked._asdict().items():
        if address and not address.startswith(("http://", "https://")):
            raise ProblemError(f"--{option}: {address} is no address; it begins with http:// or https://")
    rules = tuple(open_rules(settings, catalogue).rules.values())
    return to_files(catalogue, rules, *linked), catalogue
