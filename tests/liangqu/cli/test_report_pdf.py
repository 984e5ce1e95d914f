"""`liangqu report --pdf` with the fonts of one folder: whole, or refused with the name of a package."""

import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from tests.liangqu.cli.test_import import Place
from tests.liangqu.cli.test_report import FIRST

pytestmark = pytest.mark.heavy  # test_print.py prints in the test's process

LATIN = Path(mpl.get_data_path()) / "fonts" / "ttf"  # DejaVu: Latin, Greek, signs; no Chinese
CONFIG = """\
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One station, October 2026."""
    made = Place(tmp_path_factory.mktemp("place"))
    times = (FIRST + timedelta(days=30, hours=hour) for hour in range(31 * 24))
    code, text = made.run(
        "import", made.file("site,time,pm25\n" + "".join(f"wujinku,{t.isoformat()},19\n" for t in times))
    )
    assert code == 0, text
    return made


def chinese_font(folder: Path) -> None:
    """A font that has every character, each as the same box."""
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for corner in ((50, 700), (650, 700), (650, 0)):
        pen.lineTo(corner)
    pen.closePath()
    box = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "box"])
    builder.setupCharacterMap(dict.fromkeys(range(0x20, 0xFFF0), "box"), allowFallback=True)
    builder.setupGlyf({".notdef": box, "box": box})
    builder.setupHorizontalMetrics({".notdef": (700, 50), "box": (700, 50)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(folder / "boxes.ttf")


def printed(place: Place, fonts: Path, out: str, *more: str) -> subprocess.CompletedProcess[str]:
    config = place.folder / f"{out}.conf"
    config.write_text(CONFIG.format(folder=fonts), encoding="utf-8")
    return subprocess.run(
        [
            sys.executable, "-m", "liangqu", "report", "2026-10", "--pdf", "--out", str(place.folder / out),
            "-c", str(place.folder / "liangqu.toml"), *more,
        ],
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_without_a_chinese_font_it_is_refused_with_the_packages_name(place: Place) -> None:
    """P7 of the review: exit 0, no warning, a box for every character."""
    done = printed(place, LATIN, "latin")

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("liangqu: report.pdf: no font installed has ")
    assert line.endswith(": apt-get install fonts-noto-cjk")
    assert not list((place.folder / "latin").rglob("report.*"))  # all files or none


def test_an_english_report_needs_no_chinese_font(place: Place) -> None:
    done = printed(place, LATIN, "english", "--language", "en")

    assert (done.returncode, done.stderr) == (0, "")
    [made] = (place.folder / "english").rglob("report.pdf")
    assert made.read_bytes().startswith(b"%PDF-")
    assert pages_in_contents(made) == sorted(pages_in_contents(made))
    assert pages_in_contents(made)[0] == 1


def pages_in_contents(file: Path) -> list[int]:
    """The page of each chapter, as the contents of the printed report have it."""
    program = shutil.which("pdftotext")
    assert program, "pdftotext is not installed: sudo apt-get install -y poppler-utils"
    done = subprocess.run([program, "-raw", "-l", "1", file, "-"], capture_output=True, text=True, check=True)
    contents = done.stdout.partition("Contents")[2].partition("Tables")[0]
    return [int(page) for page in re.findall(r"^\d+ .*?\s(\d+)$", contents, flags=re.MULTILINE)]


def test_without_any_font_it_is_refused_before_pango_ends_the_process(place: Place, tmp_path: Path) -> None:
    done = printed(place, tmp_path, "none")

    assert (done.returncode, done.stderr) == (
        1, "liangqu: report.pdf: no font is installed: apt-get install fonts-noto-cjk\n",
    )  # fmt: skip


def test_with_a_font_for_each_character_it_is_printed(place: Place, tmp_path: Path) -> None:
    chinese_font(tmp_path)
    done = printed(place, tmp_path, "whole")

    assert (done.returncode, done.stderr) == (0, "")
    [made] = (place.folder / "whole").rglob("report.pdf")
    assert made.read_bytes().startswith(b"%PDF-")
