"""An event as a document, in both languages: sent over MQTT and used in every message."""

from datetime import datetime

from msgspec import Struct

from alerts.episodes.states import Announcement, ChangeReason, ChangeState
from alerts.events.decision import NotifyReason
from alerts.notify.sentences import change_text, facts_of
from alerts.notify.words import describe_measured, printable
from alerts.rules.definition import Category
from alerts.rules.index import NONE
from alerts.texts.details import describe_detail
from ingest.journal.entries import PointEntry
from sensors.calendar import SHANGHAI, EpochMs, from_ms, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_names
from sensors.model import Language, Name, Point, Severity, StatisticName


class AlertEvent(Struct, frozen=True, kw_only=True):
    """One change of one episode. Times are Shanghai's; `message` is in the language of the settings.

    `event` is the id of the event that it belongs to; "" if only old values have shown it. `told` is why
    people are notified, in what is sent to them. `peak` was compared with `peak_limit`.
    """

    rule: str
    site: str
    parameter: str
    severity: Severity
    category: Category
    state: ChangeState
    reason: ChangeReason
    since: datetime
    time: datetime
    value: float | None
    limit: float
    unit: str
    statistic: StatisticName
    episode: str
    historical: bool
    message: str
    text: Name
    name: Name
    site_name: Name
    source: str = ""
    detail: str = ""
    by: str = ""
    note: str = ""
    test: bool = False
    event: str = ""
    told: NotifyReason | None = None
    peak: float | None = None
    peak_limit: float | None = None


def to_event(
    announcement: Announcement, catalogue: Catalogue, language: Language, *, note: str = ""
) -> AlertEvent:
    """The event of an announcement."""
    watch, subject, time = announcement.watch, announcement.subject, announcement.time
    rule = watch.rule
    site_name = place_name(watch.site, catalogue)
    what = describe_measured(watch.parameter, rule.statistic, catalogue)
    source = next((b.source for b in watch.bounds(time).levels if b.told == subject.limit), "")
    detail = describe_detail(rule.statistic, announcement.detail, catalogue)
    facts = facts_of(announcement, site_name, what, detail)
    text = change_text(facts, announcement.state, announcement.severity, announcement.reason)
    return AlertEvent(
        rule=rule.id,
        site=watch.site,
        parameter=watch.parameter,
        severity=announcement.severity,
        category=rule.category,
        state=announcement.state,
        reason=announcement.reason,
        since=(subject.begun or time).astimezone(SHANGHAI),
        time=time.astimezone(SHANGHAI),
        value=subject.value,
        limit=subject.limit,
        unit=what.unit,
        statistic=rule.statistic,
        episode=subject.episode,
        historical=announcement.historical,
        message=getattr(text, language),
        text=text,
        name=rule.name,
        site_name=site_name,
        source=source,
        detail=announcement.detail,
        by=subject.acked_by,
        note=note,
        peak=subject.peak,
        peak_limit=subject.limit if subject.peak_limit is None else subject.peak_limit,
    )


def alert_point(event: AlertEvent, stamp: EpochMs) -> PointEntry:
    """An event as a point for the store, at that stamp.

    What only old values have begun is `historical` there, as nobody knows whether it still lasts.
    """
    is_past = event.historical and event.state == "firing"
    tags = {
        "site": event.site,
        "rule": event.rule,
        "parameter": event.parameter,
        "severity": event.severity,
        "category": event.category,
        "episode": event.episode,
    }
    fields = {
        "state": "historical" if is_past else event.state,
        "value": event.value,
        "limit": event.limit,
        "message": event.message,
        "by": event.by,
    }
    return PointEntry(Point("alert", tags, fields, from_ms(stamp)))


def test_event(by: str, now: datetime) -> AlertEvent:
    """An event that says it is only a test."""
    by, now = printable(by), now.astimezone(SHANGHAI)
    text = Name(f"【测试】这是一条测试消息，由 {by} 发出", f"[test] This is a test message, sent by {by}")
    return AlertEvent(
        rule="test", site=NONE, parameter=NONE, severity="info", category="system", state="firing",
        reason="test",
        since=now, time=now, value=None, limit=0.0, unit="", statistic="system",
        episode=f"test-{to_ms(now)}", historical=False, message=text.zh, text=text,
        name=Name("测试", "Test"), site_name=Name("监测系统", "Monitoring system"), by=by, test=True,
    )  # fmt: skip


def place_name(site: str, catalogue: Catalogue) -> Name:
    """What people call a site, a zone, a river, or the system itself."""
    if site == NONE:
        return Name("监测系统", "Monitoring system")
    found = catalogue.places.get(site)
    return found.name if found is not None else area_names(catalogue).get(site, Name(site, site))
