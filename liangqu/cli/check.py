"""`liangqu check`: would `run` start, and with what? No network is touched unless asked."""

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.terminal.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alerts.rules.definition import Rule
    from alerts.rules.index import RuleIndex
    from liangqu.config.settings import Settings

_OTHERS = 0o066  # of group and everybody: reading, and writing


Connect = Annotated[
    bool, typer.Option("--connect", help="Visit the broker and the database too, as the service would.")
]


def check(context: typer.Context, config: Config = None, connect: Connect = False) -> None:
    """Would `run` start? Name every mistake.

    Reads settings and catalogue, names each mistake by file, key and reason, and says what is in force.
    Nothing is connected without --connect and nothing is written. Exit code 2 when something is wrong, 1 when
    broker or database cannot be reached; a warning names what others may read and should not, and what is
    not there yet.
    """
    from textwrap import shorten

    from liangqu.config.factories import (
        channel_doubts,
        open_catalogue,
        open_channels,
        open_notify,
        open_rules,
    )
    from liangqu.config.settings import read_secret

    settings = settings_of(context, config)
    settings.bounds()
    catalogue = open_catalogue(settings)
    coverage = open_rules(settings, catalogue)
    notify = open_notify(settings)
    open_channels(notify)
    for key in ("mqtt.password_file", "influxdb.password_file", "influxdb.token_file"):
        section, name = key.split(".")
        read_secret(key, getattr(getattr(settings, section), name))
    by_medium = {m: [s for s in catalogue.sites.values() if s.medium == m] for m in ("air", "water")}
    examples = sum(site.status == "example" for site in catalogue.sites.values())
    store = settings.influxdb.url if settings.store.kind == "influxdb" else settings.sqlite.path
    say(f"broker      {settings.broker()}, MQTT {settings.mqtt.protocol}, topics {settings.mqtt.prefix}/…")
    say(f"store       {settings.store.kind}, {store}")
    say(f"journal     {settings.journal.path}, up to {settings.journal.limit}")
    say(f"http        {settings.http.listen or 'none'}")
    say(f"parameters  {len(catalogue.parameters)}")
    for medium, sites in by_medium.items():
        say(f"{medium:<11} {len(sites)} sites: {shorten(', '.join(s.id for s in sites), 120)}")
    say(f"examples    {examples} sites are marked as examples, not real stations")
    for rule in coverage.rules.values():
        say(f"rule        {covered(coverage, rule)}")
    ways = ", ".join(f"{row.id} ({row.masked})" for row in notify.channels.values())
    say(f"channels    {ways or 'none: only MQTT events; name a notify_file to reach people'}")
    if connect:
        visit(settings)
    doubts = [*channel_doubts(notify), *readable_by_others(settings), *not_there_yet(settings)]
    for doubt in doubts:
        say(f"warning     {doubt}")
    say("all is well" + (f", but for {len(doubts)} warnings" if doubts else ""))


def visit(settings: "Settings") -> None:
    """Say what the service would meet at broker and database."""
    from liangqu.service.service import filters
    from liangqu.tasks import connection_check

    for line in connection_check.connect(settings, filters(settings)):
        say(line)


def readable_by_others(settings: "Settings") -> "Iterator[str]":
    """The files with secrets that the group or everybody may read, each with the cure."""
    journal = Path(settings.journal.path)
    files = {
        "mqtt.password_file": settings.mqtt.password_file,
        "mqtt.key_file": settings.mqtt.key_file,
        "influxdb.password_file": settings.influxdb.password_file,
        "influxdb.token_file": settings.influxdb.token_file,
        "alerts.notify_file": settings.alerts.notify_file,
        "journal.path": str(journal),
    }
    for key, file in files.items():
        try:
            mode = stat.S_IMODE(Path(file).stat().st_mode) if file else 0
        except OSError:
            continue  # that it is not there is said elsewhere
        if mode & _OTHERS:
            yield f"{key}: {file}: holds secrets that others may read (mode {mode:04o}); chmod go= {file}"


def not_there_yet(settings: "Settings") -> "Iterator[str]":
    """What `run` waits for: it would end with 1, to be tried again, or find no broker."""
    from ingest.mqtt.broker import BrokerAwayError, check_certificates

    try:
        check_certificates(settings.broker())
    except BrokerAwayError as error:
        yield f"mqtt: {error}"
    folder = Path(settings.journal.path).parent
    if not folder.is_dir():
        yield f"journal.path: {folder}: there is no such folder here"
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield f"journal.path: {folder}: nothing may be written there by this user"


def covered(coverage: "RuleIndex", rule: "Rule") -> str:
    """One rule in a line: how grave, of what, beyond which limit, where."""
    from textwrap import shorten

    levels = ", ".join(f"{level.severity} {_sign(rule)} {_limit(level.limit)}" for level in rule.levels)
    what = " ".join((*rule.parameters, rule.statistic))
    places = [*coverage.places(rule)]
    where = (
        f"{len(places)} places: {shorten(', '.join(places), 80)}" if places else "no place: it does nothing"
    )
    return f"{rule.id:<20} {what}: {levels}; {where}"


def _sign(rule: "Rule") -> str:
    return ">" if rule.direction == "above" else "<"


def _limit(limit: float | str) -> str:
    return limit if isinstance(limit, str) else f"{limit:g}"
