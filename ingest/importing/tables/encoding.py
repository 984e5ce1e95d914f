"""In which encoding a text file is: told by its first bytes, or named."""

import codecs

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_TEXT = ("utf", "gb", "big5", "hz", "cp", "iso8859", "latin", "ascii", "euc", "shift", "johab", "mac", "koi8")
UTF8, CHINESE = "utf-8", "gb18030"
"""GB18030 holds GBK and GB 2312, which Chinese Windows writes."""


def has_mark(head: bytes) -> bool:
    """Whether a byte order mark stands at the head, as Excel writes it."""
    return any(head.startswith(mark) for mark in _MARKS)


def encoding_of(head: bytes) -> str:
    """The encoding of a file by its head: by its mark, UTF-8 if it can be, else GB18030 if that can be.

    A head with more good than bad bytes in UTF-8 is UTF-8: then a line is damaged, not the file.
    """
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    if _is_in(UTF8, head):
        return UTF8
    good = head.decode(UTF8, errors="ignore")
    kept = len(good.encode()) - sum(map(str.isascii, good))
    bad = sum(byte > 0x7F for byte in head) - kept  # noqa: PLR2004 - beyond ASCII
    return CHINESE if bad > kept and _is_in(CHINESE, head) else UTF8


def check_encoding(name: str) -> str:
    """An encoding of text by its name.

    Raises:
        ValueError: There is none of this name.
    """
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        found = ""
    if not found.startswith(_TEXT):
        raise ValueError(f"there is no encoding {name!r}; UTF-8, GB18030 and UTF-16 are examples")
    return CHINESE if found in {"gbk", "gb2312"} else found


def to_chinese(line: str) -> str:
    """A line whose bytes came as lone surrogates, read as GB18030; as it is if it is none."""
    try:
        return line.encode(errors="surrogateescape").decode(CHINESE)
    except (UnicodeDecodeError, UnicodeEncodeError):
        return line


def _is_in(encoding: str, head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True
