"""Messages for people: a paragraph for each event as it is now, in their language, with its page's link."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from alerts.events.decision import NotifyReason
from alerts.notify.channels import ChannelMessage
from alerts.notify.event import AlertEvent
from alerts.notify.outbox import MQTT, Notification
from alerts.notify.words import SEVERITIES, STATES, printable
from alerts.texts.event_view import EventView
from alerts.texts.headline import standing_of, title_of
from alerts.texts.paragraph import KEPT, MessageLine, lines_of
from alerts.texts.phrases import phrase, short_id
from alerts.texts.summary import summary_of
from alerts.texts.text_cut import cut, size
from sensors.calendar import SHANGHAI
from sensors.model import Language

EpisodeLink = Callable[[str, str, Language], str]
"""The page of an event, or an episode without one, for a person in a language; "" without pages."""
Views = Mapping[str, EventView]
"""Events by id, as they are now."""
_MOST_SEVERE_FIRST = ("critical", "warning", "watch", "info")
_NEWS: Sequence[NotifyReason] = ("escalated", "handed_over", "first", "graver", "wider", "still")
_NO_VIEWS: Views = {}


def group_by_recipient(notifications: Iterable[Notification]) -> list[list[Notification]]:
    """What is sent together: a person's notifications of one event; historical ones in one digest."""
    groups: dict[tuple[str, str, str], list[Notification]] = {}
    for notification in notifications:
        if notification.to.channel == MQTT:
            key = ("", "", "")
        elif notification.event.historical:
            key = (notification.to.person, notification.to.address, "historical")
        else:
            key = (notification.to.person, notification.to.address, notification.thread)
        groups.setdefault(key, []).append(notification)
    return list(groups.values())


def join(groups: Iterable[Sequence[Notification]]) -> list[list[Notification]]:
    """Merge a person's groups of all events, when fewer messages are allowed; historical ones separately."""
    joined: dict[tuple[str, str, bool], list[Notification]] = {}
    for notifications in groups:
        first = notifications[0]
        joined.setdefault((first.to.person, first.to.address, first.event.historical), []).extend(
            notifications
        )
    return list(joined.values())


def severity_rank(notifications: Iterable[Notification]) -> int:
    """The rank of the most severe of them: 0 is critical, 3 is info."""
    return min(_MOST_SEVERE_FIRST.index(notification.event.severity) for notification in notifications)


def to_message(
    notifications: Sequence[Notification], language: Language, link: EpisodeLink, views: Views = _NO_VIEWS
) -> ChannelMessage:
    """The text for people: several notifications of one event are one paragraph, of what is.

    Of several events the title is of one: each paragraph then begins with how severe it is, and why it comes.
    """
    threads = _by_thread(notifications)
    paragraphs = [_written(_lines(of_one, language, link, views)) for of_one in threads]
    if len(threads) > 1:
        heads = [_head(of_one, language, views) for of_one in threads]
        paragraphs = [head + text for head, text in zip(heads, paragraphs, strict=True)]
    return _message(notifications, _title(threads, language, views), "\n\n".join(paragraphs), views)


def fit(
    notifications: Sequence[Notification],
    language: Language,
    link: EpisodeLink,
    most: int,
    views: Views = _NO_VIEWS,
) -> Iterator[ChannelMessage]:
    """The same as messages of at most `most` bytes each (see `size`); 0 is any number.

    They are split between events. If one alone is too long, the least important lines are left out, then its
    title and first line are cut: value and link stay.
    """
    if not most:
        yield to_message(notifications, language, link, views)
        return
    together: list[Notification] = []
    for of_one in _by_thread(notifications):
        if together and _size_of(to_message([*together, *of_one], language, link, views)) > most:
            yield _short(together, language, link, most, views)
            together = []
        together += of_one
    if together:
        yield _short(together, language, link, most, views)


def reason_of(notifications: Sequence[Notification], view: EventView) -> NotifyReason:
    """Why a message comes: what the event is now before what was to be said of it.

    Nobody hears "graver" who has not heard of it before; escalation and hand-over are said first.
    """
    if view.state == "resolved":
        return "over"
    if view.acked_by:
        return "acknowledged"
    told = {notification.event.told for notification in notifications}
    return next((reason for reason in _NEWS if reason in told), "first")


def _by_thread(notifications: Sequence[Notification]) -> list[list[Notification]]:
    """The notifications of each event; each historical one by itself."""
    threads: dict[tuple[str, int], list[Notification]] = {}
    for notification in notifications:
        alone = notification.id if notification.event.historical else 0
        threads.setdefault((notification.thread, alone), []).append(notification)
    return list(threads.values())


