"""`liangqu check`: would `run` start, and with what? It uses no network unless asked."""

import os
import stat
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.terminal.output import counted, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.notify.config import NotifyConfig
    from alerts.rules.definition import Rule, RuleLevel
    from alerts.rules.index import RuleIndex
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue

_OTHERS = 0o066  # read and write bits of group and others
_WIDTH = 68  # of 80 columns, after the name


Connect = Annotated[
    bool, typer.Option("--connect", help="Also connect to broker and database, as the service would.")
]


def check(context: typer.Context, config: Config = None, connect: Connect = False) -> None:
    """Check settings and catalogue: would `run` start?

    Reports every mistake with file, key and reason, and shows what is in force. Connects to nothing without
    --connect, and writes nothing. Exit code 2 if something is wrong, 1 if broker or database cannot be
    reached; warnings name secrets that others can read, and what is not there yet.
    """
    from liangqu.config.factories import open_catalogue, open_channels, open_notify, open_rules
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
    _say_wrapped("report", imprint_words(settings))
    say(f"parameters  {len(catalogue.parameters)}")
    for medium, sites in by_medium.items():
        _say_wrapped(medium, f"{counted(len(sites), 'site')}: {', '.join(s.id for s in sites)}")
    say(f"examples    {examples} of these {counted(len(catalogue.sites), 'site')}, not real stations")
    for rule in rules.rules.values():
        _say_wrapped("rule", f"{rule.id}  {levels_words(rules, rule)}")
        _say_wrapped("", places_words([*rules.places(rule)]))
    channels = ", ".join(f"{row.id} ({row.masked})" for row in notify.channels.values())
    _say_wrapped("channels", channels or "none: MQTT only; name a notify_file to reach people")
    if connect:
        from liangqu.tasks.connection_check import check_connections

        for line in check_connections(settings):
            say(line)
    doubts = [*notify_doubts(settings, notify, catalogue)]
    doubts += [*readable_by_others(settings), *not_there_yet(settings)]
    for doubt in doubts:
        say(f"warning     {doubt}")
    say("all is well" + (f", but for {counted(len(doubts), 'warning')}" if doubts else ""))


def notify_doubts(settings: "Settings", notify: "NotifyConfig", catalogue: "Catalogue") -> "Iterator[str]":
    """What of the notify file would not do what it seems to."""
    from alerts.notify.config import unknown_sites
    from liangqu.config.factories import channel_doubts
    from sensors.calendar import SHANGHAI

    yield from channel_doubts(notify)
    yield from unknown_sites(notify, catalogue)
    yield from no_link_opens(settings, notify)
    yield from holidays_over(notify, datetime.now(SHANGHAI).date())


def no_link_opens(settings: "Settings", notify: "NotifyConfig") -> "Iterator[str]":
    """That people are notified and cannot acknowledge from a message, and why."""
    from ingest.http.address import is_loopback, parse_http_address

    if not notify.routes:
        return
    cure = "see docs/guide.md, chapter 7"
    if not settings.http.public_url:
        yield f"http.public_url: people are notified, and no message has a link to its page; {cure}"
        return
    if not settings.http.listen:
        yield "http.listen: messages have links, and nothing listens that could answer them"
    address = parse_http_address(settings.http.public_url)
    if is_loopback(address.host):
        yield f"http.public_url: {settings.http.public_url} is this machine alone: no phone opens it; {cure}"


def holidays_over(notify: "NotifyConfig", today: date) -> "Iterator[str]":
    """That the file of holidays knows of none to come."""
    if notify.holidays and max(notify.holidays) < today:
        last = max(notify.holidays)
        yield f"notify_file: duty: holidays: none after {last}; working hours are then Monday to Friday"


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
    """What `run` still lacks: it would exit with 1, to be retried, or find no broker; and `report`."""
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
    sources = settings.report.drinking_water
    if sources and not Path(sources).is_file():
        yield f"report.drinking_water: {sources}: there is no such file here; no report is made without it"


def imprint_words(settings: "Settings") -> str:
    """Who gives the report out, and which of its lines are left to be filled in by hand."""
    head = settings.report
    names = {"prepared by": head.prepared_by, "reviewed by": head.reviewed_by, "issued by": head.issued_by}
    signed = [f"{role} {name}" for role, name in names.items() if name]
    blank = [role for role, name in names.items() if not name]
    return "; ".join(
        [
            f"{head.organisation or 'no organisation named'}",
            *signed,
            *([f"to be signed by hand: {', '.join(blank)}"] if blank else []),
        ]
    )


def levels_words(rules: "RuleIndex", rule: "Rule") -> str:
    """What a rule compares with what: `pm25 24h: critical > standard`."""
    what = [*rule.parameters, rule.statistic, *rule.checks]
    compared = ", ".join(f"{level.severity} {_level(rules, rule, level)}".strip() for level in rule.levels)
    return f"{' '.join(what)}: {compared}"


def _level(rules: "RuleIndex", rule: "Rule", level: "RuleLevel") -> str:
    """`> 3 × day and beyond the target`, `> target by 2 classes`, `> target (stable)`."""
    words = [_limit(rules, rule, level)]
    if level.classes_beyond:
        words.append(f"by {level.classes_beyond + 1} classes")
    if level.also_beyond:
        words.append(f"and beyond the {level.also_beyond}")
    if level.wordings:
        words.append(f"({', '.join(level.wordings)})")
    return " ".join(filter(None, words))


def _limit(rules: "RuleIndex", rule: "Rule", level: "RuleLevel") -> str:
    """`> 60 µg/m³`, `> target`, `> 5 × 24h`; "" of a check, which a reading fails or not."""
    from alerts.notify.words import describe_measured, format_value
    from alerts.rules.index import NONE

    if rule.statistic == "check":
        return ""
    sign = ">" if rule.direction == "above" else "<"
    if isinstance(level.limit, str):
        return f"{sign} {level.limit}" if level.times == 1 else f"{sign} {level.times:g} × {level.limit}"
    if rule.against is not None:
        return f"{sign} {level.limit:g} × {rule.against}"
    if rule.statistic == "silence":
        return f"{sign} late_after" + (f" + {level.limit:g} s" if level.limit else "")
    parameters = rule.parameters or (NONE,)
    units = {describe_measured(each, rule.statistic, rules.catalogue).unit for each in parameters}
    return f"{sign} {format_value(level.limit, units.pop() if len(units) == 1 else '', 'en')}"


def places_words(places: "Sequence[str]") -> str:
    """How many, and their ids as far as a line reaches."""
    from textwrap import TextWrapper

    from alerts.rules.index import NONE

    if not places:
        return "no place: it does nothing"
    if [*places] == [NONE]:
        return "the service itself"
    line = TextWrapper(_WIDTH, max_lines=1, placeholder=" …", break_on_hyphens=False)
    return line.fill(f"{counted(len(places), 'place')}: {', '.join(places)}")


def _say_wrapped(name: str, text: str) -> None:
    """A name and what is to be said of it, in lines that fit a terminal."""
    from textwrap import wrap

    for line in wrap(text, _WIDTH, break_on_hyphens=False):
        say(f"{name:<11} {line}")
        name = ""
