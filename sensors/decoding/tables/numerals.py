"""Numbers as people and spreadsheets write them, made plain: `1,425.0`, `7,5`, `０．１２`, `−3`."""

import re
from collections.abc import Collection, Iterable
from typing import Literal
from unicodedata import normalize

DecimalMark = Literal[".", ","]

# Possessive (++), so that a cell is scanned once.
is_plain = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)?").fullmatch
"""Matches a number with a decimal point and without grouping."""
_SIGN = r"[<≤]?\s*[+-]?"
_GROUPED = {
    ".": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([, '’])[0-9]{3})(?:\1[0-9]{3})*+(?:\.[0-9]*+)?").fullmatch,
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:([. '’])[0-9]{3})(?:\1[0-9]{3})*+(?:,[0-9]*+)?").fullmatch,
}


def _fraction(mark: str, group: str) -> re.Pattern[str]:
    """Texts that can only be numbers of a country with this mark before the fraction."""
    grouped = rf"[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})"
    return re.compile(rf"{_SIGN}(?:[0-9]*+{mark}[0-9]++|{grouped}+{mark}[0-9]++|{grouped}{{2,}})[lL]?")


_FRACTION = {".": _fraction(r"\.", ","), ",": _fraction(",", r"\.")}
_EITHER = re.compile(rf"{_SIGN}[1-9][0-9]{{0,2}}[.,][0-9]{{3}}[lL]?").fullmatch
"""One mark before three digits: thousands in one country, a fraction in another."""
_MARKED = re.compile("[.,]").search
LONGEST, _LONGEST_BLANK = 400, 5
_BLANK = frozenset({"", "-", "--", "---", "—", "——", "–", "*", "**", "/", "_", "na", "n/a", "null"})


def is_blank(text: str, missing: Collection[str] = ()) -> bool:
    """Whether a cell says that nothing was measured or published: blank, `--`, `—`, `*`, `/`, `NA`, `null`.

    `missing` are more such texts; blanks around the cell, width and case make no difference to ours.
    """
    stripped = text.strip()
    return (
        not stripped
        or stripped in missing
        or normalize("NFKC", stripped[:_LONGEST_BLANK]).casefold() in _BLANK
    )


def may_be_blank(text: str) -> bool:
    """Whether a cell may say in words that nothing was measured: 缺测, 断流, `#N/A`."""
    is_word = text.startswith("#") or (not text.isascii() and text[:1].isalpha())
    return is_blank(text) or (is_word and not any(map(str.isdigit, text)))


def plain_number(text: str, decimal: DecimalMark | None = ".") -> str | None:
    """The same number with a decimal point and without grouping; None for what is no decimal number.

    Args:
        text: Without blanks around it.
        decimal: The mark before the fraction; None where a table does not tell.

    Raises:
        ValueError: The text has a comma and `decimal` is None, or a mark of the other country: a phrase.
    """
    if decimal != "," and is_plain(text):
        return text
    if len(text) > LONGEST:
        return None
    plain = normalize("NFKC", text).strip().replace("−", "-")
    if decimal == ",":
        return _with_comma(plain)
    if is_plain(plain):
        return plain
    if decimal is None and "," in plain and _is_number(plain):
        raise ValueError("can be read in two ways; --decimal says which mark is before the fraction")
    if found := _GROUPED["."](plain):
        return plain.replace(found[1], "")
    if _FRACTION[","].fullmatch(plain):
        raise ValueError("has a decimal comma; --decimal , reads it")
    return None


def decimal_mark(cells: Iterable[str], delimiter: str) -> DecimalMark | None:
    """The mark before the fraction in a table's cells of numbers.

    None where nothing tells: then a comma in a number is refused. What Excel separates by commas has points.

    Raises:
        ValueError: Both stand in it.
    """
    seen = dict.fromkeys(_FRACTION, "")
    for cell in cells:
        plain = normalize("NFKC", cell).strip()
        if not _MARKED(plain) or (_EITHER(plain) and "," in plain):
            continue
        for mark, fraction in _FRACTION.items():
            if fraction.fullmatch(plain) and not seen[mark]:
                seen[mark] = plain
    if seen["."] and seen[","]:
        both = f"{seen['.']} has a decimal point, {seen[',']} a decimal comma"
        raise ValueError(f"{both}; --decimal says which one counts")
    if seen[","]:
        return ","
    return "." if seen["."] or delimiter == "," else None


def _with_comma(plain: str) -> str | None:
    if found := _GROUPED[","](plain):
        if _EITHER(plain):
            raise ValueError("can be read in two ways; write it without grouping")
        return plain.replace(found[1], "").replace(",", ".")
    if "." in plain:
        if is_plain(plain):
            raise ValueError(
                "has a decimal point where the table has decimal commas; --decimal . reads points"
            )
        return None
    plain = plain.replace(",", ".", 1)
    return plain if is_plain(plain) else None


def _is_number(plain: str) -> bool:
    return any(fraction.fullmatch(plain) for fraction in _FRACTION.values())