def _lines(
    of_one: Sequence[Notification], language: Language, link: EpisodeLink, views: Views
) -> list[MessageLine]:
    last, view = of_one[-1], _view_of(of_one, views)
    page = "" if last.event.test else link(last.thread, last.to.person, language)
    if view is None:
        return list(_lines_of_documents(of_one, language, page))
    return lines_of(view, reason_of(of_one, view), language, person=last.to.person, page=page)


def _head(of_one: Sequence[Notification], language: Language, views: Views) -> str:
    """`【关注·仍在持续】`; nothing before a document, which says it itself."""
    view = _view_of(of_one, views)
    if view is None:
        return ""
    return printable(phrase("headed", language, standing_of(view, reason_of(of_one, view), language)))


def _view_of(of_one: Sequence[Notification], views: Views) -> EventView | None:
    last = of_one[-1]
    return None if last.event.historical else views.get(last.thread)


def _lines_of_documents(
    of_one: Sequence[Notification], language: Language, page: str
) -> Iterator[MessageLine]:
    """Of what no event stands for: old data, a test, an episode of a former build; each episode's last."""
    last, event = of_one[-1], of_one[-1].event
    for text in {each.event.episode: each.event.text for each in of_one}.values():
        yield MessageLine(str(getattr(text, language)), KEPT)
    since, time = (f"{t.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for t in (event.since, event.time))
    times = f"开始 {since}，数据时间 {time}（北京时间）"
    yield MessageLine(times if language == "zh" else f"since {since}, data of {time} (UTC+8)", KEPT)
    if event.historical:
        yield MessageLine(phrase("old", language), 1)
    if page:
        is_settled = event.state != "firing" or event.historical or bool(event.by)
        yield MessageLine(phrase("view" if is_settled else "acknowledge", language, page), KEPT)
    if not event.test:
        yield MessageLine(phrase("id", language, short_id(last.thread)), 4)


def _title(threads: Sequence[Sequence[Notification]], language: Language, views: Views) -> str:
    """That of the most severe event that lasts, and how many more there are."""
    first = _speaking(threads, views)
    if first[0].event.historical:
        return phrase("brand", language) + phrase("digest", language, len(threads))
    more = phrase("many", language, len(threads) - (language == "en")) if len(threads) > 1 else ""
    view = views.get(first[0].thread)
    if view is not None:
        return title_of(view, reason_of(first, view), language) + more
    return _title_of_document(first[-1].event, language) + more


def _speaking(threads: Sequence[Sequence[Notification]], views: Views) -> Sequence[Notification]:
    """What a title is of: the most severe of what lasts, else of what is over."""

    def urgency(of_one: Sequence[Notification]) -> tuple[bool, int]:
        view = views.get(of_one[0].thread)
        is_over = not view.is_open if view is not None else of_one[-1].event.state == "resolved"
        severity = severity_rank(of_one) if view is None else _MOST_SEVERE_FIRST.index(view.severity)
        return is_over, severity

    return min(threads, key=urgency)


def _title_of_document(event: AlertEvent, language: Language) -> str:
    place, rule = (printable(str(getattr(name, language))) for name in (event.site_name, event.name))
    colon = " " if language == "zh" else ": "
    if event.test:
        return f"{phrase('brand', language)}{phrase('test', language)}{colon}{place}"
    names = SEVERITIES[event.severity] if event.state == "firing" else STATES[event.state]
    return f"{phrase('brand', language)}{getattr(names, language)}{colon}{place} {rule}"


def _written(lines: Iterable[MessageLine]) -> str:
    return "\n".join(line.text for line in lines)


def _message(notifications: Sequence[Notification], title: str, body: str, views: Views) -> ChannelMessage:
    view = views.get(_speaking(_by_thread(notifications), views)[0].thread)
    summary = None if view is None else summary_of(view)
    return ChannelMessage(title, body, notifications, notifications[0].thread, summary)


def _size_of(each: ChannelMessage) -> int:
    return size(f"{each.title}\n\n{each.body}")


def _short(
    notifications: Sequence[Notification], language: Language, link: EpisodeLink, most: int, views: Views
) -> ChannelMessage:
    """One event that may be too long: without its least important lines, at last cut."""
    whole = to_message(notifications, language, link, views)
    if _size_of(whole) <= most:
        return whole
    lines = _lines(notifications, language, link, views)
    for importance in sorted({line.importance for line in lines} - {KEPT}, reverse=True):
        lines = [line for line in lines if line.importance < importance]
        shorter = _message(notifications, whole.title, _written(lines), views)
        if _size_of(shorter) <= most:
            return shorter
    title = cut(whole.title, most // 4)
    first, *rest = [line.text for line in lines]
    facts = "\n".join(rest)
    first = cut(first, most - size(f"{title}\n\n\n{facts}"))
    body = cut(f"{first}\n{facts}", most - size(f"{title}\n\n"))
    return _message(notifications, title, body, views)
