"""A version of rounding.toml that does not exist: from 2026-03-01 on PM2.5 is assessed to one decimal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from sensors.standards import rounding


@contextmanager
def planted_rounding() -> Iterator[None]:
    """Whole numbers to 2026-02-28, one decimal from then on; of PM2.5 alone."""
    rows = (_row(0, valid_to=date(2026, 2, 28)), _row(1, valid_from=date(2026, 3, 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounding, "_tables", lambda: rows)
        rounding.decimals_of.cache_clear()
        yield
    rounding.decimals_of.cache_clear()


def _row(decimals: int, **dates: Any) -> rounding._Decimals:
    kept = {"pm25": decimals}
    return rounding._Decimals("planted", "", "", kept, kept, **dates)
