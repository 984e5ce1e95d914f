"""Flags of the device in a table to assess: what they mark as bad is taken as not measured."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from liangqu.assess.cells import TableHead
from liangqu.assess.rows import UnreadableCell
from sensors.decoding.tables.columns import TableColumns
from sensors.decoding.tables.flags import UNAPPLIED, FlagColumns, holds_marks, parse_flag
from sensors.model import NORMAL


class FlaggedCells:
    """Blanks the cells of parameters that a flag other than normal marks; counts them by flag.

    Args:
        head: The table's columns.
        columns: Those of parameters, and the others.
        flags: Those of flags.
    """

    def __init__(self, head: TableHead, columns: TableColumns, flags: FlagColumns) -> None:
        self._header = head.header
        self._unapplied = [at for at in columns.others if holds_marks(at, head.sample)]
        self._marked: Mapping[int, list[int]] = {
            flag: [
                at
                for at, heading in columns.parameters.items()
                if flag in flags.of_parameter(heading.parameter)
            ]
            for flag in sorted(flags.places)
        }
        self._found: Counter[str] = Counter()

    def without_flagged(self, row: Sequence[str], bad: list[UnreadableCell]) -> Sequence[str]:
        """The row without what is flagged; a flag that is none is added to `bad`."""
        for at, marked in self._marked.items():
            flag = parse_flag(row[at])
            if flag is None:
                bad.append(UnreadableCell(self._header[at], row[at], "is no flag such as N, M or D"))
            elif flag != NORMAL:
                gone = [place for place in marked if row[place].strip()]
                self._found[flag] += len(gone)
                row = ["" if place in gone else cell for place, cell in enumerate(row)]
        return row

    def summary(self) -> Iterator[str]:
        """How many values did not count, by flag; which column was not applied though it may be flags."""
        yield from (f"{self._header[at].strip()} {UNAPPLIED}" for at in self._unapplied)
        for flag, times in sorted(self._found.items()):
            if times:
                values = "value does" if times == 1 else "values do"
                yield f"{times} {values} not count: flagged {flag}"
