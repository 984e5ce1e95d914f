"""The facts as JSON for other programs: ids, codes of reasons, times with Shanghai's offset."""

from datetime import datetime
from typing import Any

from ingest.journal.database.holder import Holder
from liangqu.service.monitoring.self_report import SelfReport
from liangqu.status.content import AreaFacts, ChannelFacts, CurrentValue, JournalLoad, StationFacts, Status
from sensors.calendar import SHANGHAI
from sensors.standards.aqi import level_of, levels


def to_document(status: Status) -> dict[str, Any]:
    """Everything on the screen and what it leaves out; `null` where there is nothing."""
    return {
        "now": _iso(status.now),
        "service": _service(status),
        "journal": _journal(status.journal, status.now),
        "events": [
            {
                "event": view.id,
                "severity": view.severity,
                "state": view.state,
                "area": view.area,
                "cause": view.cause,
                "begin": _iso(view.begun),
                "value": view.lead.value,
                "limit": view.lead.limit,
                "acknowledged_by": view.acked_by,
            }
            for view in status.events
        ],
        "silences": status.silences,
        "stations": [_station(one, status.now) for one in status.stations],
        "zones": [_area(one) for one in status.areas],
        "quarantine_24h": [
            {"reason": one.reason, "items": one.items, "newest": _iso(one.newest)}
            for one in status.quarantine
        ],
        "channels": [_channel(one) for one in status.channels],
        "changed_days": status.changed_days,
    }


def _service(status: Status) -> dict[str, Any]:
    report = status.report or SelfReport(version="", started=status.now, said=status.now)
    is_known, uptime = status.report is not None, status.uptime
    return {
        "state": status.state,
        "version": report.version or None,
        "shard": report.shard or None,
        "started": _iso(report.started) if is_known else None,
        "stopped": _iso(report.stopped),
        "reported": _iso(report.said) if is_known else None,
        "uptime_seconds": None if uptime is None else round(uptime.total_seconds()),
        "broker": report.broker or None,
        "connected": _iso(report.connected),
        "store": report.store or None,
        "http_port": report.http or None,
        "troubles": {
            part: {"words": one.words, "since": _iso(one.since)} for part, one in report.troubles.items()
        },
        "warnings": list(report.warnings),
        "restarts": dict(report.restarts),
        "standby": None if status.standby is None else _standby(status.standby),
    }


def _standby(one: Holder) -> dict[str, Any]:
    return {"host": one.host, "pid": one.pid, "since": _iso(one.since)}


def _journal(journal: JournalLoad, now: datetime) -> dict[str, Any]:
    age = None if journal.oldest is None else max(0.0, (now - journal.oldest).total_seconds())
    return {
        "path": journal.path,
        "inbox": journal.inbox,
        "outgoing": journal.outgoing,
        "held": journal.held,
        "oldest_seconds": age,
        "recompute": journal.recompute,
        "used_bytes": journal.used,
        "limit_bytes": journal.limit,
        "received": journal.received,
        "late": journal.late,
    }


def _station(one: StationFacts, now: datetime) -> dict[str, Any]:
    site = one.site
    fault = None if one.fault is None else one.fault.behind.total_seconds()
    return {
        "site": site.id,
        "medium": site.medium,
        "state": one.state,
        "last_heard": _iso(one.heard),
        "age_seconds": None if one.heard is None else max(0.0, (now - one.heard).total_seconds()),
        "cycle_seconds": site.cycle.total_seconds(),
        "clock_behind_seconds": fault,
        "marks": [
            {"as": each.what, "parameter": each.parameter, "to": _iso(each.end), "reason": each.reason}
            for each in one.marks
        ],
        **_value(one.value, is_air=site.medium == "air"),
    }


def _area(one: AreaFacts) -> dict[str, Any]:
    return {"zone": one.place.id, **_value(one.value, is_air=True)}


def _value(value: CurrentValue | None, *, is_air: bool) -> dict[str, Any]:
    if value is None:
        return {"aqi" if is_air else "class": None}
    if is_air:
        level = level_of(min(value.number, levels()[-1].up_to)).level
        return {
            "aqi": value.number,
            "level": level,
            "primary": list(value.grounds),
            "value_at": _iso(value.at),
        }
    met = None if value.target is None else value.number <= value.target
    return {
        "class": value.number,
        "determining": list(value.grounds),
        "target": value.target,
        "met": met,
        "value_at": _iso(value.at),
    }


def _channel(one: ChannelFacts) -> dict[str, Any]:
    return {
        "channel": one.id,
        "address": one.address or None,
        "last_sent": _iso(one.sent),
        "waiting": one.waiting,
        "last_failed": _iso(one.failed),
        "failure": one.failure or None,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
