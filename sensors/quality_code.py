"""Whether a stored value counts, as a number that a query can compare (QARTOD's sense of 1, 3 and 4)."""

from typing import Final, Literal, get_args

from sensors.model import NORMAL, Validity

QualityCode = Literal[1, 2, 3, 4]
QUALITY_CODES: Final[tuple[QualityCode, ...]] = get_args(QualityCode)
COUNTS: Final[QualityCode] = 1
COUNTS_WITH_REMARK: Final[QualityCode] = 2
SUSPECT: Final[QualityCode] = 3
INVALID: Final[QualityCode] = 4
_VALIDITY: Final[dict[QualityCode, Validity]] = {
    COUNTS: "valid",
    COUNTS_WITH_REMARK: "valid",
    SUSPECT: "suspect",
    INVALID: "invalid",
}


def to_quality_code(flag: str, failed: str, validity: Validity, sent: str = "") -> QualityCode:
    """The code of a reading: 2 instead of 1 where there is something to say of it in words.

    Args:
        flag: The device's mark; `N` is none.
        failed: Names of failed checks, joined by a comma.
        validity: What follows from them.
        sent: What came in place of the value; empty where the value came.
    """
    if validity == "suspect":
        return SUSPECT
    if validity == "invalid":
        return INVALID
    return COUNTS_WITH_REMARK if failed or sent or flag != NORMAL else COUNTS


def validity_of(code: QualityCode) -> Validity:
    """What a code says of a reading."""
    return _VALIDITY[code]
