"""Links of messages: whoever has one sees its event and may answer it, and nothing else."""

from starlette.requests import Request

from alerts.acknowledge import links
from alerts.acknowledge.links import EpisodeLinks
from ingest.journal.file import Journal
from liangqu.desk.access.user import User
from liangqu.desk.desk import Desk
from sensors.model import LANGUAGES

_PATH = "/alerts/"
_ON_DUTY = {"zh": "值班人员", "en": "on duty"}


class LinkGuests:
    """Whoever a signed link lets in, to the page of its event alone.

    Args:
        desk: Its journal has the secret; whoever was removed from the notify file has no link any more.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._links = EpisodeLinks(_secret(desk.journal), "")

    def __call__(self, request: Request) -> User | None:
        """The guest of this request; None if it carries no link of ours."""
        path, given = request.url.path, request.query_params
        id_ = path.removeprefix(_PATH)
        by, signature = given.get("by", ""), given.get("sig", "")
        language = next((each for each in LANGUAGES if each == given.get("lang")), None)
        if id_ == path or "/" in id_ or not signature or language is None:
            return None
        if not self._links.verify(id_, by, language, signature):
            return None
        people = self._desk.files.notify.people
        if by and by not in people:
            return None
        name = people[by].name if by else _ON_DUTY[language]
        return User(by or "duty", name, frozenset({"duty"}), by, only_event=id_)


def _secret(journal: Journal) -> str:
    with journal.transaction() as connection:
        return links.secret(connection)
