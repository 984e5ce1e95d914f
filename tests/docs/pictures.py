"""Every picture of the READMEs and the guide, made from today's program: `./do pictures`.

The demonstration's boards come from one seed, the report's pages from simulated history; tests say which of
them is no longer today's. The Grafana boards' need npm: `./do boards`.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs import demo_picture, report_picture
from tests.support.paths import ROOT


def main(docs: Path) -> None:
    """Write them all."""
    demo_picture.main(docs)
    with TemporaryDirectory() as folder:
        report_picture.draw(docs, report_picture.made_pages(Path(folder), report_picture.MONTHS))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs")
