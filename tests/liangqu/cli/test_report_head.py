"""Names that the settings give a report: `check` shows them, the report bears them, another is a revision."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.liangqu.cli.test_import import Place

FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)
HEAD = '[report]\norganisation = "监测中心"\nprepared_by = "张三"\nreviewed_by = "李四"\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A station with nine hours of October 2026."""
    made = Place(tmp_path, HEAD)
    rows = "".join(f"wujinku,{(FIRST + timedelta(hours=h)).isoformat()},20\n" for h in range(9))
    assert made.run("import", made.file(f"site,time,pm25\n{rows}"))[0] == 0
    return made


def report(place: Place) -> Path:
    code, text = place.run("report", "2026-10", "--out", str(place.folder / "out"))
    assert code == 0, text
    return Path(text.splitlines()[0]).parent


def test_another_name_is_another_revision_and_the_same_is_none(place: Place) -> None:
    first = report(place)
    assert report(place) == first
    (place.folder / "liangqu.toml").write_text(HEAD.replace("李四", "王五"), encoding="utf-8")

    second = report(place)

    names = [
        json.loads((one / "report.json").read_text())["imprint"]["reviewed_by"] for one in (first, second)
    ]
    assert names == ["李四", "王五"]
    assert "<b>李四</b>" in (first / "report.html").read_text(encoding="utf-8")
    assert "<b>王五</b>" in (second / "report.html").read_text(encoding="utf-8")


def test_check_says_who_is_named_and_what_is_left_to_be_signed(place: Place) -> None:
    _, text = place.run("check")

    shown = " ".join(text.split())
    assert "report 监测中心; prepared by 张三; reviewed by 李四; to be signed by hand: issued by" in shown
