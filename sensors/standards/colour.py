"""A colour that a standard prescribes."""

from msgspec import Struct


class Colour(Struct, frozen=True, forbid_unknown_fields=True):
    """Its names, and its red, green and blue, 0 to 255."""

    zh: str
    en: str
    rgb: tuple[int, int, int]
