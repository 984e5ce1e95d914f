"""A Word document as bytes that hold no clock."""

import io
import zipfile
from typing import Any

_STAMP = (2000, 1, 1, 0, 0, 0)
"""Of every file inside: the clock must not be in what is a function of its inputs."""


def document_bytes(document: Any) -> bytes:
    """The document saved; equal documents give equal bytes."""
    saved, out = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in whole.namelist():
            fixed.writestr(zipfile.ZipInfo(name, _STAMP), whole.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
