"""Text that came from outside, on a page: nothing invisible, no passwords, never long.

HTML is escaped by the templates; here is what escaping leaves: controls, marks of writing direction, length.
"""

from sensors.decoding.hj212.masking import mask_passwords
from sensors.excerpt import LONGEST_LINE, escaped, one_line

GLANCE = 100
"""Characters of a payload that are seen before it is unfolded."""


def short_text(text: str) -> str:
    """In one line of at most `LONGEST_LINE` characters before what is invisible is written out."""
    return one_line(mask_passwords(text[: 2 * LONGEST_LINE]))


def payload_text(payload: bytes) -> str:
    r"""As UTF-8, other bytes as `\xff`; line breaks and tabs stay, what else is invisible is shown."""
    text = mask_passwords(payload.decode("utf-8", errors="backslashreplace"))
    return "\n".join("\t".join(map(escaped, line.split("\t"))) for line in text.split("\n"))


def sight(text: str) -> str:
    """Its beginning, in one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= GLANCE else f"{flat[:GLANCE]}…"
