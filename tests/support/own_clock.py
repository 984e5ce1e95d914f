"""liangqu with a clock of its own, which shows what a file says: `-m tests.support.own_clock FILE run …`."""

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path


def arrange(file: Path) -> None:
    """From now on the service takes its time from `file`, seconds since 1970, and never from the wall."""
    from liangqu.service import service

    def now() -> datetime:
        return datetime.fromtimestamp(float(file.read_text(encoding="ascii")), UTC)

    service.Service = partial(service.Service, clock=now)  # type: ignore[misc, assignment]


if __name__ == "__main__":
    arrange(Path(sys.argv.pop(1)))
    from liangqu.__main__ import main

    sys.argv[0] = "liangqu"
    main()
