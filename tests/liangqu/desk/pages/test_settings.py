from pathlib import Path

import pytest
from starlette.testclient import TestClient

from liangqu.config.reference.in_force import tables_in_force
from liangqu.desk.desk import Desk


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_key_is_shown(client: TestClient, desk: Desk, language: str) -> None:
    page = client.get(f"/settings?lang={language}").text
    for table in tables_in_force(desk.files.found):
        for key in table.keys:
            assert f"<code>{key.described.key[1]}</code>" in page
    assert "liangqu.toml" in page


def test_secrets_are_not_shown(client: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANGQU_MQTT__PASSWORD", "open sesame")
    desk.read_again()
    page = client.get("/settings").text
    assert "LIANGQU_MQTT__PASSWORD" in page
    assert "open sesame" not in page


def test_a_file_that_cannot_be_used_is_said_on_every_page_and_the_former_stays(
    client: TestClient, desk: Desk
) -> None:
    folder = Path(desk.files.settings.journal.path).parent
    (folder / "liangqu.toml").write_text("[mqtt]\nport = 0\n", encoding="utf-8")
    desk.read_again()
    page = client.get("/rules").text
    assert "mqtt.port" in page
    assert desk.files.settings.mqtt.port == 1883
