"""Reads text that people wrote: UTF-8, whatever program saved it; another encoding is named."""

import os
from pathlib import Path

_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
LARGEST = 16 * 1024**2
ADVICE = "save it as UTF-8"


def read_bytes(path: Path) -> bytes:
    """The bytes of a file that a person wrote.

    Raises:
        OSError: it cannot be read.
        ValueError: it is larger than any such file, a device without end perhaps.
    """
    with path.open("rb") as file:
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise ValueError(f"more than {LARGEST >> 20} MB; it is no file that a person wrote")
    return found


def parse_text(raw: bytes) -> str:
    """The text of a file, without a byte order mark at its head.

    Raises:
        ValueError: it is not UTF-8, or holds a NUL: which line and byte, and which encoding it seems to be
            in; one line, without the text itself.
    """
    for mark, name in _MARKS.items():
        if raw.startswith(mark):
            raise ValueError(f"it is {name}, not UTF-8; {ADVICE}")
    if 0 in raw:
        raise ValueError(f"line {_line(raw, raw.index(0))}: not UTF-8 text (byte 0x00); {ADVICE}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = ", it looks like GBK" if _is_gbk(raw) else ""
        where = f"line {_line(raw, error.start)}: not UTF-8 (byte 0x{raw[error.start]:02x})"
        raise ValueError(f"{where}{guess}; {ADVICE}") from None


def from_locale(argument: str) -> str:
    """An argument or variable as its bytes read in UTF-8, whatever the locale made of them.

    Raises:
        ValueError: they are not UTF-8, or there is a NUL.
    """
    try:
        text = os.fsencode(argument).decode()
    except UnicodeDecodeError:
        if not _is_unicode(argument):
            raise ValueError("is not UTF-8 text") from None
        text = argument  # of a terminal that speaks another encoding, as the locale says
    if "\0" in text:
        raise ValueError("is not UTF-8 text")
    return text


def to_file_name(text: str) -> str:
    """A name out of a file in UTF-8, spelled so that the locale leads to the file of just these bytes.

    Raises:
        ValueError: no file can have it.
    """
    if "\0" in text:
        raise ValueError(f"{text!r}: no file has such a name")
    return os.fsdecode(text.encode())


def _is_unicode(text: str) -> bool:
    """Whether no lone surrogate stands in it for a byte."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1


def _is_gbk(raw: bytes) -> bool:
    """Whether it may be what Windows saves Chinese text in."""
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True
