"""liangqu with a wall clock that a file sets, seconds ahead: `-m tests.support.shifted_clock FILE run …`."""

import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path


def arrange(file: Path) -> None:
    """From now on the service's clock is ahead of the real one by what the file says at each look."""
    from liangqu.service import clock

    class Set(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=float(file.read_text(encoding="ascii")))

    clock.datetime = Set  # type: ignore[attr-defined]  # the module's own name for it


if __name__ == "__main__":
    arrange(Path(sys.argv.pop(1)))
    from liangqu.__main__ import main

    sys.argv[0] = "liangqu"
    main()
