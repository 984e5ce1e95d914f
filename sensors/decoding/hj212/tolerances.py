"""Tolerated deviations from the letter of HJ 212 (tolerances.toml), and which ones a frame uses."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from importlib import resources

import msgspec
from msgspec import Struct

from sensors.decoding.hj212.masking import mask_passwords


class Tolerance(Struct, frozen=True, forbid_unknown_fields=True):
    """One deviation: its name, whether it is on by default, what it is, and where it was seen."""

    name: str
    on: bool
    zh: str
    en: str
    seen: str


_raw = (resources.files("sensors.decoding.hj212") / "tolerances.toml").read_bytes()
_rows = msgspec.toml.decode(_raw, type=dict[str, tuple[Tolerance, ...]])["tolerance"]
TOLERANCES = {row.name: row for row in _rows}
TOLERATED: frozenset[str] = frozenset(row.name for row in TOLERANCES.values() if row.on)


def switch_tolerances(tolerated: frozenset[str], on: Collection[str], off: Collection[str]) -> frozenset[str]:
    """These tolerances with others switched on and off, off wins; ValueError for an unknown name."""
    for name in (*on, *off):
        if name not in TOLERANCES:
            raise ValueError(f"there is no tolerance {name}; there are {', '.join(sorted(TOLERANCES))}")
    return (tolerated | set(on)) - set(off)


class Malformed(ValueError):  # noqa: N818 - named for what the frame is; never leaves this package
    """Why a frame is not valid; `where` names the part. A password that the frame has there is masked."""

    def __init__(self, detail: str, where: str) -> None:
        super().__init__(mask_passwords(detail))
        self.where = mask_passwords(where)


class Deviations:
    """Collects the deviations of one frame, and refuses those that are switched off."""

    __slots__ = ("_tolerated", "names")

    def __init__(self, tolerated: AbstractSet[str] = TOLERATED, names: Iterable[str] = ()) -> None:
        self._tolerated = tolerated
        self.names = list(names)

    def note(self, name: str, where: str) -> None:
        """Record that the frame has this deviation, or raise Malformed if it is not tolerated."""
        if name not in self._tolerated:
            raise Malformed(f"{TOLERANCES[name].en} (tolerance {name} is off)", where)
        if name not in self.names:
            self.names.append(name)

    def tolerates(self, name: str) -> bool:
        """Whether this deviation may pass, without noting it."""
        return name in self._tolerated
