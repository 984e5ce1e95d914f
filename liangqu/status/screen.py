"""The facts as lines for a terminal: what is wrong first, a station a line, in official colours."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from alerts.notify.words import SEVERITIES
from alerts.rules.definition import SEVERITIES as SEVERITY_IDS
from alerts.texts.event_view import EventView
from alerts.texts.headline import headline
from ingest.sites.clock import describe_fault
from liangqu.service.monitoring.self_report import EVERY, SelfReport
from liangqu.service.wording.causes import describe_cause, describe_part
from liangqu.service.wording.reasons import describe_reason
from liangqu.status.content import ChannelFacts, HearingState, JournalLoad, StationFacts, Status
from liangqu.status.words import StatusWords, clock_time
from sensors.excerpt import escaped
from sensors.model import Medium

MOST_STATIONS = 15
"""Stations of a medium that are listed unless all are asked for; the rest is counted."""
MOST_EVENTS = 10
NAME_CELLS = 24
"""Cells of a station's name at most; in a console below `ROOMY` columns fewer."""
ROOMY = 100
NARROW_NAME_CELLS = 18
MEDIA: tuple[Medium, ...] = ("air", "water")
STATES: tuple[HearingState, ...] = ("heard", "silent", "never_heard", "switched_off")
_LABEL_CELLS = 12
_MB = 1024**2
_BAD, _DOUBT, _DIM = "bold red", "yellow", "dim"
_SEVERITY_STYLES = {"critical": "bold red", "warning": "red", "watch": "yellow", "info": ""}
_STATE_STYLES = {"silent": "bold magenta", "never_heard": "magenta", "switched_off": _DIM}
_ORDER = ("silent", "never_heard", "heard", "switched_off")
_OWN_LINES = ("broker", "network_thread", "store", "journal")
"""Parts whose troubles stand in lines of their own."""


def status_lines(
    status: Status, words: StatusWords, width: int, *, most_stations: int = MOST_STATIONS
) -> Iterator[Text]:
    """All lines; none is cut here, and names are as long as a console of `width` columns has room for.

    Of each medium at most so many stations are listed.
    """
    yield _title(status, words)
    yield from _service(status, words)
    yield Text()
    yield from _events(status, words)
    for medium in MEDIA:
        found = [one for one in status.stations if one.site.medium == medium]
        if found:
            yield Text()
            yield from _stations(status, found, words, width, most_stations=most_stations)
    yield Text()
    yield from _quarantine(status, words)
    yield from _channels(status, words)


def _title(status: Status, words: StatusWords) -> Text:
    key = "simulated" if status.report and status.report.simulated else "clock"
    return Text.assemble((words(key, now=clock_time(status.now)), _DIM), "  ", _running(status, words))


def _running(status: Status, words: StatusWords) -> Text:
    report = status.report
    if report is None:
        return Text("liangqu " + words(status.state if status.state != "running" else "old", age="?"), _DOUBT)
    name = f"liangqu {report.version} "
    if status.uptime is not None:
        line = Text.assemble(
            (name, "bold"),
            words("running", uptime=words.span(status.uptime), started=clock_time(report.started)),
        )
        age = status.now - report.said
        if age > 3 * EVERY:
            line.append(words("comma") + words("old", age=words.span(age)), _DOUBT)
        return line
    at = clock_time(report.stopped or report.said)
    return Text(name + words(status.state, at=at), _BAD if status.state == "ended" else _DOUBT)


def _service(status: Status, words: StatusWords) -> Iterator[Text]:
    report = status.report
    if report is not None and status.state == "running":
        yield _part(status, report, words, "broker")
        yield _part(status, report, words, "store")
    yield _labelled(words("journal"), _journal(status.journal, status, words))
    if report is None or status.state != "running":
        return
    if report.http:
        yield _labelled(words("pages"), Text(f"http://127.0.0.1:{report.http}/"))
    for part, trouble in report.troubles.items():
        if part not in _OWN_LINES:
            said = describe_cause(trouble.words, words.language)
            yield _labelled(describe_part(part, words.language), Text(escaped(said), _BAD))
    for part, times in report.restarts.items():
        said = words("restarted", part=describe_part(part, words.language), times=times)
        yield _labelled(words("part"), Text(said, _DOUBT))
    for warning in report.warnings:
        yield _labelled(words("warning"), Text(escaped(describe_cause(warning, words.language)), _DOUBT))


def _part(status: Status, report: SelfReport, words: StatusWords, part: str) -> Text:
    """Broker or store: that it works, or why not and for how long."""
    names = ("broker", "network_thread") if part == "broker" else (part,)
    trouble = next((one for name in names if (one := report.troubles.get(name))), None)
    if trouble is not None:
        said = describe_cause(trouble.words, words.language)
        age = words.span(status.now - trouble.since)
        return _labelled(words(part), Text(escaped(words("trouble", words=said, age=age)), _BAD))
    if part == "broker":
        since = "?" if report.connected is None else clock_time(report.connected)
        return _labelled(words("broker"), Text(words("connected", broker=report.broker, since=since)))
    return _labelled(words("store"), Text(words("works", store=report.store)))


def _journal(journal: JournalLoad, status: Status, words: StatusWords) -> Text:
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
    return Text(escaped(words.joined([said, *parts])), _BAD if said else "")


def _labelled(label: str, text: Text) -> Text:
    return Text.assemble("  ", (set_cell_size(label, _LABEL_CELLS), _DIM), text)


