"""Drinking water sources (集中式饮用水源地) of a table that somebody gave, as a report prints them."""

from msgspec import Struct


class DrinkingSource(Struct, frozen=True):
    """A drinking water source of a given table: its class, None where nothing that counts was measured.

    `target` is the class to be met. `determining` are ids; `times_over` are written `nh3n:0.35`, over the
    target's class, the worst first.
    """

    name: str
    kind: str
    target: int
    water_class: int | None
    determining: tuple[str, ...] = ()
    times_over: tuple[str, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether its class is at least the target's; None without a class."""
        return None if self.water_class is None else self.water_class <= self.target
