"""Runs `liangqu run` as it is and writes beside its settings what each of its threads has spent.

python -m benchmarks.service._watched PYTHON -m liangqu run -c FILE      as `LiangquRun(under=…)` puts it
"""

import json
import sys
import threading
import time
from pathlib import Path

from liangqu.__main__ import main

EVERY_S = 0.25


def spent() -> dict[str, float]:
    """Processor seconds by the names of the threads that run; `main` holds start-up and imports."""
    return {
        thread.name: time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.ident is not None
    }


def watch(file: Path) -> None:
    """Write it down again and again; a reader finds the last whole one."""
    while True:
        time.sleep(EVERY_S)
        part = file.with_suffix(".part")
        part.write_text(json.dumps(spent()), encoding="utf-8")
        part.replace(file)


if __name__ == "__main__":
    sys.argv = ["liangqu", *sys.argv[4:]]
    into = Path(sys.argv[-1]).with_name("threads.json")
    threading.Thread(target=watch, args=(into,), name="watch", daemon=True).start()
    main()
