"""What the pages say of events, refusals, files and HTTP: tables out of structs and constants."""

import ast
import inspect
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from msgspec import structs
from prometheus_client.core import Metric

from alerts.notify.event import AlertEvent
from alerts.rules.definition import SEVERITIES, Category
from dashboards.reports import export as report_files
from ingest.gateway.counters import FrameCounters
from ingest.journal import accounting
from ingest.journal.file import Journal
from ingest.sites.clock import ClockLimits
from ingest.stores.base import STORE_ERRORS
from liangqu.config.reference.types import EXPLAINED
from liangqu.service import http
from liangqu.service.health import ServiceHealth
from liangqu.service.metrics import journal_metrics, part_metrics, unused_metrics
from liangqu.service.monitoring.gateway_metrics import gateway_metrics as gateway_families
from liangqu.service.monitoring.state_metrics import process_metrics, state_metrics
from liangqu.tasks import export
from sensors.catalogue import loader
from sensors.model import Name
from tests.docs.blocks import MEANING, Block, code, table
from tests.support.paths import ROOT


def refusals() -> str:
    """Each reason for which an item is refused."""
    return table(("reason", "meaning"), ((code(reason), MEANING) for reason in accounting.REASONS))


def store_errors() -> str:
    """Each kind of failure of a store."""
    return table(("kind", "meaning"), ((code(kind), MEANING) for kind in STORE_ERRORS))


def event() -> str:
    """Each field of an event."""
    hints = get_type_hints(AlertEvent)
    rows = ((code(field.name), type_name(hints[field.name]), MEANING) for field in structs.fields(AlertEvent))
    return table(("field", "type", "meaning"), rows)


def type_name(hint: Any) -> str:
    """A type as JSON has it."""
    if get_origin(hint) is Literal and len(get_args(hint)) <= EXPLAINED:
        return " ".join(code(str(each)) for each in get_args(hint))
    if get_origin(hint) in {Union, UnionType}:
        return " or ".join("null" if each is type(None) else type_name(each) for each in get_args(hint))
    plain = {str: "text", float: "number", bool: "true or false", Name: '`{"zh": …, "en": …}`'}
    return plain.get(hint, "text" if get_origin(hint) is Literal else "time")


def severities() -> str:
    """The severities, the mildest first."""
    return table(("severity", "meaning"), ((code(each), MEANING) for each in SEVERITIES))


def categories() -> str:
    """The categories of rules."""
    return table(("category", "meaning"), ((code(each), MEANING) for each in get_args(Category)))


def event_reasons() -> str:
    """Why an event is sent: every reason that the code of the room can give, by state."""
    rows = ((code(f"{state}: {reason}"), MEANING) for state, reason in sorted(set(announced_reasons())))
    return table(("state: reason", "meaning"), rows)


def announced_reasons() -> Iterator[tuple[str, str]]:
    """(state, reason) of each call in alerts/ that tells of a change."""
    for file in sorted((ROOT / "alerts").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _reasons_of(node)
            elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "_CHANGE_REASONS":
                yield from (("firing", word) for word in _texts_of_map(node.value))


def _reasons_of(call: ast.Call) -> Iterator[tuple[str, str]]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    words = [each for argument in call.args for each in _texts(argument)]
    named = {each.arg: next(iter(_texts(each.value)), "") for each in call.keywords}
    if name == "Announcement" and len(words) > 1:
        yield words[0], words[1]
    elif name in {"_announce", "_announce_exceeded"}:
        yield from (("firing", word) for word in words)
    elif name in {"_resolve", "Ended"}:
        yield from (("resolved", word) for word in words)
    elif named.get("reason") and name != "Decision":
        yield named.get("state") or ("resolved" if name == "to_last_event" else "firing"), named["reason"]


def _texts_of_map(node: ast.expr | None) -> list[str]:
    """Constants that a map's values are."""
    return [word for value in node.values for word in _texts(value)] if isinstance(node, ast.Dict) else []


def _texts(node: ast.expr) -> list[str]:
    """Constants that an argument may be."""
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def metrics() -> str:
    """Each family of /metrics of the service."""
    return _families(service_families())


def service_families() -> list[Metric]:
    """The families of /metrics of a service that has just begun."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.db")
        families = [*journal_metrics(journal, 1), *part_metrics([]), *unused_metrics([])]
        now = datetime(2026, 11, 22, tzinfo=UTC)
        families += process_metrics(now, {}, {})
        families += state_metrics(journal, loader.load([]), ClockLimits(None), now)
        journal.close()
    return families


def gateway_metrics() -> str:
    """Each family of /metrics of the gateway."""
    return _families(list(gateway_families(FrameCounters())))


def _families(families: list[Metric]) -> str:
    return table(
        ("name", "type", "labels", "help text"),
        (
            (
                code(one.name + ("_total" if one.type == "counter" else "")), one.type,
                " ".join(code(label) for label in getattr(one, "_labelnames", ())), one.documentation,
            )
            for one in families
        ),
    )  # fmt: skip


def headers() -> str:
    """Headers of every answer."""
    return table(("header", "value"), ((code(name), code(value)) for name, value in http.HEADERS.items()))


def http_limits() -> str:
    """What a request may be."""
    rows = (
        ("body of a form", f"{http.LIMITS.body:,} bytes"),
        ("headers", f"{http.LIMITS.head:,} bytes; {http.LIMITS.headers} of them"),
        ("from the connection to the end of the answer", f"{http.LIMITS.request_s:g} s"),
        ("connections at once", f"{http.LIMITS.connections}"),
    )
    return table(("limit", "value"), rows)


def readiness() -> str:
    """The parts that /readyz names."""
    return table(("key", "meaning"), ((code(part), MEANING) for part in readiness_parts()))


def readiness_parts() -> list[str]:
    """Keys of what `ServiceHealth.troubles` returns, read from its text: a call needs a whole service."""
    troubles = ast.parse(textwrap.dedent(inspect.getsource(ServiceHealth.troubles)))
    found = next(node.value for node in ast.walk(troubles) if isinstance(node, ast.Return))
    assert isinstance(found, ast.Dict)
    return [key.value for key in found.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def columns(header: tuple[str, ...]) -> Block:
    """The columns of a file."""
    return lambda: table(("column", "meaning"), ((code(column), MEANING) for column in header))


BLOCKS: Mapping[str, Block] = {
    "refusals": refusals,
    "store-errors": store_errors,
    "event": event,
    "severities": severities,
    "categories": categories,
    "event-reasons": event_reasons,
    "metrics": metrics,
    "gateway-metrics": gateway_metrics,
    "headers": headers,
    "http-limits": http_limits,
    "readiness": readiness,
    "export-readings": columns(export.READINGS),
    "export-statistics": columns(export.STATISTICS),
    "report-means": columns(report_files.MEANS),
    "report-exceedances": columns(report_files.EXCEEDANCES),
}
