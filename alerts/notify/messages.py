"""Messages for people: notifications grouped by person and event, in their language, with link and id."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from msgspec import structs

from alerts.notify.channels import ChannelMessage
from alerts.notify.event import AlertEvent
from alerts.notify.outbox import MQTT, Notification
from alerts.notify.text_cut import cut, size
from alerts.notify.words import SEVERITIES, STATES, printable
from sensors.model import Language, Name

EpisodeLink = Callable[[str, str, Language], str]  # episode, person, language
_MOST_SEVERE_FIRST = ("critical", "warning", "watch", "info")


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
    notifications: Sequence[Notification], language: Language, link: EpisodeLink
) -> ChannelMessage:
    """The text for people; each event is a paragraph with time, the link to its page, and its id."""
    settled = {each.event.episode for each in notifications if _is_settled(each.event)}
    paragraphs = [_paragraph(notification, language, link, settled) for notification in notifications]
    return ChannelMessage(
        _title([n.event for n in notifications], language),
        "\n\n".join(paragraphs),
        notifications,
        notifications[0].thread,
    )


def fit(
    notifications: Sequence[Notification], language: Language, link: EpisodeLink, most: int
) -> Iterator[ChannelMessage]:
    """The same as messages of at most `most` bytes each (see `size`); 0 is any number.

    They are split between events. If one alone is too long, its sentence is cut: times, link and id stay.
    """
    if not most:
        yield to_message(notifications, language, link)
        return
    together: list[Notification] = []
    used = 0
    for notification in notifications:
        paragraph = size(f"{_paragraph(notification, language, link)}\n\n")
        title = size(_title([each.event for each in (*together, notification)], language))
        if together and title + used + paragraph > most:
            yield _short(together, language, link, most)
            together, used = [], 0
        together.append(notification)
        used += paragraph
    if together:
        yield _short(together, language, link, most)


def _size_of(each: ChannelMessage) -> int:
    return size(f"{each.title}\n\n{each.body}")


def _short(
    notifications: Sequence[Notification], language: Language, link: EpisodeLink, most: int
) -> ChannelMessage:
    whole = to_message(notifications, language, link)
    if _size_of(whole) <= most:
        return whole
    title = cut(whole.title, most // 4)
    facts = _facts(notifications[0], language, link)
    sentence = getattr(notifications[0].event.text, language)
    room = most - size(f"{title}\n\n\n{facts}")
    body = cut(f"{cut(sentence, room)}\n{facts}", most - size(f"{title}\n\n"))
    return structs.replace(whole, title=title, body=body)


def _title(events: Sequence[AlertEvent], language: Language) -> str:
    zh = language == "zh"
    if events[0].historical:
        count = len(events)
        return (
            f"[两区] 历史数据告警摘要（{count}）"
            if zh
            else f"[liangqu] digest of alerts from old data ({count})"
        )
    more = "" if len(events) == 1 else f"（{len(events)}）" if zh else f" ({len(events)})"
    return f"[{'两区' if zh else 'liangqu'}] {_places(events, language)} {_state(events, language)}{more}"


def _state(events: Sequence[AlertEvent], language: Language) -> str:
    """The most severe of them; where none fires, that they are over, or acknowledged if any lasts."""
    states = {event.state for event in events}
    if events[0].test:
        name = Name("测试", "test")
    elif "firing" in states:
        name = SEVERITIES[min((event.severity for event in events), key=_MOST_SEVERE_FIRST.index)]
    else:
        name = STATES["acknowledged" if "acknowledged" in states else "resolved"]
    return str(getattr(name, language))


def _places(events: Sequence[AlertEvent], language: Language) -> str:
    first, others = printable(getattr(events[0].site_name, language)), len({d.site for d in events}) - 1
    if not others:
        return first
    return f"{first}等{others + 1}处" if language == "zh" else f"{first} and {others} more"


def _paragraph(
    notification: Notification, language: Language, link: EpisodeLink, settled: Collection[str] = ()
) -> str:
    return f"{getattr(notification.event.text, language)}\n{_facts(notification, language, link, settled)}"


def _facts(
    notification: Notification, language: Language, link: EpisodeLink, settled: Collection[str] = ()
) -> str:
    """The lines below the sentence: time, page, id of the event."""
    event, zh = notification.event, language == "zh"
    since, time = (f"{t:%Y-%m-%d %H:%M}" for t in (event.since, event.time))
    lines = [f"开始 {since}，数据时间 {time}（北京时间）" if zh else f"since {since}, data of {time} (UTC+8)"]
    if event.historical:
        lines.append("历史数据，仅供记录" if zh else "old data, for the record only")
    page = "" if event.test else link(notification.thread, notification.to.person, language)
    if page:
        if event.episode in settled or _is_settled(event):
            lines.append(f"查看 {page}" if zh else f"view {page}")
        else:
            lines.append(f"查看并确认 {page}" if zh else f"view and acknowledge {page}")
    lines.append(f"{'编号' if zh else 'id'} {notification.thread}")
    return "\n".join(lines)


def _is_settled(event: AlertEvent) -> bool:
    """Whether there is nothing left to acknowledge: it is over, somebody has, or only old data showed it."""
    return event.state != "firing" or event.historical or bool(event.by)
