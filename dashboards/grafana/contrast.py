"""Colours that Grafana's letters can be read on: it writes in white, or dark on what is bright."""

from sensors.standards.colour import Colour

WHITE, DARK = (247, 248, 250), (32, 34, 38)
DARK_FROM = 180
"""The brightness beyond which Grafana writes dark; it does not look at contrast."""
ENOUGH = 4.5
"""WCAG 2.2, 1.4.3 (AA)."""

Rgb = tuple[int, int, int]

_STEPS = 100
_LINEAR_UP_TO = 0.04045  # of sRGB


def to_hex(rgb: Rgb) -> str:
    """The colour as Grafana writes it."""
    return "#{:02x}{:02x}{:02x}".format(*rgb)


def brightness(rgb: Rgb) -> float:
    """0 to 255, as tinycolor has it for Grafana."""
    red, green, blue = rgb
    return (299 * red + 587 * green + 114 * blue) / 1000


def contrast(one: Rgb, other: Rgb) -> float:
    """From 1 to 21, WCAG 2.2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def letters_on(rgb: Rgb) -> Rgb:
    """In which colour Grafana writes on it."""
    return DARK if brightness(rgb) > DARK_FROM else WHITE


def is_readable(rgb: Rgb) -> bool:
    """Whether what Grafana writes on it has enough contrast."""
    return contrast(rgb, letters_on(rgb)) >= ENOUGH


def readable(colour: Colour) -> str:
    """`readable_rgb` as Grafana writes it."""
    return to_hex(readable_rgb(colour))


def readable_rgb(colour: Colour) -> Rgb:
    """The official colour, or the nearest mix of it with white or black that letters can be read on."""
    for step in range(_STEPS):
        share = step / _STEPS
        for towards in (255, 0):
            mixed = _mix(colour.rgb, towards, share)
            if is_readable(mixed):
                return mixed
    raise ValueError(f"nothing can be read on {colour.rgb}")


def _mix(rgb: Rgb, towards: int, share: float) -> Rgb:
    red, green, blue = (round(part + (towards - part) * share) for part in rgb)
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (_linear(part / 255) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR_UP_TO else ((part + 0.055) / 1.055) ** 2.4
