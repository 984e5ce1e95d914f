"""The facts as lines for a terminal: what is wrong first, a station a line, in official colours."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from alerts.notify.words import SEVERITIES
from alerts.texts.event_view import EventView
from alerts.texts.headline import headline
from liangqu.status.content import StationFacts, Status
from liangqu.status.statements import (
    Mood,
    count_severities,
    count_states,
    describe_age,
    ranked,
    remarks,
    state_channel,
    state_refused,
    state_running,
    state_service,
)
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
_LABEL_CELLS = 12
_BAD, _DOUBT, _DIM = "bold red", "yellow", "dim"
_MOOD_STYLES: Mapping[Mood, str] = {"bad": _BAD, "doubt": _DOUBT, "plain": "", "good": ""}
_SEVERITY_STYLES = {"critical": "bold red", "warning": "red", "watch": "yellow", "info": ""}
_STATE_STYLES = {"silent": "bold magenta", "never_heard": "magenta", "switched_off": _DIM}


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
    running = state_running(status, words)
    now = (words(key, now=clock_time(status.now)), _DIM)
    return Text.assemble(now, "  ", (f"{running.label} ", "bold"), (running.text, _MOOD_STYLES[running.mood]))


def _service(status: Status, words: StatusWords) -> Iterator[Text]:
    for each in state_service(status, words):
        yield _labelled(each.label, Text(escaped(each.text), _MOOD_STYLES[each.mood]))


def _labelled(label: str, text: Text) -> Text:
    return Text.assemble("  ", (set_cell_size(label, _LABEL_CELLS), _DIM), text)


def _events(status: Status, words: StatusWords) -> Iterator[Text]:
    head = Text(words("events"), "bold")
    head.append(words("colon"))
    counts = count_severities(status)
    for n, (severity, count) in enumerate(counts.items()):
        head.append(words("comma") if n else "")
        head.append(f"{words.name(SEVERITIES[severity])} {count}", _SEVERITY_STYLES[severity])
    if not counts:
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
    head.append(words("colon") + words.joined(words(state, n=n) for state, n in count_states(found).items()))
    for area in status.areas if medium == "air" else ():
        shown, colour = words.value(area.value, "air")
        head.append(f"{words('comma')}{words.name(area.place.short)} ")
        head.append_text(Text.assemble(("■ ", f"rgb({','.join(map(str, colour.rgb))})"), shown))
    yield head
    listed = ranked(found)[:most_stations]
    most = NAME_CELLS if width >= ROOMY else NARROW_NAME_CELLS
    found_names = (words("station"), *(words.name(one.site.name) for one in listed))
    names = min(most, max(map(cell_len, found_names)))
    ages = [describe_age(one, status, words) for one in listed]
    cells = _Cells(names, max(map(cell_len, [words("age"), *ages])))
    yield Text("  " + cells.row(words("station"), words("heard_at"), words("age")) + words("value"), _DIM)
    for one, age in zip(listed, ages, strict=True):
        yield _station(one, age, words, cells)
    if len(found) > len(listed):
        yield Text("  " + words("more_stations", n=f"{len(found) - len(listed):,}"), _DIM)


class _Cells(NamedTuple):
    """How wide the columns are before the value."""

    name: int
    age: int

    def row(self, name: str, heard: str, age: str) -> str:
        """A line's begin; a name that is too long is cut with a sign that it was."""
        fits = cell_len(name) <= self.name
        shown = set_cell_size(name, self.name) if fits else set_cell_size(name, self.name - 1) + "…"
        return f"{shown}  {set_cell_size(heard, 11)}  {set_cell_size(age, self.age)}  "


def _station(one: StationFacts, age: str, words: StatusWords, cells: _Cells) -> Text:
    heard = "–" if one.heard is None else clock_time(one.heard)
    begin = cells.row(escaped(words.name(one.site.name)), heard, age)
    line = Text("  " + begin, _STATE_STYLES.get(one.state, ""))
    if one.value is not None:
        shown, colour = words.value(one.value, one.site.medium)
        line.append_text(Text.assemble(("■ ", f"rgb({','.join(map(str, colour.rgb))})"), shown))
    elif one.state == "heard":
        line.append("–", _DIM)
    if said := remarks(one, words):
        style = _STATE_STYLES.get(one.state, _DOUBT)
        line.append(("  " if one.value else "") + escaped(words.joined(said)), style)
    return line


def _quarantine(status: Status, words: StatusWords) -> Iterator[Text]:
    line = Text(words("quarantine"), "bold")
    line.append(words("colon"))
    line.append(f"{sum(one.items for one in status.quarantine):,}" if status.quarantine else words("nothing"))
    yield line
    for one in status.quarantine:
        refused = state_refused(one, words)
        yield Text(f"  {refused.label} {refused.text}", _DOUBT)


def _channels(status: Status, words: StatusWords) -> Iterator[Text]:
    yield Text(words("channels"), "bold")
    for one in status.channels:
        said = state_channel(one, words)
        yield _labelled(said.label, Text(escaped(said.text), _MOOD_STYLES[said.mood]))
