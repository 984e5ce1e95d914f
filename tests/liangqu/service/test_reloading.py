"""Which settings a reload takes in, and that all others are named."""

from msgspec import structs

from liangqu.config.schema import Alerts, CatalogueFiles, Http, Mqtt
from liangqu.config.settings import Settings
from liangqu.service.reloading import TAKEN, waiting_for_start, with_reloaded
from sensors.section import Section


def test_catalogue_people_and_language_are_taken_and_the_rest_is_named() -> None:
    running = Settings(mqtt=Mqtt(port=1883), http=Http(listen="127.0.0.1:9464"))
    read = Settings(
        language="en",
        mqtt=Mqtt(port=8883, window=5),
        http=Http(listen="127.0.0.1:1", public_url="https://example.org"),
        catalogue=CatalogueFiles(extra=("a.toml",)),
        alerts=Alerts(rules=("r.toml",), notify_file="n.toml"),
    )

    taken = with_reloaded(running, read)

    assert (taken.language, taken.catalogue, taken.alerts) == ("en", read.catalogue, read.alerts)
    assert taken.mqtt == running.mqtt
    assert taken.http == Http(listen="127.0.0.1:9464", public_url="https://example.org")
    assert [*waiting_for_start(taken, read)] == ["mqtt.port", "mqtt.window", "http.listen"]


def test_the_same_settings_leave_nothing_for_the_next_start() -> None:
    assert [*waiting_for_start(with_reloaded(Settings(), Settings()), Settings())] == []


def test_what_is_taken_are_tables_or_keys_of_the_settings() -> None:
    fields = {field.name: field.default for field in structs.fields(Settings)}

    assert {*TAKEN} <= fields.keys()
    assert all(isinstance(value, Section) for name, value in fields.items() if name != "language")
