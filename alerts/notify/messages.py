"""Messages for people: notices grouped by person and site, in their language, with link and key."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from alerts.notify.channels import ChannelMessage
from alerts.notify.event import AlertEvent
from alerts.notify.outbox import MQTT, Notification
from alerts.notify.text_cut import cut, size
from alerts.notify.words import SEVERITIES, printable
from sensors.model import Language

EpisodeLink = Callable[[str, str, Language], str]  # episode, person, language
_GRAVEST = ("critical", "warning", "watch", "info")


def group_by_recipient(notices: Iterable[Notification]) -> list[list[Notification]]:
    """Groups of notices sent together: of one site to one person; historical ones in one digest; in order."""
    groups: dict[tuple[str, str, str], list[Notification]] = {}
    for notice in notices:
        if notice.to.channel == MQTT:
            key = ("", "", "")
        elif notice.document.historical:
            key = (notice.to.person, notice.to.address, "historical")
        else:
            key = (notice.to.person, notice.to.address, notice.document.site)
        groups.setdefault(key, []).append(notice)
    return list(groups.values())


def join(groups: Iterable[Sequence[Notification]]) -> list[list[Notification]]:
    """Merge a person's groups of all sites, when fewer messages are allowed; historical ones separately."""
    joined: dict[tuple[str, str, bool], list[Notification]] = {}
    for notices in groups:
        first = notices[0]
        joined.setdefault((first.to.person, first.to.address, first.document.historical), []).extend(notices)
    return list(joined.values())


def gravest(notices: Iterable[Notification]) -> int:
    """The rank of the most severe of them: 0 is critical, 3 is info."""
    return min(_GRAVEST.index(notice.document.severity) for notice in notices)


def to_message(notices: Sequence[Notification], language: Language, link: EpisodeLink) -> ChannelMessage:
    """The text for people; each event is a paragraph with time, the link to its page, and its key."""
    paragraphs = [_paragraph(notice, language, link) for notice in notices]
    return ChannelMessage(_title([n.document for n in notices], language), "\n\n".join(paragraphs), notices)


def fit(
    notices: Sequence[Notification], language: Language, link: EpisodeLink, most: int
) -> Iterator[ChannelMessage]:
    """The same as messages of at most `most` bytes each (see `size`); 0 is any number.

    They are split between notices. If one alone is too long, its sentence is cut: times, link and key stay.
    """
    if not most:
        yield to_message(notices, language, link)
        return
    together: list[Notification] = []
    used = 0
    for notice in notices:
        paragraph = size(f"{_paragraph(notice, language, link)}\n\n")
        title = size(_title([each.document for each in (*together, notice)], language))
        if together and title + used + paragraph > most:
            yield _short(together, language, link, most)
            together, used = [], 0
        together.append(notice)
        used += paragraph
    if together:
        yield _short(together, language, link, most)


def _size_of(each: ChannelMessage) -> int:
    return size(f"{each.title}\n\n{each.body}")


def _short(
    notices: Sequence[Notification], language: Language, link: EpisodeLink, most: int
) -> ChannelMessage:
    whole = to_message(notices, language, link)
    if _size_of(whole) <= most:
        return whole
    title = cut(whole.title, most // 4)
    facts = _facts(notices[0], language, link)
    sentence = getattr(notices[0].document.text, language)
    room = most - size(f"{title}\n\n\n{facts}")
    return ChannelMessage(title, cut(f"{cut(sentence, room)}\n{facts}", most - size(f"{title}\n\n")), notices)


def _title(documents: Sequence[AlertEvent], language: Language) -> str:
    zh = language == "zh"
    first = documents[0]
    if first.historical:
        return (
            f"[两区] 历史数据超标摘要（{len(documents)}）"
            if zh
            else f"[liangqu] digest of old data ({len(documents)})"
        )
    gravest = min((d.severity for d in documents), key=_GRAVEST.index)
    state = getattr(SEVERITIES[gravest], language)
    if all(d.state == "resolved" for d in documents):
        state = "已解除" if zh else "over"
    if first.test:
        state = "测试" if zh else "test"
    more = (
        f"（{len(documents)}）"
        if len(documents) > 1 and zh
        else f" ({len(documents)})"
        if len(documents) > 1
        else ""
    )
    return f"[{'两区' if zh else 'liangqu'}] {_places(documents, language)} {state}{more}"


def _places(documents: Sequence[AlertEvent], language: Language) -> str:
    first, others = printable(getattr(documents[0].site_name, language)), len({d.site for d in documents}) - 1
    if not others:
        return first
    return f"{first}等{others + 1}处" if language == "zh" else f"{first} and {others} more"


def _paragraph(notice: Notification, language: Language, link: EpisodeLink) -> str:
    return f"{getattr(notice.document.text, language)}\n{_facts(notice, language, link)}"


def _facts(notice: Notification, language: Language, link: EpisodeLink) -> str:
    """The lines below the sentence: time, page, key."""
    document, zh = notice.document, language == "zh"
    since, time = (f"{t:%Y-%m-%d %H:%M}" for t in (document.since, document.time))
    lines = [f"开始 {since}，数据时间 {time}（北京时间）" if zh else f"since {since}, data of {time} (UTC+8)"]
    if document.historical:
        lines.append("历史数据，仅供记录" if zh else "old data, for the record only")
    page = "" if document.test else link(document.episode, notice.to.person, language)
    if page:
        lines.append(f"查看并确认 {page}" if zh else f"look and acknowledge {page}")
    lines.append(f"{'编号' if zh else 'key'} {notice.key}")
    return "\n".join(lines)
