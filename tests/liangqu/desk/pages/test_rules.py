import pytest
from starlette.testclient import TestClient

from alerts.rules import definition
from liangqu.desk.desk import Desk


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_is_named_in_words(client: TestClient, desk: Desk, language: str) -> None:
    page = client.get(f"/rules?lang={language}").text
    for rule in desk.files.rules.rules.values():
        assert getattr(rule.name, language).replace("'", "&#39;") in page
    assert "PM2.5 24" in page
    assert len(desk.files.rules.rules) == len(definition.load(desk.files.catalogue))
