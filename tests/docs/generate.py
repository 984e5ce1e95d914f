"""Bring docs/reference up to date with the code: `./do docs`, or `python -m tests.docs.generate`.

What stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->` is replaced. Cells of a last column
that people write ("meaning") stay with their row; tests/docs/test_reference.py names those still blank.
"""

import sys
from functools import cache
from pathlib import Path

from tests.docs import blocks, command_line, interfaces, journal, settings, standards
from tests.docs.blocks import Block
from tests.support.paths import ROOT

REFERENCE = ROOT / "docs" / "reference"
SCHEMA = REFERENCE / "schema.sql"
BLOCKS: dict[str, Block] = {
    **standards.BLOCKS,
    **interfaces.BLOCKS,
    **settings.BLOCKS,
    **command_line.BLOCKS,
    **journal.BLOCKS,
}


def pages() -> list[Path]:
    """The pages, by name."""
    return sorted(REFERENCE.glob("*.md"))


@cache
def generated() -> dict[Path, str]:
    """What each file should hold."""
    made = {page: blocks.regenerate(page.read_text(encoding="utf-8"), BLOCKS) for page in pages()}
    return {**made, SCHEMA: journal.schema_sql()}


def main() -> None:
    """Write what has changed, and say which meanings are still to be written."""
    for file, text in generated().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            print(f"written: docs/reference/{file.name}")
        if file.suffix == ".md":
            for row in blocks.rows_without_meaning(text):
                print(f"docs/reference/{file.name}: {row}: write what it means", file=sys.stderr)


if __name__ == "__main__":
    main()
