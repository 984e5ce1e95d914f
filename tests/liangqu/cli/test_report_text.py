"""The text of a month is edited in its file: carried into each revision, and marked where figures changed."""

import json
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.liangqu.cli.test_import import Place

FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)
OWN = "本月空气质量较好。"


def rows(value: int, hours: range) -> str:
    """Readings of PM2.5 at one station; every other is one more, as what never moves counts for nothing."""
    lines = [f"wujinku,{(FIRST + timedelta(hours=h)).isoformat()},{value + h % 2}\n" for h in hours]
    return f"site,time,pm25\n{''.join(lines)}"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The first thirty days of October 2026 at one station, 20 and 21 by turns."""
    made = Place(tmp_path)
    assert made.run("import", made.file(rows(20, range(30 * 24))))[0] == 0
    return made


def report(place: Place, *more: str, out: str = "out") -> Path:
    code, text = place.run("report", "2026-10", "--out", str(place.folder / out), *more)
    assert code == 0, text
    return Path(text.splitlines()[0]).parent


def text_file(place: Place) -> Path:
    return place.folder / "out" / "2026-10" / "text.zh.toml"


def edit(place: Place) -> None:
    """Someone writes another paragraph on air."""
    file = text_file(place)
    content = file.read_text(encoding="utf-8")
    air = tomllib.loads(content)["air"]["text"]
    file.write_text(content.replace(air, OWN, 1), encoding="utf-8")


def kept(folder: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((folder / "report.json").read_text())["text"]
    return found


def test_text_goes_from_revision_to_revision_and_tells_when_its_figures_changed(place: Place) -> None:
    first = report(place)
    written = kept(first)["air"]["text"]
    assert f'<p class="prose">{str(written).split(chr(10))[0]}</p>' in (first / "report.html").read_text()
    assert report(place) == first

    edit(place)
    second = report(place)
    page = (second / "report.html").read_text(encoding="utf-8")
    assert second != first
    assert f'<p class="prose">{OWN}</p>\n<p class="note">本段经人工编辑。</p>' in page
    assert (kept(second)["air"]["edited"], kept(second)["air"]["outdated"]) == (True, False)
    assert kept(second)["water"] == kept(first)["water"]
    assert "# 空气质量：人工编辑\n" in text_file(place).read_text(encoding="utf-8")

    assert place.run("import", place.file(rows(80, range(30 * 24, 31 * 24))))[0] == 0
    third = report(place)
    page = (third / "report.html").read_text(encoding="utf-8")
    assert (
        f'<p class="prose">{OWN}</p>\n<p class="note">本段经人工编辑；编辑之后，其所依据的数字有变化。</p>'
        in page
    )
    air = tomllib.loads(text_file(place).read_text(encoding="utf-8"))["air"]
    assert (air["text"].strip(), air["generated"].strip()) == (OWN, written)
    assert "22 µg/m³" in air["now"]  # (30 x 20.5 + 80.5) / 31
    assert report(place) == third


def test_a_report_elsewhere_that_supersedes_it_takes_its_text(place: Place) -> None:
    report(place)
    edit(place)
    second = report(place)

    elsewhere = report(place, "--supersedes", str(second), out="elsewhere")

    assert kept(elsewhere)["air"]["text"] == OWN
    assert (elsewhere.parents[1] / "text.zh.toml").exists() or (elsewhere.parent / "text.zh.toml").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("[air]\ntext = 'a", "line 2", id="no TOML"),
        pytest.param("[ari]\ntext = 'a'", "[ari]: no such paragraph", id="another name"),
    ],
)
def test_a_damaged_text_is_one_line_and_stays(content: str, words: str, place: Place) -> None:
    first = report(place)
    text_file(place).write_text(content, encoding="utf-8")

    code, told = place.run("report", "2026-10", "--out", str(place.folder / "out"))

    assert code == 2
    assert told.startswith(f"{text_file(place)}: ")
    assert words in told
    assert len(told.splitlines()) == 1
    assert text_file(place).read_text(encoding="utf-8") == content
    assert [one.name for one in first.parent.iterdir()] == [first.name, "text.zh.toml"] or first.exists()
