"""The README's pictures of a monthly report: two of its pages, from the demonstration's simulated history.

The picture itself takes minutes to make, by `./do pictures`. That it is still today's report is told by the
headings of a small report, which are recorded beside it.
"""

import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace
from PIL import Image

from dashboards.reports.month import Month
from liangqu.config.settings import Settings
from liangqu.demo.catalogue import of_areas
from liangqu.demo.folder import prepare
from liangqu.tasks.reports.report import make_report
from liangqu.tasks.simulation.simulate import write_simulated_past
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.model import Language

NOW = datetime(2026, 11, 22, tzinfo=SHANGHAI)
MONTH = Month.parse("2026-10")
MONTHS = 24
PAGES = (1, 3)
SEED = 1
FILES: Mapping[Language, str] = {"zh": "report.png", "en": "report.en.png"}
RECORD = "report.sha256"
_DOTS_PER_INCH = 77
_MARGIN, _GROUND = 14, (225, 231, 235)


def draw(folder: Path, pages: Mapping[Language, Path]) -> None:
    """Write the picture of each language's page, and what they were made from."""
    for language, page in pages.items():
        _side_by_side(_pages(page), folder / FILES[language])
    (folder / RECORD).write_text(f"{digest()}\n", encoding="utf-8")


def made_pages(work: Path, months: int, sites: int | None = None) -> dict[Language, Path]:
    """The report's page in both languages, with so many months of the first sites' simulated history."""
    settings = prepare(work / "files", "zh")
    catalogue = of_areas(loader.load())
    chosen = list(catalogue.sites.values())[:sites]
    span = MONTH.back(months - 1).start, NOW.replace(day=1)
    write_simulated_past(settings, catalogue, chosen, span, SEED)
    return {
        language: make_report(_in(settings, language), MONTH, work / "reports", language, NOW).page
        for language in FILES
    }


def _in(settings: Settings, language: Language) -> Settings:
    return replace(settings, language=language)


def digest() -> str:
    """Of the headings of a small report in both languages: one month of the first station."""
    with TemporaryDirectory() as folder:
        pages = made_pages(Path(folder), months=1, sites=1)
        return sha256(
            "\n".join(line for page in pages.values() for line in headings(page)).encode()
        ).hexdigest()


def headings(page: Path) -> list[str]:
    """The headings and the heads of tables, in order."""
    found = _Headings()
    found.feed(page.read_text(encoding="utf-8"))
    return found.texts


class _Headings(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser's
        if tag in {"h1", "h2", "h3", "th"}:
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag not in {"h1", "h2", "h3", "th"}

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data


def _pages(page: Path) -> list[Image.Image]:
    """As they come out of a printer; Chromium and pdftoppm make them."""
    chromium, rasterize = shutil.which("chromium"), shutil.which("pdftoppm")
    assert chromium, "chromium is not installed: sudo apt-get install -y chromium"
    assert rasterize, "pdftoppm is not installed: sudo apt-get install -y poppler-utils"
    with TemporaryDirectory() as folder:
        pdf = Path(folder) / "report.pdf"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
        subprocess.run(
            [chromium, *flags, f"--print-to-pdf={pdf}", page.absolute().as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        dots = ("-r", str(_DOTS_PER_INCH))
        subprocess.run([rasterize, "-png", *dots, str(pdf), f"{folder}/page"], check=True, timeout=120)
        files = sorted(Path(folder).glob("page-*.png"))
        return [_loaded(files[number - 1]) for number in PAGES]


def _loaded(file: Path) -> Image.Image:
    with Image.open(file) as picture:
        return picture.copy()


def _side_by_side(pages: list[Image.Image], file: Path) -> None:
    width = sum(page.width for page in pages) + _MARGIN * (len(pages) + 1)
    sheet = Image.new("RGB", (width, max(page.height for page in pages) + 2 * _MARGIN), _GROUND)
    left = _MARGIN
    for page in pages:
        sheet.paste(page, (left, _MARGIN))
        left += page.width + _MARGIN
    sheet.quantize(128).save(file, optimize=True)
