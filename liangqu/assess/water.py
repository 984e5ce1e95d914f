"""Water: the class of each row's sample."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeAlias

from liangqu.assess.cells import (
    TableHead,
    UncountedCells,
    ValueReader,
    cached,
    table_columns,
    value_readers,
)
from liangqu.assess.flags import FlaggedCells
from liangqu.assess.rows import UnreadableCell, counts_in_words
from sensors.decoding.tables.headings import squeeze, waterbodies
from sensors.standards import water_limits
from sensors.standards.water_class import Grade, classify, grade

_WaterColumns: TypeAlias = list[tuple[int, Callable[[str], Grade | None]]]


class WaterAssessor:
    """The class of each row's sample by GB 3838-2002, on the values as they stand.

    Args:
        head: The table's columns; `waterbody` (blank is river) and `target` are among them or not.
        note: Called with what there is to say about the columns.

    Raises:
        Unassessable: A column that counts stands twice or is not certain, or none of the items is there.
    """

    def __init__(self, head: TableHead, note: Callable[[str], None] = lambda _line: None) -> None:
        standard = water_limits.standards()[-1]
        limits = {body: water_limits.assessed(standard, body) for body in ("river", "lake")}
        of_table = list(dict.fromkeys(row.item for row in water_limits.table(standard)))
        columns, flags = table_columns(head, "water", of_table, ("waterbody", "target"))
        self._flagged = FlaggedCells(head, columns, flags)
        readers = value_readers(head, columns)
        at = {heading.parameter: place for place, heading in columns.parameters.items()}
        self._columns: dict[str, _WaterColumns] = {
            body: [
                (at[item], cached(partial(_grade, by[item], readers[at[item]]))) for item in by if item in at
            ]
            for body, by in limits.items()
        }
        counting = {place for place, _ in self._columns["river"]}
        others = [place for item, place in at.items() if place not in counting and item in of_table]
        self._others = UncountedCells(head.header, ((place, readers[place]) for place in others))
        self._items = tuple(item for item in limits["river"] if item in at)
        self._waterbody, self._target = columns.roles.get("waterbody"), columns.roles.get("target")
        self._header = head.header
        self._fewer: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()
        self.added: tuple[str, ...] = ("class", "determining", "times_over")
        if self._target is not None:
            self.added += ("met",)
        self._say_what_is_missing(note)

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell]) -> list[str]:
        """`class`, `determining`, `times_over`, and `met` in a file with targets; blank without any item."""
        row = self._flagged.without_flagged(row, bad)
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
        self._others.check(row, bad)
        target = self._target_of(row, bad)
        result = classify(grades, target)
        if result is None:
            return [""] * len(self.added)
        if len(grades) < len(self._items) and not bad:
            self._count(grades)
        cells = [str(result.number), ";".join(result.determining), ";".join(map(str, result.times_over))]
        if self._target is not None:
            cells.append("" if result.met is None else "yes" if result.met else "no")
        return cells

    def summary(self) -> Iterator[str]:
        """How many classes rest on one item alone, or without an item that has a column."""
        yield from self._flagged.summary()
        yield from counts_in_words(self._alone.items(), "the class is from {} alone")
        yield from counts_in_words(self._fewer.items(), "the class is without {}")

    def _count(self, grades: Sequence[Grade]) -> None:
        there = [one.limits.item for one in grades]
        if len(there) == 1:
            self._alone[there[0]] += 1
        else:
            self._fewer[", ".join(item for item in self._items if item not in there)] += 1

    def _say_what_is_missing(self, note: Callable[[str], None]) -> None:
        lacking = [item for item in water_limits.assessment().routine_items if item not in self._items]
        if not self._items:
            note("no column of an item that counts for the class")
        elif len(self._items) == 1:
            note(f"the class is from {self._items[0]} alone: no column of {', '.join(lacking)}")
        elif lacking:
            note(f"no column of {', '.join(lacking)}: the class is from {', '.join(self._items)}")

    def _columns_for(self, row: Sequence[str], bad: list[UnreadableCell]) -> _WaterColumns:
        if self._waterbody is None:
            return self._columns["river"]
        text = row[self._waterbody]
        columns = self._columns.get(_body(text))
        if columns is None:
            bad.append(UnreadableCell(self._header[self._waterbody], text, "is neither river nor lake"))
            columns = self._columns["river"]
        return columns

    def _target_of(self, row: Sequence[str], bad: list[UnreadableCell]) -> int | None:
        if self._target is None or not (text := row[self._target].strip()):
            return None
        target = water_limits.class_number(text)
        if target is None:
            bad.append(UnreadableCell(self._header[self._target], text, "is no class such as 3, III or Ⅲ"))
        return target


@cached
def _body(text: str) -> str:
    return waterbodies().get(squeeze(text), text and "?") or "river"


def _grade(limits: water_limits.ItemLimits, read: ValueReader, text: str) -> Grade | None:
    """The grade of one cell; None for a blank one."""
    value = read(text)
    return None if value is None else grade(limits, value)
