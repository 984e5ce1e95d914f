"""`liangqu station add`, `remove`, `rename`, `rotate`, `disable`, `enable`, `contact`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from liangqu.cli.options import AsJson, Config, settings_of, split_names
from liangqu.cli.station.service import await_reload_of, offer_kept, say_reload
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.journal.requests import ReloadAnswer
    from liangqu.config.settings import Settings
    from liangqu.tasks.stations.changes import StationChange

Id = Annotated[str, typer.Argument(help="The station's id in the catalogue.", metavar="ID")]
NewId = Annotated[str, typer.Argument(help="Its id from now on.", metavar="NEW")]
Medium = Annotated[Literal["air", "water"], typer.Option(help="What it measures.")]
Zh = Annotated[str, typer.Option("--zh", help="Its name in Chinese.")]
En = Annotated[str, typer.Option("--en", help="Its name in English.")]
Zone = Annotated[str | None, typer.Option(help="Air: the id of the [[zone]] in whose mean it counts.")]
River = Annotated[str | None, typer.Option(help="Water: the id of its river.")]
Cycle = Annotated[str | None, typer.Option(help="How often it reports, such as 5m; air 1h, water 4h.")]
Lon = Annotated[float | None, typer.Option(help="Degrees east, WGS 84; with --lat.")]
Lat = Annotated[float | None, typer.Option(help="Degrees north.")]
Mn = Annotated[str | None, typer.Option(help="A data logger's number, if it speaks HJ 212.")]
Code = Annotated[str | None, typer.Option(help="Its number in the national network.")]
Parameters = Annotated[str, typer.Option(help="What it measures, separated by commas; by default anything.")]
Contact = Annotated[str | None, typer.Option(help="Whom to call about it.")]
File = Annotated[
    Path | None, typer.Option(help="Which of catalogue.extra takes its row; by default the last.")
]

Replay = Annotated[
    bool | None,
    typer.Option(
        "--replay/--no-replay",
        help="Bring in what it sent before anybody knew it, or leave it; asked for on a terminal.",
        show_default=False,
    ),
]


def add(
    context: typer.Context,
    id_: Id,
    *,
    medium: Medium,
    zh: Zh,
    en: En,
    zone: Zone = None,
    river: River = None,
    cycle: Cycle = None,
    lon: Lon = None,
    lat: Lat = None,
    mn: Mn = None,
    code: Code = None,
    parameters: Parameters = "",
    contact: Contact = None,
    file: File = None,
    replay: Replay = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Add a station: a row in the catalogue, an account at the broker.

    The password is printed once. What else a row may say is written into the file afterwards. Refused is
    what the catalogue would refuse; then nothing is changed. A running service takes the station in at once.
    What it sent before anybody knew it was kept, and comes in if you say so.
    """
    from liangqu.tasks.stations.changes import add_station

    row = {
        "id": id_, "medium": medium, "name": {"zh": zh, "en": en}, "zone": zone, "river": river,
        "cycle": cycle, "lon": lon, "lat": lat, "mn": mn, "code": code,
        "parameters": sorted(split_names(parameters)) if parameters else None, "contact": contact,
    }  # fmt: skip
    settings = settings_of(context, config)
    given = {key: value for key, value in row.items() if value is not None}
    change = add_station(settings, given, file)
    if _say(context, settings, "added", change, as_json=as_json):
        offer_kept(context, settings, change.site, replay=replay, as_json=as_json)


def remove(context: typer.Context, id_: Id, as_json: AsJson = False, config: Config = None) -> None:
    """Remove a station, and its account at the broker.

    What is stored of it stays and can be exported. A shipped station is switched off instead. Also closes an
    account without a station, and that of a former id.
    """
    from liangqu.tasks.stations.changes import remove_station

    settings = settings_of(context, config)
    change = remove_station(settings, id_)
    _say(context, settings, "removed" if change.file else "closed", change, as_json=as_json)


def rename(
    context: typer.Context, id_: Id, new: NewId, as_json: AsJson = False, config: Config = None
) -> None:
    """Give a station another id.

    Its history is found under the new id, and its row remembers the former one (renamed_from). It keeps its
    password, under both ids, and may go on sending on its former topic until somebody changes it.
    """
    from liangqu.tasks.stations.changes import rename_station

    settings = settings_of(context, config)
    _say(context, settings, "renamed", rename_station(settings, id_, new), as_json=as_json)


def rotate(context: typer.Context, id_: Id, as_json: AsJson = False, config: Config = None) -> None:
    """Give a station a new password, which replaces any former one.

    The password is printed once.
    """
    from liangqu.tasks.stations.changes import rotate_password

    settings = settings_of(context, config)
    _say(context, settings, "rotated", rotate_password(settings, id_), as_json=as_json)


def disable(context: typer.Context, id_: Id, as_json: AsJson = False, config: Config = None) -> None:
    """Switch a station off: nobody waits for it any more.

    What it sends is taken all the same. A shipped station gets a row in a file of your own.
    """
    from liangqu.tasks.stations.changes import switch_station

    settings = settings_of(context, config)
    _say(context, settings, "off", switch_station(settings, id_, active=False), as_json=as_json)


def enable(context: typer.Context, id_: Id, as_json: AsJson = False, config: Config = None) -> None:
    """Switch a station, or a shipped example, on again."""
    from liangqu.tasks.stations.changes import switch_station

    settings = settings_of(context, config)
    _say(context, settings, "on", switch_station(settings, id_, active=True), as_json=as_json)


def contact(
    context: typer.Context,
    id_: Id,
    text: Annotated[str, typer.Argument(help='Whom to call; "" for nobody.', metavar="TEXT")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Write down whom to call about a station.

    It stands in its row, and in messages about it. A shipped station gets a row in a file of your own.
    """
    from liangqu.tasks.stations.changes import set_contact

    settings = settings_of(context, config)
    _say(context, settings, "contact", set_contact(settings, id_, contact=text), as_json=as_json)


def _say(
    context: typer.Context, settings: "Settings", done: str, change: "StationChange", *, as_json: bool
) -> bool:
    """Say what was done, and tell the service; False if that stays with its former settings."""
    words = CommandWords("station", language_of(context))
    if not as_json:  # the password first: nobody has it if the wait is broken off
        for line in _lines(words, settings, done, change):
            say(line)
        for line in change.warnings:
            say(words("warning", line=line), err=True)
    answer: ReloadAnswer | None = None
    try:
        answer = await_reload_of(settings) if change.file is not None else None
    finally:
        if as_json:
            say_json(_row(change, answer))
    if not as_json and change.file is not None:
        say_reload(words, settings, answer)
    return answer is None or not answer.problems


def _lines(words: CommandWords, settings: "Settings", done: str, change: "StationChange") -> "Iterator[str]":
    yield words(done, site=change.site, file=change.file)
    if change.password:
        yield words("password", user=change.user, password=change.password)
    elif done in {"added", "renamed"}:
        yield words("kept_password" if change.user else "no_accounts", user=change.user, site=change.site)
    if settings.stations.passwords and done not in {"off", "on", "contact"}:
        yield words("broker_told" if change.told else "broker_not_told")


def _row(change: "StationChange", answer: "ReloadAnswer | None") -> dict[str, Any]:
    from msgspec import structs

    row = structs.asdict(change) | {"file": str(change.file) if change.file else None}
    return row | {"answered": answer is not None, "problems": answer.problems if answer else ()}
