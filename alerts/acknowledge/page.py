"""An event's page, for a phone: what, where, how high, since when, who knows, and what can be done. Pure."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from alerts.acknowledge.content import PageContent, SignedLink
from alerts.acknowledge.description import PageSection, describe
from alerts.acknowledge.forms import answer_part, said
from alerts.acknowledge.template import read_template
from alerts.texts.headline import headline
from alerts.texts.phrases import short_id
from sensors.model import Language


def render(
    content: PageContent,
    language: Language,
    now: datetime,
    fields: Mapping[str, str],
    link: SignedLink,
    *,
    notice: str = "",
) -> str:
    """The page as HTML.

    Args:
        content: What it shows.
        language: Of its words.
        now: The clock.
        fields: What the forms send back of the person's link.
        link: The pages of other events.
        notice: A phrase about the form that was just sent, see `forms.answer_part`.
    """
    view, described = content.view, describe(content, language, now, link)
    parts = [_part(each) for each in described.sections]
    if not described.is_told:
        parts.append(f'<p class="soft">{said("none_sent", language)}</p>')
    return read_template("page.html").substitute(
        lang="zh-CN" if language == "zh" else "en",
        title=escape(headline(view, language)),
        look=view.severity,
        severity=escape(described.severity),
        state=escape(described.state),
        place=escape(described.place),
        what=escape(described.what),
        note=f'<p class="note">{escape(described.notice)}</p>' if described.notice else "",
        value=escape(described.value),
        caption=escape(described.caption),
        curve=described.curve,
        facts=described.facts,
        zone=said("zone", language),
        answer=answer_part(content, language, fields, notice),
        parts="\n".join(parts),
        footer=said("footer", language, short_id(view.id)),
    )


def _part(section: PageSection) -> str:
    opened = " open" if section.is_open else ""
    return f"<details{opened}><summary>{section.title}</summary>{section.inner}</details>"
