"""What people read: notices grouped by person and site, in their language, with the link and the key."""

from collections.abc import Callable, Iterable, Sequence

from alerts.channels import Message
from alerts.document import Document
from alerts.outbox import MQTT, Notice
from alerts.words import SEVERITIES

Link = Callable[[str, str, str], str]  # episode, person, language
_GRAVEST = ("critical", "warning", "watch", "info")


def group(notices: Iterable[Notice]) -> list[list[Notice]]:
    """Those that go out together: of one site to one person; old ones in one digest; events in order."""
    groups: dict[tuple[str, str], list[Notice]] = {}
    for notice in notices:
        if notice.to.channel == MQTT:
            key = ("", "")
        elif notice.document.historical:
            key = (notice.to.person, "historical")
        else:
            key = (notice.to.person, notice.document.site)
        groups.setdefault(key, []).append(notice)
    return list(groups.values())


def message(notices: Sequence[Notice], language: str, link: Link) -> Message:
    """The words for people; each event a paragraph with when, the link to its page, and its key."""
    paragraphs = [_paragraph(notice, language, link) for notice in notices]
    return Message(_title([n.document for n in notices], language), "\n\n".join(paragraphs), notices)


def _title(documents: Sequence[Document], language: str) -> str:
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
    return f"[{'两区' if zh else 'liangqu'}] {getattr(first.site_name, language)} {state}{more}"


def _paragraph(notice: Notice, language: str, link: Link) -> str:
    document, zh = notice.document, language == "zh"
    since, time = (f"{t:%Y-%m-%d %H:%M}" for t in (document.since, document.time))
    lines = [
        getattr(document.text, language),
        f"开始 {since}，数据时间 {time}（北京时间）" if zh else f"since {since}, data of {time} (UTC+8)",
    ]
    if document.historical:
        lines.append("历史数据，仅供记录" if zh else "old data, for the record only")
    page = "" if document.test else link(document.episode, notice.to.person, language)
    if page:
        lines.append(f"查看并确认 {page}" if zh else f"look and acknowledge {page}")
    lines.append(f"{'编号' if zh else 'key'} {notice.key}")
    return "\n".join(lines)
