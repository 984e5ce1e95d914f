"""Record what ioos-qc says of a few series, as vectors for the tests beside this file.

Not run by the tests. ioos-qc is large, so it has an environment of its own:

    python3 -m venv /tmp/ioos && /tmp/ioos/bin/pip install ioos-qc==3.0.0
    /tmp/ioos/bin/python tests/ingest/checks/record_ioos_qc.py
"""

import json
import random
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from ioos_qc import qartod  # type: ignore[import-not-found]

SEED = 20261122
CYCLE_S = 1024  # a power of two, so that thresholds per second are exact


def quarters(rng: random.Random, n: int, step: float) -> list[float]:
    """A random walk on multiples of 0.25, which add and subtract exactly."""
    walk = [40.0]
    while len(walk) < n:
        walk.append(walk[-1] + round(rng.uniform(-step, step) * 4) / 4)
    return walk


def with_spikes(rng: random.Random, n: int, size: tuple[float, float]) -> list[float]:
    """A calm series with a lone value standing out every few readings."""
    calm = [20 + rng.choice((0.0, 0.25)) for _ in range(n)]
    for at in range(4, n - 2, 5):
        calm[at] += rng.choice((-1, 1)) * round(rng.uniform(*size) * 4) / 4
    return calm


def row(name: str, values: list[float], function: str, *, times: bool, **parameters: Any) -> dict[str, Any]:
    """One vector: the series, the call, and the flags that came back."""
    seconds = [i * CYCLE_S for i in range(len(values))]
    series: dict[str, Any] = {"inp": values}
    if times:
        series["tinp"] = np.array(seconds, dtype="datetime64[s]")
    flags = getattr(qartod, function)(**series, **parameters)
    recorded = {"name": name, "function": function, "parameters": parameters, "cycle_s": CYCLE_S}
    return {**recorded, "values": values, "flags": [int(flag) for flag in flags]}


def main() -> None:
    """Write the vectors beside this file."""
    rng = random.Random(SEED)
    walk = quarters(rng, 120, 6)
    slow = quarters(rng, 200, 0.75)
    ends = [-1, 0, 0.25, 50, 99.75, 100, 100.25]
    six_cycles = {"suspect_threshold": 6 * CYCLE_S, "fail_threshold": 6 * CYCLE_S}
    rows = [
        row("both ends", ends, "gross_range_test", times=False, fail_span=[0, 100]),
        row("a walk", walk, "gross_range_test", times=False, fail_span=[30, 50]),
        row("a walk", walk, "rate_of_change_test", times=True, threshold=3 / CYCLE_S),
        row("exactly at it", [10, 13, 16.25, 13.25, 10], "rate_of_change_test", times=True,
            threshold=3 / CYCLE_S),
        row("a slow walk", slow, "flat_line_test", times=True, tolerance=1.1, **six_cycles),
        row("a jump in it", [5.0] * 9 + [9.0] * 9, "flat_line_test", times=True, tolerance=0.1, **six_cycles),
        row("two levels", [5.0, 5.25] * 10, "flat_line_test", times=True, tolerance=0.3, **six_cycles),
        row("a trend", [5 + i / 4 for i in range(20)], "flat_line_test", times=True,
            tolerance=1.1, **six_cycles),
        row("lone ones", with_spikes(rng, 120, (2.5, 3.5)), "spike_test", times=False,
            suspect_threshold=2, fail_threshold=2),
        row("exactly at it", [20, 20, 22, 20, 20, 22.25, 20, 20], "spike_test", times=False,
            suspect_threshold=2, fail_threshold=2),
        row("a step", [5, 5, 5, 20, 20, 20], "spike_test", times=False,
            suspect_threshold=1, fail_threshold=2),
        row("a tall one", [5, 5, 20, 5, 5], "spike_test", times=False, suspect_threshold=1, fail_threshold=2),
        row("stuck, no tolerance", [5.0] * 10, "flat_line_test", times=True, tolerance=0, **six_cycles),
        row("moving, window below the cycle", [1.0, 2.0, 3.0, 4.0, 5.0], "flat_line_test", times=True,
            tolerance=0.1, suspect_threshold=CYCLE_S // 2, fail_threshold=CYCLE_S // 2),
    ]  # fmt: skip
    made_by = f"ioos-qc {version('ioos-qc')}, record_ioos_qc.py, seed {SEED}"
    lines = ",\n".join(json.dumps(each) for each in rows)
    text = f'{{"made_by": {json.dumps(made_by)}, "vectors": [\n{lines}\n]}}\n'
    Path(__file__).with_name("ioos_qc.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
