"""The page of an event behind a signed link: GET shows it, POST does what its forms ask for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from alerts.acknowledge import links, page, refusal
from alerts.acknowledge.asked import is_reason_missing, requests_of
from alerts.acknowledge.content import PageContent, read_content
from alerts.acknowledge.links import EpisodeLinks
from alerts.acknowledge.refusal import LinkRefusal
from alerts.notify import outbox
from alerts.texts.event_reader import EventReader
from ingest.journal import audit, requests
from ingest.journal.file import Journal
from liangqu.service.http import HTML, TEXT, Answer, HttpRequest
from sensors.model import LANGUAGES, Language

_NOTICES = {"1": "asked", "reason": "no_reason"}


class EventPages:
    """Answers requests to `/alerts/<id>`; any thread.

    Args:
        journal: Of the service.
        reader: Reads events.
        signed: Signs and verifies.
        clock: The time of day.
    """

    def __init__(
        self, journal: Journal, reader: EventReader, signed: EpisodeLinks, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._links = signed
        self._clock = clock

    def answer(self, request: HttpRequest) -> Answer:
        """GET shows the event and changes nothing; POST acts in the name that was signed."""
        given = request.form if request.method == "POST" else request.query
        by, lang, signature = given.get("by", ""), given.get("lang", ""), given.get("sig", "")
        language = next((each for each in LANGUAGES if each == lang), None)
        if language is None or not self._links.verify(request.rest, by, language, signature):
            return _refused(refusal.INVALID, request)
        now = self._clock()
        with self._journal.snapshot() as connection:
            content = read_content(connection, self._reader, request.rest, by, now)
            notified = None if content is None else outbox.last_created(connection, content.view.id)
        if content is None:
            return 404, TEXT, b"not found\n"
        if links.has_expired(content.view.ended, notified, now) or (
            by and by not in self._reader.notify.people
        ):
            return _refused(refusal.EXPIRED, request)
        if request.method == "POST":
            notice = self._act(content, request.form, self._name(by, language), now)
            # Relative: before a proxy the path may be longer than it is here.
            shown = self._links.fields(request.rest, by, language) | ({"asked": notice} if notice else {})
            return 303, f"?{urlencode(shown)}", b""
        fields = self._links.fields(request.rest, by, language)
        body = page.render(
            content, language, now, fields, lambda id_: self._links.relative(id_, by, language),
            notice=_NOTICES.get(given.get("asked", ""), ""),
        )  # fmt: skip
        return 200, HTML, body.encode()

    def _name(self, by: str, language: Language) -> str:
        return self._reader.notify.people[by].name if by else "值班人员" if language == "zh" else "on duty"

    def _act(self, content: PageContent, form: Mapping[str, str], name: str, now: datetime) -> str:
        """Submit what a form asks for; returns the notice that the page then shows, "" if there is none."""
        if is_reason_missing(form):
            return "reason"
        asked = [*requests_of(content, form, name, now)]
        if asked:
            with audit.acting(form.get("by") or "duty", "link"), self._journal.transaction() as connection:
                for what, body in asked:
                    requests.submit(connection, what, body, now)
        return "1" if asked else ""


def _refused(why: LinkRefusal, request: HttpRequest) -> Answer:
    if refusal.is_page_wanted(request.accept):
        return why.status, HTML, refusal.render(why).encode()
    return why.status, TEXT, f"{why.line}\n".encode()
