"""What a link answers that opens no episode: a page for people, a line for programs. Pure."""

from msgspec import Struct

from alerts.acknowledge.links import HELD
from alerts.acknowledge.template import read_template
from sensors.model import Name


class LinkRefusal(Struct, frozen=True):
    """Why a link is refused, and what to do then."""

    status: int
    line: str
    title: Name
    hint: Name


INVALID = LinkRefusal(
    403,
    "链接无效 / this link is not valid",
    Name("链接无效", "This link is not valid"),
    Name(
        "链接可能没有复制完整。请从消息里直接打开。",
        "Part of it may be missing. Open it from the message itself.",
    ),
)
EXPIRED = LinkRefusal(
    410,
    "链接已失效 / this link has ended",
    Name("链接已失效", "This link has expired"),
    Name(
        f"告警结束 {HELD.days} 天后，或收件人已不在通知名单中，链接即失效。请打开最新消息里的链接。",
        f"A link expires {HELD.days} days after its alert is over, or with its recipient. "
        "Open the link in the newest message.",
    ),
)


def is_page_wanted(accept: str) -> bool:
    """Whether a header `Accept` leaves room for a page; a program names JSON or plain text instead."""
    return "text/html" in accept or not ("json" in accept or "text/plain" in accept)


def render(refusal: LinkRefusal) -> str:
    """The page as HTML, in both languages: whose link it was is not known."""
    title, hint = refusal.title, refusal.hint
    return read_template("refusal.html").substitute(
        zh=title.zh, en=title.en, zh_hint=hint.zh, en_hint=hint.en
    )
