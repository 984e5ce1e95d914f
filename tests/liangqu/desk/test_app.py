import pytest
from starlette.testclient import TestClient

from liangqu.desk.assets import asset_address


def test_now_names_the_stations_in_the_language_that_was_chosen(client: TestClient) -> None:
    chinese = client.get("/").text
    english = client.get("/?lang=en").text
    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in english
    assert client.get("/").text == english


@pytest.mark.parametrize("path", ["/nothing", "/alerts/x/y/z", "/stream/nothing", "/assets/x/style.css"])
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_assets_are_kept_by_their_content(client: TestClient) -> None:
    found = client.get(asset_address("style.css"))
    assert found.status_code == 200
    assert "immutable" in found.headers["cache-control"]
    assert found.headers["content-type"].startswith("text/css")
