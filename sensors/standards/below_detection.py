"""What a concentration below its detection limit counts as, in statistics and in a class."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

from msgspec import Struct

from sensors.model import Medium
from sensors.standards import versions
from sensors.standards.rounding import Number, decimal_of


class DetectionRule(Struct, frozen=True, forbid_unknown_fields=True):
    """The rule of a medium: which share of the detection limit counts, and by which clause."""

    medium: Medium
    share: Decimal
    standard: str
    clause: str
    confirmed: str


@cache
def detection_rules() -> Mapping[Medium, DetectionRule]:
    """The rule of each medium."""
    return {row.medium: row for row in versions.parse_rows("below_detection.toml", "rule", DetectionRule)}


def counted_below(detection_limit: Number, medium: Medium = "water") -> Decimal:
    """What a value below its detection limit counts as; exact.

    Source: 环办监测函〔2020〕82号, item 7 (以1/2检出限参与计算和统计); for air see below_detection.toml.
    """
    return decimal_of(detection_limit) * detection_rules()[medium].share
