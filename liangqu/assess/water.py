"""Water: the class of each row's sample."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

from liangqu.assess.cells import cached, column_of, item_columns, parse_value
from liangqu.assess.rows import UnreadableCell
from sensors.standards import water_limits
from sensors.standards.water_class import Grade, classify, grade


class WaterAssessor:
    """The class of each row's sample by GB 3838-2002, on the values as they stand.

    Args:
        header: Column names: parameter ids or their HJ codes; `waterbody` (blank is river) and `target`.
        codes: The parameter id of each HJ code.

    Raises:
        Unassessable: A column that counts stands twice, or none of the table's items is there.
    """

    def __init__(self, header: Sequence[str], codes: Mapping[str, str]) -> None:
        standard = water_limits.standards()[-1]
        at = item_columns(header, codes, [row.item for row in water_limits.table(standard)])
        river, lake = (_grading(at, water_limits.assessed(standard, body)) for body in ("river", "lake"))
        self._columns = {"": river, "river": river, "lake": lake}
        self._waterbody = column_of(header, "waterbody")
        self._target = column_of(header, "target")
        self._header = header
        self.added: tuple[str, ...] = ("class", "determining", "times_over")
        if self._target is not None:
            self.added += ("met",)

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell]) -> list[str]:
        """`class`, `determining`, `times_over`, and `met` in a file with targets; blank without any item."""
        grades = []
        for at, graded in self._columns_for(row, bad):
            if text := row[at]:
                try:
                    one = graded(text)
                except ValueError as wrong:
                    bad.append(UnreadableCell(self._header[at], text, str(wrong)))
                else:
                    if one is not None:
                        grades.append(one)
        target = self._target_of(row, bad)
        result = classify(grades, target)
        if result is None:
            return [""] * len(self.added)
        cells = [str(result.number), ";".join(result.determining), ";".join(map(str, result.times_over))]
        if self._target is not None:
            cells.append("" if result.met is None else "yes" if result.met else "no")
        return cells

    def _columns_for(self, row: Sequence[str], bad: list[UnreadableCell]) -> "_WaterColumns":
        if self._waterbody is None:
            return self._columns[""]
        text = row[self._waterbody]
        columns = self._columns.get(text.strip().lower())
        if columns is None:
            bad.append(UnreadableCell(self._header[self._waterbody], text, "is neither river nor lake"))
            columns = self._columns[""]
        return columns

    def _target_of(self, row: Sequence[str], bad: list[UnreadableCell]) -> int | None:
        if self._target is None or not (text := row[self._target].strip()):
            return None
        target = water_limits.class_number(text)
        if target is None:
            bad.append(UnreadableCell(self._header[self._target], text, "is no class such as 3, III or Ⅲ"))
        return target


_WaterColumns: TypeAlias = list[tuple[int, Callable[[str], Grade | None]]]


def _grading(at: Mapping[str, int], by: Mapping[str, water_limits.ItemLimits]) -> _WaterColumns:
    return [(at[item], cached(partial(_grade, by[item]))) for item in by if item in at]


def _grade(limits: water_limits.ItemLimits, text: str) -> Grade | None:
    """The grade of one cell; None for a blank one."""
    return None if text.isspace() else grade(limits, parse_value(text))
