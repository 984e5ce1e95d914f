"""`liangqu marks`, and marks on their way out by `export` and in again by `import`."""

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal.file import Journal
from ingest.marks import all_marks
from sensors.marks import Mark, effective_marks
from tests.liangqu.cli.test_import import Place

FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)
SPAN = ("--from", "2026-10-01", "--to", "2026-10-05")
MARKS = (
    ("wujinku", "pm25", "2026-10-01T06:00", "2026-10-02", "invalid", '=仪器故障, "纸带"', "张三"),
    ("wujinku", "all", "2026-10-03", "2026-10-04", "exceptional", "沙尘", "李四"),
    ("yunding", "all", "2026-10-02", "2026-10-03", "maintenance", "校准", "-王"),
    ("wujinku", "pm10", "2026-10-03T20:00", "2026-10-03T22:00", "invalid", "=A|B \\ 堵", "王 | 李"),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Four days of two stations, three marks, the last taken back in part, and one taken back whole."""
    made = Place(tmp_path_factory.mktemp("marked"))
    rows = "".join(
        f"{site},{(FIRST + timedelta(hours=hour)).isoformat()},{20 + hour},{40 + hour}\n"
        for hour in range(96)
        for site in ("wujinku", "yunding")
    )
    assert made.run("import", made.file(f"site,time,pm25,pm10\n{rows}"))[0] == 0
    for *where, what, reason, by in MARKS:
        mark(made, *where, "--as", what, "--reason", reason, "--by", by)
    mark(
        made, "yunding", "pm10", "2026-10-04", "2026-10-05", "--as", "invalid", "--reason", "疑", "--by", "王"
    )
    take_back(made, "yunding", "pm10", "2026-10-04", "2026-10-05", "查明正常", "赵六")
    take_back(made, "yunding", "all", "2026-10-02T10:00", "2026-10-02T12:00", "校准已停", "赵六")
    return made


def mark(place: Place, *words: str) -> None:
    code, text = place.run("mark", *words)
    assert code == 0, text


def take_back(place: Place, *where: str) -> None:
    *interval, reason, by = where
    code, text = place.run("unmark", *interval, "--reason", reason, "--by", by)
    assert code == 0, text


def exported(place: Place, site: str) -> dict[tuple[str, str], dict[str, str]]:
    file = place.folder / "exported.csv"
    code, text = place.run("export", site, *SPAN, "--out", str(file))
    assert code == 0, text
    with file.open(encoding="utf-8") as lines:
        return {(row["parameter"], row["time"][:16]): row for row in csv.DictReader(lines)}


def in_force(place: Place) -> list[Mark]:
    journal, store = Journal(place.folder / "journal.db"), place.store()
    with journal.snapshot() as connection:
        found = effective_marks(all_marks(store, connection))
    store.close()
    journal.close()
    return found


def test_an_export_says_what_counts_and_who_said_so(place: Place) -> None:
    rows = exported(place, "wujinku")

    broken = rows["pm25", "2026-10-01T06:00"]
    assert (broken["validity"], broken["mark"], broken["by"]) == ("invalid", "invalid", "张三")
    assert broken["reason"] == '\'=仪器故障, "纸带"'  # no formula for a spreadsheet
    assert rows["pm25", "2026-10-01T05:00"]["validity"] == "valid"
    assert rows["pm25", "2026-10-02T00:00"]["mark"] == ""
    assert rows["pm10", "2026-10-01T06:00"]["mark"] == ""
    dusty = rows["pm10", "2026-10-03T12:00"]
    assert (dusty["validity"], dusty["mark"], dusty["reason"]) == ("valid", "exceptional", "沙尘")
    twice = rows["pm10", "2026-10-03T21:00"]
    assert (twice["validity"], twice["mark"], twice["mark_of"]) == (
        "invalid",
        "invalid | exceptional",
        "pm10 | all",
    )
    assert (twice["reason"], twice["by"]) == (r"'=A\|B \\ 堵 | 沙尘", r"王 \| 李 | 李四")
    theirs = exported(place, "yunding")
    assert theirs["pm25", "2026-10-02T09:00"]["validity"] == "invalid"
    assert theirs["pm25", "2026-10-02T10:00"]["validity"] == "valid"
    assert theirs["pm10", "2026-10-04T10:00"]["mark"] == ""


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_brings_its_marks_back(place: Place, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"rows.{form}"
    assert place.run("export", "all", *SPAN, "--format", form, "--out", str(file))[0] == 0
    other = Place(tmp_path)

    code, text = other.run("import", str(file))

    assert (code, text.splitlines()[:2]) == (
        0,
        ["384 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined", "5 marks taken over"],
    )
    assert [(m.site, m.parameter, m.start, m.end, m.what, m.reason, m.by) for m in in_force(other)] == [
        (m.site, m.parameter, m.start, m.end, m.what, m.reason, m.by) for m in in_force(place)
    ]
    assert exported(other, "wujinku") == exported(place, "wujinku")
    again = other.run("import", str(file))[1]
    assert "taken over" not in again


def test_the_list_has_every_mark_every_withdrawal_and_what_became_of_it(place: Place) -> None:
    code, text = place.run("marks", "--json")

    assert code == 0
    rows = json.loads(text)
    assert [(r["site"], r["as"], r["by"], r["state"]) for r in rows] == [
        ("wujinku", "invalid", "张三", "in_force"),
        ("wujinku", "exceptional", "李四", "in_force"),
        ("yunding", "maintenance", "-王", "in_part"),
        ("wujinku", "invalid", "王 | 李", "in_force"),
        ("yunding", "invalid", "王", "taken_back"),
        ("yunding", "withdrawn", "赵六", "take_back"),
        ("yunding", "withdrawn", "赵六", "take_back"),
    ]
    assert rows[5]["reason"] == "查明正常"


def test_the_list_can_be_narrowed_and_speaks_the_language_of_the_settings(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "zh")
    code, text = place.run("marks", "--site", "yunding", "--from", "2026-10-04")

    assert code == 0
    lines = text.splitlines()
    assert [word for word in ("起", "现状", "标记人") if word not in lines[0]] == []
    assert len(lines) == 3
    assert "已撤销" in lines[1]
    assert "赵六" in lines[2]
    assert place.run("marks", "--from", "2099-01-01") == (0, "没有人工标记\n")
    assert place.run("marks", "--site", "nowhere")[0] == 2
    assert place.run("marks", "--csv")[1].splitlines()[0] == "site,parameter,from,to,as,reason,by,made,state"
