"""Means of pH, which are means of the hydrogen ion."""

from collections.abc import Sequence
from math import fsum, log10


def hydrogen(ph: float) -> float:
    """The activity of the hydrogen ion at this pH, mol/L: what may be summed and averaged."""
    return float(10.0**-ph)


def ph_of(hydrogen_ion: float) -> float:
    """The pH of a hydrogen ion activity above 0, mol/L."""
    return -log10(hydrogen_ion)


def ph_mean(values: Sequence[float]) -> float:
    """The mean pH, unrounded: minus log10 of the mean of 10 to the -pH.

    Raises:
        ZeroDivisionError: There is no value.

    Source: 环办监测函〔2020〕82号 as two libraries apply it; 6.5, 7.9, 8.8, 9, 6.78, 8.87 give 7.08.
    """
    return ph_of(fsum(map(hydrogen, values)) / len(values))
