"""The report's page printed as PDF by WeasyPrint, if that and a font for each of its characters is there."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_NOTDEF = ".notdef glyph rendered"  # how WeasyPrint 67 and later log a character that no font has
_CJK = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))
_SHOWN = 5


class NoPdfError(Exception):
    """WeasyPrint or its libraries are not installed."""


class NoFontError(Exception):
    """Characters of the page would be printed as boxes; the text names some, and the package with a font."""


def pdf(page: str) -> bytes:
    """The page printed.

    Raises:
        NoPdfError: the optional extra `pdf` is not installed; the text says what to type.
        NoFontError: the fonts installed lack characters of the page.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            import weasyprint  # noqa: PLC0415 - optional, and slow to load
        except (ImportError, OSError) as error:
            raise NoPdfError(
                "report.pdf needs the extra pdf (pip install 'weasyprint>=67,<71')"
                f" and pango (libpango-1.0-0): {error}"
            ) from None
    if any("FontConfig" in str(each.message) for each in caught):  # said when it is loaded; pango would crash
        raise NoFontError(f"report.pdf: no font is installed: {_cure('月')}")
    with _missing() as missing:
        printed = weasyprint.HTML(string=page).write_pdf()
    if missing:
        shown = " ".join(f"{one} (U+{ord(one):04X})" for one in sorted(missing)[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise NoFontError(f"report.pdf: no font installed has {shown}{more}: {_cure(*missing)}")
    return bytes(printed or b"")


def _cure(*characters: str) -> str:
    cjk = any(low <= ord(one) <= high for one in characters for low, high in _CJK)
    return f"apt-get install {'fonts-noto-cjk' if cjk else 'fonts-noto-core'}"


@contextmanager
def _missing() -> Iterator[set[str]]:
    """The characters that WeasyPrint found in no font meanwhile."""
    found: set[str] = set()

    class FontWarnings(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if str(record.msg).startswith(_NOTDEF) and isinstance(record.args, tuple):
                found.add(str(record.args[0]))

    logger, handler = logging.getLogger("weasyprint"), FontWarnings()
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
