"""Physical range: the value lies where the quantity and its instrument can be (QARTOD gross range)."""


def fails(value: float, low: float, high: float) -> bool:
    """Whether the value lies outside; exactly at either end is inside."""
    return not low <= value <= high
