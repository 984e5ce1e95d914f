"""The air feed: XML with one element a station and hour.

Its ozone names are swapped: `O3` is the day's maximum and `O3_24h` the current hour (all 4,274 AQI values of
July 2019 agree with that, 56 % with the names). The `_24h` of the others are moving means, which we make
ourselves. Hours are Beijing time and named by their end.
"""

from collections.abc import Iterator, Mapping
from xml.parsers import expat

from ingest.importing.cells import BadCell, CsvReading, cell_value
from ingest.importing.cnemc.feed import BLANK, feed_columns
from sensors.calendar import SHANGHAI
from sensors.decoding.times import parse_time
from sensors.excerpt import excerpt
from sensors.model import NORMAL, Kind, Label, RefusalReason, Refused

STATION = "AQIDataPublishLive"
KIND: Kind = "hour"
LABEL: Label = "end"
_ENCODINGS = {"UTF-8", "UTF-16", "US-ASCII", "ISO-8859-1"}  # the parser's own
_READ = {"StationCode", "TimePoint", *feed_columns().air}


def cells(document: bytes, name: str, names: Mapping[str, str]) -> Iterator[CsvReading | BadCell]:
    """Every measured value of a document, station by station.

    Args:
        document: The feed's answer; its HTML entity `&mdash;` is read as the dash it means.
        name: What the file is called, for what is refused.
        names: Site ids by station code; other stations keep their code as site.

    Raises:
        ValueError: It is not XML, is in another encoding than Unicode's, or has a document type, which the
            feed never has; names file and line.
    """
    reader = _Reader(name)
    reader.parse(document.replace(b"&mdash;", "—".encode()))
    for line, station in reader.stations:
        yield from _station(line, station, name, names)


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
        if self.stations and _local(tag) in _READ:
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


def _station(
    line: int, station: Mapping[str, str], name: str, names: Mapping[str, str]
) -> Iterator[CsvReading | BadCell]:
    code, stamp = station.get("StationCode", ""), station.get("TimePoint", "")
    site = names.get(code, code)
    parsed = parse_time(stamp, SHANGHAI) if stamp else Refused("no_time", "there is no TimePoint")
    time = None if isinstance(parsed, Refused) else parsed
    wrong: tuple[str, RefusalReason, str, str] | None = None
    if not site:
        wrong = ("StationCode", "unknown_site", "no station code", "")
    elif isinstance(parsed, Refused):
        wrong = ("TimePoint", parsed.reason, parsed.detail, stamp)
    for element, parameter in feed_columns().air.items():
        text = station.get(element, "")
        if text in BLANK:
            continue
        value = cell_value(text)
        if wrong is None and value is not None and time is not None:
            yield CsvReading(site, parameter, time, value, NORMAL, KIND, line)
        else:
            found = wrong or (element, "not_a_number", f"not a number: {text[:64]!r}", text)
            yield BadCell(name, line, *found, site, parameter, time or stamp, text, kind=KIND)
