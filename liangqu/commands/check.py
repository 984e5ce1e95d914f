"""`liangqu check`: would `run` start, and with what? No network is touched."""

from typing import TYPE_CHECKING

import typer

from liangqu.commands.options import Config, settings_of
from liangqu.terminal import say

if TYPE_CHECKING:
    from alerts.deciding.coverage import Coverage
    from alerts.deciding.rules import Rule


def check(context: typer.Context, config: Config = None) -> None:
    """Would `run` start? Name every mistake.

    Reads settings and catalogue, names each mistake by file, key and reason, and says what is in force.
    Nothing is connected and nothing is written. Exit code 2 when something is wrong.
    """
    from textwrap import shorten

    from liangqu.assembly import channel_doubts, open_catalogue, open_channels, open_coverage, open_notify
    from liangqu.settings import read_secret

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    coverage = open_coverage(settings, catalogue)
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
    ways = ", ".join(f"{row.id} ({row.shown})" for row in notify.channels.values())
    say(f"channels    {ways or 'none: only MQTT events; name a notify_file to reach people'}")
    for doubt in channel_doubts(notify):
        say(f"warning     {doubt}")
    say("all is well")


def covered(coverage: "Coverage", rule: "Rule") -> str:
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
