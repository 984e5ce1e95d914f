"""Which services of apprise were tested, and how an answer says that a message was accepted. Pure."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_A_DAY_S = 86_400
_FILE = Path(__file__).with_name("services.toml")


class AppriseService(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of services.toml, which explains its keys."""

    schemas: tuple[str, ...]
    source: str
    taken: Mapping[str, tuple[str, ...]] = {}
    final: Mapping[str, tuple[str, ...]] = {}
    busy: Mapping[str, tuple[str, ...]] = {}
    wait: str = ""
    rates: tuple[tuple[int, float], ...] = ()
    message_bytes: int = 0

    def refusal(self, body: bytes) -> str:
        """Why a body does not say that the message was accepted; "" if it does."""
        try:
            answer = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            return "its answer is no JSON"
        for path, wanted in self.taken.items():
            values = list(_values(answer, path.split(".")))
            wrong = [value for value in values if wanted and _text(value) not in wanted]
            if not values:
                return f"its answer has no {path}"
            if wrong:
                return f"its answer has {path} {_text(wrong[0])[:40]!r}"
        return ""

    def is_final(self, body: bytes) -> bool:
        """Whether a body says that the same message would be refused each time."""
        return _says(body, self.final)

    def is_busy(self, body: bytes) -> bool:
        """Whether a body says that there were too many messages."""
        return _says(body, self.busy)

    def pause(self, body: bytes) -> float:
        """The seconds that a body asks us to wait; 0 if it does not."""
        found = next(_values(_decoded(body), self.wait.split(".")), None) if self.wait else None
        return float(found) if type(found) is int and 0 < found <= _A_DAY_S else 0.0


class _Table(Struct):
    service: tuple[AppriseService, ...]


def find_service(schema: str) -> AppriseService | None:
    """The service whose addresses begin with `schema://`; None if it was not tested."""
    return _by_schema().get(schema.lower())


@cache
def _by_schema() -> Mapping[str, AppriseService]:
    table = msgspec.toml.decode(_FILE.read_bytes(), type=_Table)
    return {schema: row for row in table.service for schema in row.schemas}


def _says(body: bytes, wanted: Mapping[str, tuple[str, ...]]) -> bool:
    answer = _decoded(body)
    return any(
        _text(value) in values
        for path, values in wanted.items()
        for value in _values(answer, path.split("."))
    )


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None


def _values(answer: object, path: list[str]) -> Iterator[object]:
    if not path:
        yield answer
    elif path[0] == "*" and isinstance(answer, list):
        for element in answer:
            yield from _values(element, path[1:]) if _has(element, path[1:]) else [None]
    elif isinstance(answer, dict) and path[0] in answer:
        yield from _values(answer[path[0]], path[1:])


def _has(element: object, path: list[str]) -> bool:
    return next(_values(element, path), element if not path else None) is not None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
