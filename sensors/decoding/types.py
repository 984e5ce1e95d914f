"""The bounds of a message, and the result of decoding one."""

from datetime import datetime, timedelta

from msgspec import Struct

from sensors.decoding.hj212.tolerances import TOLERATED
from sensors.model import Reading, Refused

FLAGS = frozenset("NFMSDCTB")
"""HJ 212-2017 table 8: normal, stopped, maintenance, manual, fault, calibration, over range, link fault."""


class InputBounds(Struct, frozen=True):
    """The bounds of a message: not older, not further ahead of its receipt, not more bytes.

    Exactly at `earliest`, at `received + max_ahead` and at `max_payload` bytes is accepted. `tolerated` names
    the deviations from HJ 212 that a frame may have.
    """

    earliest: datetime
    max_ahead: timedelta
    max_payload: int = 262_144
    tolerated: frozenset[str] = TOLERATED


class Decoded(Struct):
    """What one message holds: its items are `readings` and `refused`, each in the order of the payload.

    `positions` says where each reading was, as in `Refused.where`; empty unless requested.
    """

    readings: list[Reading]
    refused: list[Refused]
    positions: list[str] = []
