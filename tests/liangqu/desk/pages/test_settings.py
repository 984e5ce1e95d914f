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


def test_rows_say_from_which_file_they_come(client: TestClient, desk: Desk) -> None:
    folder = Path(desk.files.settings.journal.path).parent
    row = '[[site]]\nid = "wujinku"\nmedium = "air"\nname = { zh = "五金库二", en = "W" }\nzone = "city"\n'
    (folder / "mine.toml").write_text(row, encoding="utf-8")
    with (folder / "liangqu.toml").open("a", encoding="utf-8") as file:
        file.write('[catalogue]\nextra = ["mine.toml"]\n')
    desk.read_again()

    page = client.get("/settings").text

    assert page.count("五金库二 <code>wujinku</code>") == 1
    assert "<strong>mine.toml</strong>" in page
    assert "五金库 <code>wujinku</code>" not in page
    assert "人民公园 <code>renmin-gongyuan</code>" in page
