"""`liangqu report`, `mark`, `unmark` and `export`, as they are typed."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.marks import all_marks, journal_marks
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import FieldValue, Point
from tests.liangqu.cli.test_import import Place

FIRST = datetime(2026, 8, 31, 16, tzinfo=UTC)
SITES = ("wujinku", "yunding")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two stations, September and October 2026: PM2.5 19 and 21 by turns, 70 more from 10 to 12 October."""
    made = Place(tmp_path_factory.mktemp("place"))
    lines = ["site,time,pm25\n"]
    for hour in range(61 * 24):
        time = FIRST + timedelta(hours=hour)
        value = 19 + hour % 2 * 2
        polluted = datetime(2026, 10, 9, 16, tzinfo=UTC) <= time < datetime(2026, 10, 12, 16, tzinfo=UTC)
        lines += [f"{site},{time.isoformat()},{value + 70 * polluted}\n" for site in SITES]
    code, text = made.run("import", made.file("".join(lines)))
    assert code == 0, text
    return made


def means(folder: Path) -> dict[tuple[str, str, str, str], dict[str, str]]:
    text = (folder / "means.csv").read_text(encoding="utf-8")
    return {
        (r["site"], r["parameter"], r["statistic"], r["start"][:10]): r
        for r in csv.DictReader(io.StringIO(text))
    }


def report(place: Place, out: str, *more: str) -> Path:
    code, text = place.run("report", "2026-10", "--out", str(place.folder / out), *more)
    assert code == 0, text
    return Path(text.splitlines()[0]).parent


@pytest.fixture(scope="module")
def standing(place: Place) -> Path:
    """The first report, in Chinese, for all that compare with one."""
    return report(place, "out")


def test_a_month_becomes_a_folder_of_files_in_the_language_asked_for(place: Place, standing: Path) -> None:
    zh, en = standing, report(place, "out", "--language", "en")

    assert zh == place.folder / "out" / "2026-10" / "zh"
    assert en == place.folder / "out" / "2026-10" / "en"
    wanted = {
        "report.html", "report.docx", "report.xlsx", "means.csv", "exceedances.csv", "figures.json",
        "report.json",
    }  # fmt: skip
    assert {file.name for file in zh.iterdir()} == {file.name for file in en.iterdir()} == wanted
    assert (zh / "means.csv").read_bytes() == (en / "means.csv").read_bytes()
    month = means(zh)["zone-competition", "pm25", "month", "2026-10-01"]
    # (28 x 20 + 3 x 90) / 31
    assert (month["value"], month["n"], month["target"], month["met"]) == (
        "27",
        "31",
        "25",
        "",
    )  # a month is no year
    assert float(month["unrounded"]) == pytest.approx(830 / 31)


def test_the_same_month_twice_is_the_same_bytes(place: Place, standing: Path) -> None:
    one, other = standing, report(place, "other")

    for file in one.iterdir():
        assert file.read_bytes() == (other / file.name).read_bytes(), file.name


def day_in_store(place: Place) -> tuple[int, bool]:
    """How many hours the store's mean of 10 October rests on, and whether that is enough."""
    store = place.store()
    start = datetime(2026, 10, 9, 16, tzinfo=UTC)
    row = store.statistics("wujinku", "pm25", "day", start, start + timedelta(hours=1)).iloc[0]
    store.close()
    return int(row["n"]), bool(row["valid"])


def test_what_yielded_has_not_arrived(tmp_path: Path) -> None:
    """A revision, what came late, and what yielded, each received a minute after the one before."""
    place = Place(tmp_path)
    hours = [FIRST + timedelta(days=31, hours=hour) for hour in range(9)]
    rows = "".join(f"wujinku,{time.isoformat()},20\n" for time in hours)
    place.run("import", place.file(f"site,time,pm25\n{rows}"))
    store, received = place.store(), hours[-1]
    for minute, (former, source) in enumerate([(19.0, "mqtt"), (None, "mqtt"), (18.0, "import:kept")]):
        fields: dict[str, FieldValue | None] = {"former": former, "value": 20.0, "source": source}
        fields["of"] = hours[minute].isoformat()
        tags = {"site": "wujinku", "parameter": "pm25", "kind": "rtd"}
        store.write([Point("revision", tags, fields, received + timedelta(minutes=minute))])
    store.close()

    content = json.loads((report(place, "out") / "report.json").read_text(encoding="utf-8"))

    assert datetime.fromisoformat(content["inputs"]["arrivals_until"]) == received + timedelta(minutes=1)


