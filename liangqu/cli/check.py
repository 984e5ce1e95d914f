"""`liangqu check`: would `run` start, and with what? It uses no network unless asked."""

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

_OTHERS = 0o066  # read and write bits of group and others


Connect = Annotated[
    bool, typer.Option("--connect", help="Also connect to broker and database, as the service would.")
]


def check(context: typer.Context, config: Config = None, connect: Connect = False) -> None:
    """Check settings and catalogue: would `run` start?

    Reports every mistake with file, key and reason, and shows what is in force. Connects to nothing without
    --connect, and writes nothing. Exit code 2 if something is wrong, 1 if broker or database cannot be
    reached; warnings name secrets that others can read, and what is not there yet.
    """
    from textwrap import shorten

    from alerts.notify.config import unknown_sites
    from liangqu.config.factories import (
        channel_doubts,
        open_catalogue,
        open_channels,
        open_notify,
        open_rules,
    )
    from liangqu.config.settings import read_secrets

    settings = settings_of(context, config)
    settings.bounds()
    catalogue = open_catalogue(settings)
    rules = open_rules(settings, catalogue)
    notify = open_notify(settings)
    open_channels(notify)
    list(read_secrets(settings))
    by_medium = {m: [s for s in catalogue.sites.values() if s.medium == m] for m in ("air", "water")}
    examples = sum(site.status == "example" for site in catalogue.sites.values())
    say(f"broker      {settings.broker()}, MQTT {settings.mqtt.protocol}, topics {settings.mqtt.prefix}/…")
    say(f"store       {settings.store.kind}, {settings.store_section().location}")
    say(f"journal     {settings.journal.path}, up to {settings.journal.limit}")
    say(f"http        {settings.http.listen or 'none'}")
    say(f"parameters  {len(catalogue.parameters)}")
    for medium, sites in by_medium.items():
        say(f"{medium:<11} {len(sites)} sites: {shorten(', '.join(s.id for s in sites), 120)}")
    say(f"examples    {examples} sites are marked as examples, not real stations")
    for rule in rules.rules.values():
        say(f"rule        {rule_line(rules, rule)}")
    channels = ", ".join(f"{row.id} ({row.masked})" for row in notify.channels.values())
    say(f"channels    {channels or 'none: only MQTT events; name a notify_file to reach people'}")
    if connect:
        from liangqu.tasks.connection_check import check_connections

        for line in check_connections(settings):
            say(line)
    doubts = [*channel_doubts(notify), *unknown_sites(notify, catalogue)]
    doubts += [*readable_by_others(settings), *not_there_yet(settings)]
    for doubt in doubts:
        say(f"warning     {doubt}")
    say("all is well" + (f", but for {len(doubts)} warnings" if doubts else ""))


def readable_by_others(settings: "Settings") -> "Iterator[str]":
    """The files with secrets that the group or everybody can read, each with the fix."""
    from ingest.stores.registry import STORES

    journal = Path(settings.journal.path)
    files = {
        "mqtt.password_file": settings.mqtt.password_file,
        "mqtt.key_file": settings.mqtt.key_file,
        **{
            f"{kind}.{key}": getattr(getattr(settings, kind), key)
            for kind, store in STORES.items()
            for key in store.section.paths
            if key.endswith("_file")
        },
        "alerts.notify_file": settings.alerts.notify_file,
        "journal.path": str(journal),
    }
    for key, file in files.items():
        try:
            mode = stat.S_IMODE(Path(file).stat().st_mode) if file else 0
        except OSError:
            continue  # a missing file is reported elsewhere
        if mode & _OTHERS:
            yield f"{key}: {file}: holds secrets that others may read (mode {mode:04o}); chmod go= {file}"


def not_there_yet(settings: "Settings") -> "Iterator[str]":
    """What `run` still lacks: it would exit with 1, to be retried, or find no broker."""
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


def rule_line(rules: "RuleIndex", rule: "Rule") -> str:
    """One rule on a line: severity, statistic, limit, places."""
    from textwrap import shorten

    levels = ", ".join(f"{level.severity} {_sign(rule)} {_limit(level.limit)}" for level in rule.levels)
    what = " ".join((*rule.parameters, rule.statistic))
    places = [*rules.places(rule)]
    where = (
        f"{len(places)} places: {shorten(', '.join(places), 80)}" if places else "no place: it does nothing"
    )
    return f"{rule.id:<20} {what}: {levels}; {where}"


def _sign(rule: "Rule") -> str:
    return ">" if rule.direction == "above" else "<"


def _limit(limit: float | str) -> str:
    return limit if isinstance(limit, str) else f"{limit:g}"
