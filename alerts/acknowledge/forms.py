"""What can be done on an event's page, without scripts: acknowledge, silence, end a silence. Pure."""

from collections.abc import Iterator, Mapping
from html import escape

from alerts.acknowledge.content import PageContent
from alerts.acknowledge.words import PAGE_WORDS
from alerts.texts.phrases import clock_text
from sensors.model import Language

LONGEST_NOTE = 200
"""Characters; a form holds them in any script."""
LONGEST_REASON = 100
SILENCES = tuple(f"{hours}h" for hours in (1, 2, 8))
"""For how long an event can be silenced here."""


def said(key: str, language: Language, *values: object) -> str:
    """A phrase of the page with its values, as HTML."""
    return escape(str(getattr(PAGE_WORDS[key], language)).format(*values))


def answer_part(content: PageContent, language: Language, fields: Mapping[str, str], notice: str) -> str:
    """The form to acknowledge with, or why there is none; then the silences and their form.

    `fields` identify the person. `notice` is a phrase that says what became of a form: `asked` shows no form.
    """
    parts = [_done(said(notice, language))] if notice else []
    if notice == "asked":
        return "".join(parts)
    parts += _acknowledging(content, language, fields)
    parts += _silences(content, language, fields)
    if content.view.is_open and not content.is_old and not content.silences:
        parts.append(_silencing(language, fields))
    return "\n".join(parts)


def _acknowledging(content: PageContent, language: Language, fields: Mapping[str, str]) -> Iterator[str]:
    view, others = content.view, len(content.others)
    if view.state == "resolved":
        yield _done(said("over", language))
    elif content.is_old:
        yield _done(said("old", language))
    elif view.acked_by:
        yield _done(said("done", language, view.acked_by))
    elif not view.is_open:
        yield _done(said("recovering", language))
    else:
        yield _acknowledge_form(others, language, fields)
        return
    if others:
        button = f'<button name="do" value="others">{said("button_others", language, others)}</button>'
        yield _form(fields, button)


def _acknowledge_form(others: int, language: Language, fields: Mapping[str, str]) -> str:
    hint = said("note_hint", language)
    note = (
        f'<textarea name="note" rows="2" maxlength="{LONGEST_NOTE}" placeholder="{hint}" aria-label="{hint}">'
    )
    inner = f"{note}</textarea>"
    if others:
        inner += (
            '<label class="tick"><input type="checkbox" name="all" value="1">'
            f" {said('take_others', language, others)}</label>"
        )
    return _form(fields, f'{inner}<button name="do" value="ack">{said("button", language)}</button>')


def _silences(content: PageContent, language: Language, fields: Mapping[str, str]) -> Iterator[str]:
    for silence in content.silences:
        until = clock_text(silence.until)
        yield f'<p class="note">{said("silenced", language, until, silence.by, silence.reason or "–")}</p>'
        if silence.event == content.view.id:
            button = f'<button class="lesser" name="unsilence" value="{silence.id}">'
            yield _form(fields, f"{button}{said('unsilence', language)}</button>")


def _silencing(language: Language, fields: Mapping[str, str]) -> str:
    reason = said("reason", language)
    buttons = "".join(
        f'<button class="lesser" name="silence" value="{each}">'
        f"{said('hours', language, each.removesuffix('h'))}</button>"
        for each in SILENCES
    )
    inner = (
        f'<p class="soft">{said("silence_hint", language)}</p>'
        f'<input name="reason" required maxlength="{LONGEST_REASON}" placeholder="{reason}"'
        f' aria-label="{reason}">'
        f'<div class="row">{buttons}</div>'
    )
    return f"<details><summary>{said('silence', language)}</summary>{_form(fields, inner)}</details>"


def _form(fields: Mapping[str, str], inner: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post">{hidden}{inner}</form>'


def _done(text: str) -> str:
    return f'<div class="done">{text}</div>'
