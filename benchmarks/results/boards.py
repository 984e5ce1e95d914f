"""Queries of the boards, asked of a real influxd: a point a reading, as it was, and a point a site's time."""

import json
import random
import statistics
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from dashboards.grafana.build import to_files
from ingest.journal.entries import ReadingEntry
from ingest.stores.influxdb.lines import to_lines
from sensors.calendar import to_ms
from sensors.catalogue import loader
from sensors.model import Checked, Reading, Validity
from tests.support.filled_store import Panel, panels
from tests.support.servers import Influxd

SITES = [f"station-{n}" for n in range(20)]
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure")
DAYS = 30
END = datetime(2026, 11, 1, tzinfo=UTC)
CYCLE = timedelta(minutes=5)
ROUNDS = 21
COMPACTED_AT_ONCE = 'cache-snapshot-write-cold-duration = "1s"\ncompact-full-write-cold-duration = "1s"\n'
BEFORE, AFTER = "a_point_a_reading", "a_point_a_time"

POLLUTANT_BEFORE = (
    'SELECT mean("value") FROM "air" WHERE "site" = \'${{site:raw}}\' AND "parameter" = \'{}\''
    " AND \"validity\" = 'valid' AND $timeFilter GROUP BY time($__interval) fill(null)"
)
FLAGGED_BEFORE = (
    'SELECT "value", "flag", "failed", "validity", "parameter", "kind" FROM "air"'
    " WHERE \"site\" = '${site:raw}' AND \"validity\" != 'valid' AND $timeFilter ORDER BY time DESC LIMIT 500"
)
SITES_LISTED = 'SHOW TAG VALUES FROM "air" WITH KEY = "site"'
KINDS_LISTED = 'SHOW TAG VALUES FROM "air" WITH KEY = "kind" WHERE "site" = \'${site:raw}\''


class Question(NamedTuple):
    """A question in both layouts: the board's statements as they were, and as they are."""

    title: str
    since: str
    before: list[str]
    after: list[str]


def readings(day: int) -> Iterator[Checked]:
    """All readings of one day: 1 % fail a check with neighbours, 1 % one alone."""
    chance = random.Random(day)
    start = END - timedelta(days=DAYS - day)
    outcomes: list[tuple[tuple[str, ...], Validity]] = [
        ((), "valid"),
        (("spike",), "suspect"),
        (("range",), "invalid"),
    ]
    for step in range(timedelta(days=1) // CYCLE):
        stamp = start + step * CYCLE
        for site in SITES:
            for parameter in PARAMETERS:
                (outcome,) = chance.choices(outcomes, (98, 1, 1))
                value = round(chance.gauss(50, 12), 1)
                yield Checked(Reading(site, parameter, "rtd", stamp, value, "N", stamp), *outcome)


def lines_before(day: Iterable[Checked]) -> list[str]:
    """A line a reading."""
    return [
        f"air,kind={r.kind},parameter={r.parameter},site={r.site}"
        f' value={r.value!r},flag="{r.flag}",failed="{",".join(one.failed)}",validity="{one.validity}"'
        f" {to_ms(r.time)}"
        for one in day
        for r in (one.reading,)
    ]


def lines_after(day: Iterable[Checked]) -> list[str]:
    """A line a site's time, as the store writes it."""
    lines, refused = to_lines([ReadingEntry("air", one, "new") for one in day])
    if refused:
        sys.exit(f"refused: {refused[0]}")
    return [line.text for line in lines]


def send(url: str, path: str, fields: Mapping[str, str], body: str = "") -> Any:
    """What influxd answers."""
    target = f"{url}{path}?{urllib.parse.urlencode(fields)}"
    request = urllib.request.Request(target, body.encode(), method="POST")  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=600) as answer:  # noqa: S310 - same
        return json.loads(answer.read() or b"null")


def fill(server: Influxd) -> dict[str, float]:
    """The month in both layouts, day by day in turns; the seconds influxd took for each."""
    took = dict.fromkeys((BEFORE, AFTER), 0.0)
    for database in took:
        send(server.url, "/query", {"q": f"CREATE DATABASE {database}"})
    for day in range(DAYS):
        made = [*readings(day)]
        for database, to_text in ((BEFORE, lines_before), (AFTER, lines_after)):
            lines = to_text(made)
            for first in range(0, len(lines), 10_000):
                body = "\n".join(lines[first : first + 10_000])
                began = time.perf_counter()
                send(server.url, "/write", {"db": database, "precision": "ms"}, body)
                took[database] += time.perf_counter() - began
    return took


