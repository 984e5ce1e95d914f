"""The facts as statements, each with how grave it is; the same on a terminal and on a page."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from alerts.rules.definition import SEVERITIES
from ingest.sites.clock import describe_fault
from liangqu.service.monitoring.self_report import EVERY, SelfReport
from liangqu.service.wording.causes import describe_cause, describe_part
from liangqu.service.wording.reasons import describe_reason
from liangqu.status.content import (
    ChannelFacts,
    HearingState,
    JournalLoad,
    QuarantineFacts,
    StationFacts,
    Status,
)
from liangqu.status.words import StatusWords, clock_time
from sensors.model import Severity

Mood = Literal["bad", "doubt", "plain", "good"]
"""`bad`: it does not work; `doubt`: somebody should look; `good`: it works."""
MOODS: Sequence[Mood] = ("bad", "doubt", "plain", "good")
STATES: tuple[HearingState, ...] = ("heard", "silent", "never_heard", "switched_off")
_ORDER = ("silent", "never_heard", "heard", "switched_off")
_OWN_LINES = ("broker", "network_thread", "store", "journal")
"""Parts whose troubles stand in lines of their own."""
_MB = 1024**2


class Statement(Struct, frozen=True):
    """What is said of something; `label` names it."""

    label: str
    text: str
    mood: Mood = "plain"


def worst_first(statements: Iterable[Statement]) -> list[Statement]:
    """What does not work before what does; of equals in the order given."""
    return sorted(statements, key=lambda each: MOODS.index(each.mood))


def state_running(status: Status, words: StatusWords) -> Statement:
    """Whether the service runs and since when; how old its last report is if that is too old."""
    report = status.report
    if report is None:
        key = status.state if status.state != "running" else "old"
        return Statement("liangqu", words(key, age="?"), "doubt")
    name = f"liangqu {report.version}"
    if report.shard:
        name += words("comma") + words("shard", name=report.shard)
    if status.uptime is not None:
        since = words("running", uptime=words.span(status.uptime), started=clock_time(report.started))
        age = status.now - report.said
        if age > 3 * EVERY:
            return Statement(name, since + words("comma") + words("old", age=words.span(age)), "doubt")
        return Statement(name, since, "good")
    at = clock_time(report.stopped or report.said)
    return Statement(name, words(status.state, at=at), "bad" if status.state == "ended" else "doubt")


def state_service(status: Status, words: StatusWords) -> Iterator[Statement]:
    """Broker, store, journal, pages; then parts in trouble or restarted, and warnings."""
    report = status.report if status.state == "running" else None
    if report is not None:
        yield _part(status, report, words, "broker")
        yield _part(status, report, words, "store")
    yield _journal(status.journal, status, words)
    if one := status.standby:
        waits = words("standby_waits", host=one.host, pid=one.pid, since=clock_time(one.since))
        yield Statement(words("standby"), waits, "good")
    if status.changed_days:
        yield Statement(words("review"), words("changed_days", days=f"{status.changed_days:,}"), "doubt")
    if report is None:
        return
    if report.http:
        yield Statement(words("pages"), f"http://127.0.0.1:{report.http}/")
    for part, trouble in report.troubles.items():
        if part not in _OWN_LINES:
            said = describe_cause(trouble.words, words.language)
            yield Statement(describe_part(part, words.language), said, "bad")
    for part, times in report.restarts.items():
        said = words("restarted", part=describe_part(part, words.language), times=times)
        yield Statement(words("part"), said, "doubt")
    for warning in report.warnings:
        yield Statement(words("warning"), describe_cause(warning, words.language), "doubt")


def _part(status: Status, report: SelfReport, words: StatusWords, part: str) -> Statement:
    """Broker or store: that it works, or why not and for how long."""
    names = ("broker", "network_thread") if part == "broker" else (part,)
    trouble = next((one for name in names if (one := report.troubles.get(name))), None)
    if trouble is not None:
        said = describe_cause(trouble.words, words.language)
        age = words.span(status.now - trouble.since)
        return Statement(words(part), words("trouble", words=said, age=age), "bad")
    if part == "broker":
        since = "?" if report.connected is None else clock_time(report.connected)
        return Statement(words("broker"), words("connected", broker=report.broker, since=since), "good")
    return Statement(words("store"), words("works", store=report.store), "good")


def _journal(journal: JournalLoad, status: Status, words: StatusWords) -> Statement:
    waits = journal.inbox or journal.outgoing
    first = words("waiting", inbox=f"{journal.inbox:,}", outgoing=f"{journal.outgoing:,}")
    parts = [
        first if waits else words("nothing_waits"),
        words("oldest", age=words.span(status.now - journal.oldest)) if waits and journal.oldest else "",
        words("held", held=f"{journal.held:,}") if journal.held else "",
        words("recompute", days=f"{journal.recompute:,}") if journal.recompute else "",
        words("used", used=f"{journal.used / _MB:,.0f}", limit=f"{journal.limit / _MB:,.0f}"),
        words("received", received=f"{journal.received:,}"),
    ]
    trouble = status.report.troubles.get("journal") if status.report and status.state == "running" else None
    said = "" if trouble is None else describe_cause(trouble.words, words.language)
    return Statement(words("journal"), words.joined([said, *parts]), "bad" if said else "plain")


def count_severities(status: Status) -> dict[Severity, int]:
    """Open events by severity, the gravest first; none that there is none of."""
    open_ = [view.severity for view in status.events if view.is_open]
    return {each: n for each in reversed(SEVERITIES) if (n := open_.count(each))}


def count_states(stations: Iterable[StationFacts]) -> dict[HearingState, int]:
    """Stations by state, without states that none is in."""
    found = [one.state for one in stations]
    return {state: n for state in STATES if (n := found.count(state))}


def ranked(stations: Iterable[StationFacts]) -> list[StationFacts]:
    """What is silent first, then the worst values."""
    return sorted(
        stations,
        key=lambda one: (_ORDER.index(one.state), -(one.value.number if one.value else 0), one.site.id),
    )


def describe_age(one: StationFacts, status: Status, words: StatusWords) -> str:
    """`10 min / 1 h`: how long ago it was heard, and its cycle."""
    ago = "–" if one.heard is None else words.span(status.now - one.heard)
    return f"{ago} / {words.span(one.site.cycle)}"


def remarks(one: StationFacts, words: StatusWords) -> list[str]:
    """What is to be said of a station besides its value: its state, marks in force, its clock."""
    said = [words(f"is_{one.state}")] if one.state != "heard" else []
    said += [words.mark(mark) for mark in one.marks]
    return said + ([words.name(describe_fault(one.fault))] if one.fault is not None else [])


def state_refused(one: QuarantineFacts, words: StatusWords) -> Statement:
    """Why something was refused in the last day, how often, and the last time."""
    reason = words.name(describe_reason(one.reason))
    said = words.joined([f"{one.items:,}", words("newest", at=clock_time(one.newest))])
    return Statement(reason, said, "doubt")


def state_channel(one: ChannelFacts, words: StatusWords) -> Statement:
    """What a channel last did; what waits, and why it fails."""
    sent = words("never_sent") if one.sent is None else words("sent", at=clock_time(one.sent))
    said = [one.address, sent, words("waits", n=f"{one.waiting:,}") if one.waiting else ""]
    if one.failure and one.failed is not None:
        why = describe_cause(one.failure, words.language)
        said.append(words("failed", at=clock_time(one.failed), why=why))
        return Statement(one.id, words.joined(said), "bad")
    return Statement(one.id, words.joined(said), "plain" if one.sent is None else "good")