def _events(status: Status, words: StatusWords) -> Iterator[Text]:
    open_ = [view for view in status.events if view.is_open]
    head = Text(words("events"), "bold")
    head.append(words("colon"))
    counts = [(each, sum(view.severity == each for view in open_)) for each in reversed(SEVERITY_IDS)]
    for n, (severity, count) in enumerate((each, count) for each, count in counts if count):
        head.append(words("comma") if n else "")
        head.append(f"{words.name(SEVERITIES[severity])} {count}", _SEVERITY_STYLES[severity])
    if not open_:
        head.append(words("no_events"))
    if status.silences:
        head.append(words("comma") + words("silences", silences=status.silences), _DIM)
    yield head
    for view in status.events[:MOST_EVENTS]:
        yield _event(view, words)
    if len(status.events) > MOST_EVENTS:
        yield Text("  " + words("more_events", n=len(status.events) - MOST_EVENTS), _DIM)


def _event(view: EventView, words: StatusWords) -> Text:
    severity = words.name(SEVERITIES[view.severity])
    line = Text.assemble(
        f"  {clock_time(view.begun)} ",
        (severity, _SEVERITY_STYLES[view.severity] if view.is_open else _DIM),
        f" {escaped(headline(view, words.language))}",
    )
    if not view.is_open:
        line.append(words("comma") + words("recovering"), _DIM)
    elif view.acked_by:
        line.append(words("comma") + words("acknowledged", by=escaped(view.acked_by)), _DIM)
    return line


def _stations(
    status: Status, found: Sequence[StationFacts], words: StatusWords, width: int, *, most_stations: int
) -> Iterator[Text]:
    """A head with counts and zones, then a line each: what is silent first, then the worst."""
    medium = found[0].site.medium
    head = Text(words(medium), "bold")
    counts = {state: sum(one.state == state for one in found) for state in STATES}
    head.append(words("colon") + words.joined(words(state, n=n) for state, n in counts.items() if n))
    for area in status.areas if medium == "air" else ():
        shown, colour = words.value(area.value, "air")
        head.append(f"{words('comma')}{words.name(area.place.short)} ")
        head.append_text(Text.assemble(("■ ", f"rgb({','.join(map(str, colour.rgb))})"), shown))
    yield head
    ranked = sorted(found, key=_rank)
    listed = ranked[:most_stations]
    most = NAME_CELLS if width >= ROOMY else NARROW_NAME_CELLS
    found_names = (words("station"), *(words.name(one.site.name) for one in listed))
    names = min(most, max(map(cell_len, found_names)))
    ages = [_age(one, status, words) for one in listed]
    cells = _Cells(names, max(map(cell_len, [words("age"), *ages])))
    yield Text("  " + cells.row(words("station"), words("heard_at"), words("age")) + words("value"), _DIM)
    for one, age in zip(listed, ages, strict=True):
        yield _station(one, age, words, cells)
    if len(ranked) > len(listed):
        yield Text("  " + words("more_stations", n=f"{len(ranked) - len(listed):,}"), _DIM)


def _rank(one: StationFacts) -> tuple[int, int, str]:
    return _ORDER.index(one.state), -(one.value.number if one.value else 0), one.site.id


class _Cells(NamedTuple):
    """How wide the columns are before the value."""

    name: int
    age: int

    def row(self, name: str, heard: str, age: str) -> str:
        """A line's begin; a name that is too long is cut with a sign that it was."""
        fits = cell_len(name) <= self.name
        shown = set_cell_size(name, self.name) if fits else set_cell_size(name, self.name - 1) + "…"
        return f"{shown}  {set_cell_size(heard, 11)}  {set_cell_size(age, self.age)}  "


def _age(one: StationFacts, status: Status, words: StatusWords) -> str:
    """`10 min / 1 h`: how long ago, and its cycle."""
    ago = "–" if one.heard is None else words.span(status.now - one.heard)
    return f"{ago} / {words.span(one.site.cycle)}"


def _station(one: StationFacts, age: str, words: StatusWords, cells: _Cells) -> Text:
    heard = "–" if one.heard is None else clock_time(one.heard)
    begin = cells.row(escaped(words.name(one.site.name)), heard, age)
    line = Text("  " + begin, _STATE_STYLES.get(one.state, ""))
    if one.value is not None:
        shown, colour = words.value(one.value, one.site.medium)
        line.append_text(Text.assemble(("■ ", f"rgb({','.join(map(str, colour.rgb))})"), shown))
    elif one.state == "heard":
        line.append("–", _DIM)
    remarks = [words(f"is_{one.state}")] if one.state != "heard" else []
    remarks += [words.name(describe_fault(one.fault))] if one.fault is not None else []
    if remarks:
        line.append(("  " if one.value else "") + words.joined(remarks), _STATE_STYLES.get(one.state, _DOUBT))
    return line


def _quarantine(status: Status, words: StatusWords) -> Iterator[Text]:
    line = Text(words("quarantine"), "bold")
    line.append(words("colon"))
    line.append(f"{sum(one.items for one in status.quarantine):,}" if status.quarantine else words("nothing"))
    yield line
    for one in status.quarantine:
        last = words("newest", at=clock_time(one.newest))
        said = words.joined([f"{words.name(describe_reason(one.reason))} {one.items:,}", last])
        yield Text(f"  {said}", _DOUBT)


def _channels(status: Status, words: StatusWords) -> Iterator[Text]:
    yield Text(words("channels"), "bold")
    for one in status.channels:
        yield _labelled(one.id, _channel(one, words))


def _channel(one: ChannelFacts, words: StatusWords) -> Text:
    line = Text(escaped(one.address + words("comma")) if one.address else "")
    line.append(words("never_sent") if one.sent is None else words("sent", at=clock_time(one.sent)))
    if one.waiting:
        line.append(words("comma") + words("waits", n=f"{one.waiting:,}"))
    if one.failure and one.failed is not None:
        why = escaped(describe_cause(one.failure, words.language))
        line.append(words("comma") + words("failed", at=clock_time(one.failed), why=why), _BAD)
    return line
