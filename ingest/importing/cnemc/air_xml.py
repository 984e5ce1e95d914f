"""The air feed as the platform's service sends it: XML with one element a station and hour."""

from xml.parsers import expat

from sensors.excerpt import excerpt

STATION = "AQIDataPublishLive"
_ENCODINGS = {"UTF-8", "UTF-16", "US-ASCII", "ISO-8859-1"}  # the parser's own


def xml_stations(document: bytes, name: str) -> list[tuple[int, dict[str, str]]]:
    """The line at which each station begins, and the texts of its elements by their local names.

    The HTML entity `&mdash;` is read as the dash it means.

    Raises:
        ValueError: It is not XML, is in another encoding than Unicode's, or has a document type, which the
            feed never has; names file and line.
    """
    reader = _Reader(name)
    reader.parse(document.replace(b"&mdash;", "—".encode()))
    return reader.stations


class _Reader:
    """Collects the elements we read of each station, and the line where it begins."""

    def __init__(self, name: str) -> None:
        self.stations: list[tuple[int, dict[str, str]]] = []
        self._name = name
        self._text: list[str] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._doctype

    def parse(self, document: bytes) -> None:
        try:
            self._parser.Parse(document, True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError as error:
            words = expat.ErrorString(error.code)
            raise ValueError(f"{self._name}: line {error.lineno}: not XML: {words}") from None

    def _start(self, tag: str, _attributes: object) -> None:
        self._text.clear()
        if _local(tag) == STATION:
            self.stations.append((self._parser.CurrentLineNumber, {}))

    def _end(self, tag: str) -> None:
        if self.stations and _local(tag) != STATION:
            self.stations[-1][1][_local(tag)] = "".join(self._text).strip()
        self._text.clear()  # however deep elements lie in each other, a text is read once

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        """Checked before the parser looks for a codec: Python has codecs that are not encodings."""
        if encoding is not None and encoding.upper() not in _ENCODINGS:
            raise ValueError(f"{self._name}: line 1: encoding {excerpt(encoding)}: the feed is in UTF-8")

    def _doctype(self, *_: object) -> None:
        line = self._parser.CurrentLineNumber
        raise ValueError(f"{self._name}: line {line}: a document type; the feed has none")


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]
