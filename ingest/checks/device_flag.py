"""Device flag: the instrument itself says that the value is no measurement of the air or water."""

from sensors.model import NORMAL


def fails(flag: str) -> bool:
    """Whether the device marked the value: any HJ 212 letter but `N`.

    Source: HJ 212-2017 table 8; only N counts as valid.
    """
    return flag != NORMAL
