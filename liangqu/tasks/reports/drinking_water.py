"""The table of 集中式饮用水源地 that a report takes in, as `assess water` reads it."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from dashboards.reports.drinking_water import DrinkingSource
    from liangqu.config.settings import Settings

_NAMES = ("水源地", "水源地名称", "饮用水源地", "名称", "name", "source")
_KINDS = ("水源地类型", "类型", "type")
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def drinking_sources(settings: "Settings", given: Path | None) -> "tuple[DrinkingSource, ...]":
    """The sources of the file that is given, else of `[report] drinking_water`, else none.

    Raises:
        ProblemError: as `read_drinking_water`; it names the option or the setting.
    """
    name, file = ("--drinking-water", given) if given else ("report.drinking_water", None)
    if file is None and settings.report.drinking_water:
        file = Path(settings.report.drinking_water)
    if file is None:
        return ()
    try:
        return read_drinking_water(file)
    except ProblemError as error:
        raise ProblemError(*(f"{name}: {one}" for one in error.lines), exit_code=error.exit_code) from None


def read_drinking_water(file: Path) -> "tuple[DrinkingSource, ...]":
    """The sources of a file, a row each, in its order.

    The file has a column of names (水源地, name) and one for each item of GB 3838 that was measured; it may
    have 类型 (type), `target` and `waterbody`. Without a target class III has to be met.

    Raises:
        ProblemError: The file cannot be read or assessed, has no column of names, or holds a cell that
            cannot be read: a report is not made of half a table.
    """
    from dashboards.reports.drinking_water import DrinkingSource
    from liangqu.tasks.assessment import AssessmentOptions, assess_table
    from sensors.standards.water_limits import assessment, class_number

    said: list[str] = []
    text = io.StringIO()
    if assess_table(file, AssessmentOptions("water"), text, said.append):
        bad = next((line for line in said if ": row " in line), said[-1])
        raise ProblemError(bad, exit_code=1)
    head, rows = _table(text.getvalue())
    name, kind, target = _named(head, _NAMES, "site"), _named(head, _KINDS), _named(head, (), "target")
    if name is None:
        raise ProblemError(f"{file}: no column of names, such as 水源地 or name")
    added = {key: head.index(key) for key in ("class", "determining", "times_over")}
    return tuple(
        DrinkingSource(
            name=row[name].strip(),
            kind=row[kind].strip() if kind is not None else "",
            target=(class_number(row[target]) if target is not None else None)
            or assessment().reference_class,
            water_class=int(row[added["class"]]) if row[added["class"]] else None,
            determining=tuple(filter(None, row[added["determining"]].split(";"))),
            times_over=tuple(filter(None, row[added["times_over"]].split(";"))),
        )
        for row in rows
        if row[name].strip()
    )


def _table(text: str) -> tuple[list[str], list[list[str]]]:
    """Head and rows of what `assess` wrote, which is separated as the file was."""
    text = text.removeprefix(_MARK)
    first = text.partition("\n")[0]
    rows = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)))
    return [cell.strip() for cell in rows[0]], rows[1:]


def _named(head: Sequence[str], names: Sequence[str], role: str = "") -> int | None:
    """The column of one of these names, else of that role; None without any."""
    from sensors.decoding.tables.headings import role_of, squeeze

    plain = [squeeze(cell) for cell in head]
    by_name = next((plain.index(squeeze(name)) for name in names if squeeze(name) in plain), None)
    if by_name is not None or not role:
        return by_name
    return next((at for at, cell in enumerate(head) if role_of(cell) == role), None)