def wait_until_compacted(folder: Path) -> None:
    """Return when each shard is one file and nothing waits to be written into it."""
    while not _is_compacted(folder):
        time.sleep(0.5)


def _is_compacted(folder: Path) -> bool:
    shards = [[*shard.glob("*.tsm*")] for shard in (folder / "data").glob("a_*/autogen/*")]
    waiting = sum(file.stat().st_size for file in (folder / "wal").rglob("*.wal"))
    return not waiting and all([file.suffix for file in files] == [".tsm"] for files in shards)


def questions() -> list[Question]:
    """The boards' queries of readings."""
    name = "en/air.json"
    board = json.loads(to_files(loader.load())[name])
    asked = [panel.statement for panel in panels(name, board)]
    of_readings = [statement for statement in asked if 'FROM "air"' in statement]
    pollutants = PARAMETERS[: len(of_readings)]
    before = [POLLUTANT_BEFORE.format(parameter) for parameter in pollutants]
    (flagged,) = [statement for statement in asked if 'FROM "flagged"' in statement]
    return [
        Question("one pollutant, 7 days", "7d", before[:1], of_readings[:1]),
        Question("one pollutant, 30 days", "30d", before[:1], of_readings[:1]),
        Question(f"all {len(before)} pollutants, 7 days", "7d", before, of_readings),
        Question(f"all {len(before)} pollutants, 30 days", "30d", before, of_readings),
        Question("flagged values, 90 days, newest 500", "90d", [FLAGGED_BEFORE], [flagged]),
        Question("list of sites", "7d", [SITES_LISTED], [SITES_LISTED]),
        Question("list of a site's kinds (new)", "7d", [], [KINDS_LISTED]),
    ]


def asking(server: Influxd, database: str, statements: list[str], since: str) -> Callable[[], Any]:
    """What asks these statements one after the other, as a browser's panels do."""
    filled = [
        Panel("air", "", "A", one, since, ()).filled_in(to_ms(END), site=SITES[7], kind="rtd")
        for one in statements
    ]
    return lambda: [send(server.url, "/query", {"db": database, "q": one}) for one in filled]


def milliseconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def shown(answers: Any) -> list[Any]:
    """Numbers of an answer, whatever their columns are called; of a list only how many rows it has."""
    rows = [
        series["values"]
        for answer in answers
        for one in answer["results"]
        for series in one.get("series", ())
    ]
    return [row if len(row[0]) == 2 else len(row) for row in rows]


def compare(server: Influxd, question: Question) -> str:
    """A row of the table: medians of runs in turns; both layouts must answer the same."""
    before = asking(server, BEFORE, question.before, question.since)
    after = asking(server, AFTER, question.after, question.since)
    first, second = before(), after()
    if question.before and shown(first) != shown(second):
        sys.exit(f"{question.title}: two answers")
    runs = [(milliseconds(before), milliseconds(after)) for _ in range(ROUNDS)]
    took = [f"{statistics.median(column):.1f}" for column in zip(*runs, strict=True)]
    lengths = [str(sum(map(len, statements))) for statements in (question.before, question.after)]
    if not question.before:
        took[0] = lengths[0] = "–"
    return f"| {question.title} | {lengths[0]} | {lengths[1]} | {took[0]} | {took[1]} |"


def series_count(server: Influxd, database: str) -> int:
    """How many series a database has."""
    (result,) = send(server.url, "/query", {"db": database, "q": "SHOW SERIES"})["results"]
    return sum(len(one["values"]) for one in result["series"])


def size_mb(folder: Path, database: str) -> float:
    """Of a database's data files."""
    return sum(file.stat().st_size for file in (folder / "data" / database).rglob("*.tsm")) / 1e6


def main() -> None:
    """Print the tables; wants influxd to be installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Influxd(folder, data=COMPACTED_AT_ONCE).start()
        try:
            written = fill(server)
            wait_until_compacted(folder)
            print("| | a point a reading | a point a site's time |\n|---|---|---|")
            before, after = (series_count(server, database) for database in (BEFORE, AFTER))
            print(f"| series | {before} | {after} |")
            print(f"| written in, s | {written[BEFORE]:.1f} | {written[AFTER]:.1f} |")
            print(f"| on disk, MB | {size_mb(folder, BEFORE):.1f} | {size_mb(folder, AFTER):.1f} |\n")
            print("| query | characters before | after | ms before | after |\n|---|---|---|---|---|")
            for question in questions():
                print(compare(server, question), flush=True)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
