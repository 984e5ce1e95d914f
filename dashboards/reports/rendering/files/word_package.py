"""A Word document as bytes that hold no clock."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

_STAMP = (2000, 1, 1, 0, 0, 0)
"""Of every file inside: the clock must not be in what is a function of its inputs."""


_BODY = "word/document.xml"
_STAND_IN = re.compile(rb'<w:tr w:rsidR="([0-9A-F]{8})"/>')


def stand_in(number: int, declared: str = "") -> str:
    """What stands in a table for its rows until they are put in; `declared` is its namespace."""
    return f'<w:tr {declared} w:rsidR="{number:08X}"/>'


def document_bytes(document: Any, rows: Sequence[bytes] = ()) -> bytes:
    """The document saved; equal documents give equal bytes.

    Where a `stand_in` stands, the rows of its number are put in.
    """
    saved, out = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in whole.namelist():
            content = whole.read(name)
            if name == _BODY and rows:
                content = _STAND_IN.sub(lambda found: rows[int(found[1], 16)], content)
            fixed.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
