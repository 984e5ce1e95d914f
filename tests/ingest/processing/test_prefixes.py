"""Topics of several prefixes: each message is read by the one that it came under."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from alerts.acknowledge.acknowledgement import Acknowledgement
from alerts.engine import AlertEngine
from alerts.notify.channels import ChannelMessage
from alerts.notify.channels.mqtt import MqttEvents
from alerts.notify.config import NotifyConfig
from alerts.notify.outbox import Notification
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from ingest.journal import inbox, site_clocks
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.processing.message_decoder import DecodedMessage, MessageDecoder
from liangqu.config.broker_choice import Mqtt
from liangqu.config.settings import Settings
from liangqu.config.shard_choice import ShardChoice
from liangqu.config.topics import topic_filters
from sensors.catalogue import loader
from sensors.decoding.topics import prefix_of
from tests.alerts.notify.test_outbox import EVENTS, document

CATALOGUE = loader.load()
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PREFIXES = ("liangqu/east", "liangqu/eastern/far", "west")
GOOD = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 40}}).encode()


@pytest.fixture(scope="module")
def decoder() -> MessageDecoder:
    rules = RuleIndex(definition.load(CATALOGUE), CATALOGUE)
    engine = AlertEngine(rules, NotifyConfig(), page_max_age=None)
    return MessageDecoder(CATALOGUE, Settings().bounds(), PREFIXES, engine)


def decoded(decoder: MessageDecoder, topic: str, payload: bytes = GOOD) -> DecodedMessage:
    return decoder.decode(InboxMessage(topic, payload, NOW))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_station_is_read_under_each_and_an_unknown_one_is_refused_in_the_words_of_its_own(
    decoder: MessageDecoder, prefix: str
) -> None:
    assert [one.site for one in decoded(decoder, f"{prefix}/air/wujinku").decoded.readings] == ["wujinku"]

    (refused,) = decoded(decoder, f"{prefix}/air/nobody").decoded.refused
    assert refused.reason == "unknown_site"
    (refused,) = decoded(decoder, f"{prefix}/ari/wujinku").decoded.refused
    assert f"did you mean {prefix}/air/wujinku?" in refused.detail


@pytest.mark.parametrize("topic", ["liangqu/air/wujinku", "liangqu/eastern/air/wujinku", "north/air/wujinku"])
def test_what_lies_under_none_of_them_is_nobodys(decoder: MessageDecoder, topic: str) -> None:
    (refused,) = decoded(decoder, topic).decoded.refused
    assert (refused.reason, prefix_of(topic, PREFIXES)) == ("unknown_topic", PREFIXES[0])


@pytest.mark.parametrize(("topic", "is_taken"), [("west/handling/abc", True), ("north/handling/abc", False)])
def test_acknowledgements_come_under_each(decoder: MessageDecoder, topic: str, is_taken: bool) -> None:
    found = decoded(decoder, topic, b'{"action": "ack", "by": "li"}').request
    assert (found == Acknowledgement("abc", "li", is_message=True)) == is_taken


def test_what_is_published_of_a_site_goes_where_its_last_message_came_from(tmp_path: Path) -> None:
    """Of one that has not sent, and of a zone, under the first; where there is one prefix none is kept."""
    journal = Journal(tmp_path / "journal.db")
    pipeline = Pipeline(
        journal, CATALOGUE, Settings().bounds(), prefix="a", other_prefixes=["b"], quarantine_limit=10**6
    )
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(f"{each}/air/wujinku", GOOD, NOW) for each in "ab"])
    while pipeline.step():
        pass
    sent: list[str] = []
    events = MqttEvents(
        lambda messages: sent.extend(topic for topic, _ in messages),
        "a",
        lambda site: site_clocks.read_prefix(journal.connection(), site),
    )
    for site in ("wujinku", "yanchang", "zone-city"):
        event = replace(document("e1", "firing"), site=site)
        told = Notification(1, "e1/firing", EVENTS, event, NOW, 0)
        events.send(ChannelMessage("", "", [told]))
    journal.close()

    assert [topic.removesuffix("/pm25/pm25") for topic in sent] == [
        "b/alerts/wujinku", "a/alerts/yanchang", "a/alerts/zone-city",
    ]  # fmt: skip


def test_what_is_subscribed_of_several_prefixes_and_of_one() -> None:
    """Two consumers of NATS for each filter: of one prefix also its common misspellings, of several none."""
    several = Settings(
        mqtt=Mqtt(prefixes=("a/x", "b"), client_id="s", ignore=("board",)), shard=ShardChoice(name="s")
    )
    found = topic_filters(several)

    assert found.wide == ("a/x/#", "b/#")
    assert found.instead["b/#"] == ("b/air/+", "b/water/+", "b/hj212/+", "b/handling/+")
    assert {"a/x/alerts/", "a/x/service/", "b/service/", "b/board/"} < {*found.passed_over}
    assert topic_filters(Settings()).wide[:3] == ("liangqu/#", "/LIANGQU/#", "/Liangqu/#")
    assert topic_filters(Settings()).passed_over == ("liangqu/alerts/",)
