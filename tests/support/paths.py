"""Where things stand: the checkout, and the real measurements beside it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

REAL = ROOT / ".." / "shared" / "data"
"""Published measurements, not in the repository; tests that read them are marked `real`."""