def test_a_mark_a_new_revision_what_changed_and_the_mark_taken_back(place: Place, standing: Path) -> None:
    first = standing
    week = ("wujinku", "pm25", "2026-10-10", "2026-10-13T00:00")

    code, text = place.run("mark", *week, "--as", "invalid", "--reason", "纸带故障", "--by", "王")
    assert (code, text.splitlines()[0]) == (0, "wujinku pm25: marked invalid")
    assert day_in_store(place) == (0, False)
    second = report(place, "second", "--supersedes", str(first))

    content = json.loads((second / "report.json").read_text(encoding="utf-8"))
    assert (content["number"], content["revision"]) == ("LQ-2026-10", 2)
    assert content["marks"][0]["reason"] == "纸带故障"
    causes = [cause for one in content["changes"] for cause in one["causes"]]
    assert causes[0] == {"kind": "mark", "reason": "纸带故障", "by": "王"}
    assert all(cause == causes[0] for cause in causes)
    values = [c for c in content["changes"] if c["row"][0] == "五金库"]
    assert ("27", "20") in {(one["old"], one["new"]) for one in values}
    assert not [c for c in content["changes"] if {"云顶", "竞赛区"}.intersection(c["row"])]
    assert "纸带故障" in (second / "report.html").read_text(encoding="utf-8")

    code, text = place.run("unmark", *week, "--reason", "查明正常", "--by", "王")
    assert (code, text.splitlines()[0]) == (0, "wujinku pm25: marks withdrawn")
    assert day_in_store(place) == (24, True)
    assert means(report(place, "third")) == means(first)
    assert place.run("unmark", *week, "--reason", "x", "--by", "y") == (
        1,
        "no mark on wujinku pm25 in that interval",
    )


def test_a_window_to_come_leaves_nothing_to_compute_and_is_kept_in_both_files(place: Place) -> None:
    code, text = place.run(
        "mark",
        "yunding",
        "all",
        "2099-01-01",
        "2099-01-02",
        "--as",
        "maintenance",
        "--reason",
        "校准",
        "--by",
        "李",
    )

    assert (code, text) == (0, "yunding all: marked maintenance\n")
    journal, store = Journal(place.folder / "journal.db"), place.store()
    with journal.snapshot() as connection:
        (kept,) = [mark for mark in journal_marks(connection) if mark.site == "yunding"]
        assert [one.what for one in requests.pending(connection)][-1] == "mark"
    assert kept in all_marks(store)
    assert (kept.parameter, kept.start.isoformat()) == ("all", "2098-12-31T16:00:00+00:00")
    journal.close()
    store.close()


OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-02")
DAY = ("2026-10-01", "2026-10-02")


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        pytest.param(["report", "2026-13"], 2, "'2026-13' is not a month such as 2016-12", id="no month"),
        pytest.param(["report", "2025-03"], 1, "there is no reading in 2025-03", id="an empty month"),
        pytest.param(["report", "2199-01"], 2, "is not a month", id="far away"),
        pytest.param(["report", "2099-01"], 1, "2099-01 has not begun", id="a month to come"),
        pytest.param(
            ["report", "2026-10", "--supersedes", "nowhere"],
            2,
            "nowhere/report.json: No such",
            id="no former",
        ),
        pytest.param(["mark", "nowhere", "pm25", *DAY], 2, "SITE: there is no site 'nowhere'", id="no site"),
        pytest.param(["mark", "wujinku", "dust", *DAY], 2, "there is no parameter 'dust'", id="no parameter"),
        pytest.param(["mark", "wujinku", "nh3n", *DAY], 2, "nh3n is of water", id="another medium"),
        pytest.param(["mark", "wujinku", "pm25", "soon", DAY[1]], 2, "FROM: time 'soon'", id="no time"),
        pytest.param(["mark", "wujinku", "pm25", DAY[1], DAY[1]], 2, "is not after", id="no length"),
        pytest.param(["export", "nowhere", *OCTOBER], 2, "zone or river 'nowhere'", id="export nothing"),
        pytest.param(["export", "yunding", "--from", "2020", "--to", "2021"], 2, "--from: time", id="a year"),
        pytest.param(["export", "yanchang", *OCTOBER], 1, "no reading of yanchang is", id="empty export"),
        pytest.param(["export", "wujinku", *OCTOBER, "--format", "xlsx"], 2, "needs --out", id="no file"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(typed: list[str], code: int, words: str, place: Place) -> None:
    if typed[0] == "mark":
        typed = [*typed, "--as", "invalid", "--reason", "r", "--by", "b"]

    found, text = place.run(*typed)

    assert (found, words in text) == (code, True), text


def test_a_report_is_never_written_over(tmp_path: Path) -> None:
    """Run again it stays; other readings make revision 2, then 3, in folders of their own."""
    place = Place(tmp_path)
    hours = [FIRST + timedelta(days=31, hours=hour) for hour in range(40)]
    feed(place, hours[:30], 20)
    first = report(place, "kept")
    files = {file.name: file.read_bytes() for file in first.iterdir()}

    code, text = place.run("report", "2026-10", "--out", str(tmp_path / "kept"))
    assert (code, text.splitlines()) == (
        0,
        [str(first / "report.html"), "nothing has changed since revision 1, which stays as it is"],
    )
    feed(place, hours[30:35], 90)
    second = report(place, "kept")
    feed(place, hours[35:], 10)
    third = report(place, "kept", "--supersedes", str(second))

    month = tmp_path / "kept" / "2026-10"
    assert (first, second, third) == (
        month / "zh", month / "revision-2" / "zh", month / "revision-3" / "zh",
    )  # fmt: skip
    assert {file.name: file.read_bytes() for file in first.iterdir()} == files
    told = [json.loads((one / "report.json").read_text(encoding="utf-8")) for one in (first, second, third)]
    assert [(one["number"], one["revision"]) for one in told] == [("LQ-2026-10", n) for n in (1, 2, 3)]
    assert told[2]["supersedes"] == "LQ-2026-10 revision 2"
    again = place.run("report", "2026-10", "--out", str(tmp_path / "kept"), "--supersedes", str(first))
    assert again == (1, f"{month / 'revision-2' / 'zh'}: a report stands there; choose another --out")


def test_a_file_that_a_standing_report_lacks_is_added(place: Place) -> None:
    first = report(place, "lacking")
    before = (first / "report.html").read_bytes()
    (first / "report.xlsx").unlink()

    assert report(place, "lacking") == first

    assert (first / "report.xlsx").exists()
    assert (first / "report.html").read_bytes() == before


def test_a_damaged_report_is_never_written_over(place: Place) -> None:
    first = report(place, "damaged")
    (first / "means.csv").unlink()

    told = place.run("report", "2026-10", "--out", str(place.folder / "damaged"))

    assert told == (2, f"--out: {first / 'means.csv'}: No such file or directory")


def feed(place: Place, hours: list[datetime], value: float) -> None:
    """Readings of one station."""
    rows = "".join(f"wujinku,{time.isoformat()},{value}\n" for time in hours)
    code, text = place.run("import", place.file(f"site,time,pm25\n{rows}"))
    assert code == 0, text


def test_exported_readings_can_be_imported_again(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    span = ("--from", "2026-10-01", "--to", "2026-11-01")
    assert place.run("export", "wujinku", *span, "--out", str(file))[0] == 0

    other = Place(tmp_path)
    assert other.run("import", str(file)) == (
        0, "744 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined\n",
    )  # fmt: skip
    ours, theirs = SqliteStore(place.folder / "liangqu.db"), other.store()
    start, end = datetime(2026, 9, 30, 16, tzinfo=UTC), datetime(2026, 10, 31, 16, tzinfo=UTC)
    before, after = (store.readings("wujinku", "pm25", start, end) for store in (ours, theirs))
    assert before[["value", "flag"]].equals(after[["value", "flag"]])
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        pytest.param("/dev/full", "No space left on device", id="a full disk"),
        pytest.param("loop", "Too many levels of symbolic links", id="links in a circle"),
        pytest.param("missing/x.xlsx", "No such file or directory", id="no folder"),
        pytest.param("/dev/full/x.xlsx", "Not a directory", id="below a file"),
    ],
)
def test_a_workbook_that_cannot_be_written_is_one_line(
    file: str, words: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    span = ("--from", "2026-10-01", "--to", "2026-10-02")

    told = place.run("export", "all", *span, "--format", "xlsx", "--out", file)

    assert told == (1, f"{file}: {words}")


def test_a_workbook_has_the_same_rows_as_numbers(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "rows.xlsx"
    span = ("--from", "2026-10-01", "--to", "2026-10-02")
    code, text = place.run("export", "all", *span, "--format", "xlsx", "--out", str(file))

    assert code == 0, text
    sheet = openpyxl.load_workbook(file).active
    assert sheet is not None
    assert (sheet.max_row, sheet.freeze_panes) == (1 + 2 * 24, "A2")
    assert [sheet["A2"].value, sheet["C2"].value, sheet["D2"].value] == [
        "wujinku",
        "2026-10-01T00:00:00+08:00",
        19,
    ]
