"""Every message of one event, to everybody, as the room's README prints them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from sensors.model import Language
from tests.support.alerting_harness import CATALOGUE
from tests.support.inbox_of_people import PeoplesInbox
from tests.support.paths import ROOT

README = ROOT / "alerts" / "README.md"
STATION = structs.replace(CATALOGUE.sites["chongli-qingshaonian"], contact="张工 0313-5550100")
WITH_CONTACT = structs.replace(CATALOGUE, sites={**CATALOGUE.sites, STATION.id: STATION})
PLACES = {"chongli-qingshaonian": 1.0, "taizicheng": 0.95, "zone-competition": 0.97}
COURSE = (  # hours after Sunday 10:00 in Beijing, the 24 h mean at 崇礼青少年活动中心
    (0.0, 32.0), (0.25, None), (3.0, 38.5), (6.0, 44.0), (21.0, 50.0), (24.0, 53.1), (26.0, 70.4),
    (29.0, 92.0), (29.5, "ack"), (32.0, 78.0), (36.0, 24.0), (48.5, None), (70.5, None),
)  # fmt: skip


def messages(folder: Path, language: Language) -> Iterator[str]:
    """Who reads what, when."""
    d = PeoplesInbox(
        folder, language=language, catalogue=WITH_CONTACT, board_url="https://grafana.example.org"
    )
    for hour, what in COURSE:
        d.hour = hour
        if what == "ack":
            d.ask("ack", episode=d.register()[0].id, by="李", note="检查员在路上")
        elif isinstance(what, float):
            for place, share in PLACES.items():
                d.statistic(place, "pm25", "24h", what * share)
        d.tick()
        for person in ("wang", "li"):
            for each in d.read(person):
                name = d.notify.people[person].name
                yield f"→ {name}\n{each.title}\n\n{each.body}\n"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_rooms_readme_prints_every_message_of_one_event(language: Language, tmp_path: Path) -> None:
    written = README.read_text(encoding="utf-8").partition(f"<!-- messages: {language} -->\n\n```text\n")[2]

    assert written.partition("```\n")[0] == "\n".join(messages(tmp_path, language))
