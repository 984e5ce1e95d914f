"""How people and laboratories write that a value is below its detection limit.

<0.025   ＜0.025   < 0.025   0.025L   0.025l   <0.025L      the limit is named
ND   nd   N.D.   未检出   <DL   <MDL   低于检出限               it is the method's
"""

import re
from decimal import Decimal
from unicodedata import normalize

LONGEST = 64
METHODS_OWN = ""
"""The limit of a text that names none."""

# Possessive (++), so that a text is scanned once.
_NUMBER = r"\+?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]{1,2})?"
_NAMED = re.compile(rf"<\s*({_NUMBER})\s*[Ll]?|({_NUMBER})\s*[Ll]").fullmatch
_WORDS = frozenset(
    {"nd", "n.d.", "n.d", "<dl", "<mdl", "<lod", "未检出", "未檢出", "低于检出限", "小于检出限"}
)


def parse_detection_limit(text: str) -> str | None:
    """The detection limit below which a text says the value lies: its decimal text, above 0.

    `METHODS_OWN` where the text names none (`ND`, `未检出`); None for any other text, plain numbers too.
    Full-width characters, capitals and blanks around and between make no difference.
    """
    if len(text) > LONGEST:
        return None
    plain = normalize("NFKC", text).strip()
    if found := _NAMED(plain):
        limit: str = found[1] or found[2]
        return limit if Decimal(limit) > 0 else None
    return METHODS_OWN if plain.lower() in _WORDS else None
