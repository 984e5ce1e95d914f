import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ingest.journal import audit
from liangqu.desk.access import gate
from liangqu.desk.desk import Desk
from liangqu.desk.words import table

HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture(autouse=True)
def _rows(desk: Desk) -> None:
    with desk.journal.transaction() as connection:
        for n in range(250):
            who = "li" if n % 2 else "wang"
            with audit.acting(who, "desk"):
                at = desk.clock() - timedelta(days=250 - n)
                audit.record(
                    connection, "silence", [f"event-{n}"], at, why="<script>" if n == 249 else HOSTILE
                )


def test_a_page_has_the_newest_and_leads_to_the_older(client: TestClient) -> None:
    page = client.get("/audit").text
    assert page.count("<tr>") == 101
    assert "event-249" in page
    assert "<script>" not in page.partition("<main")[2]
    older = client.get(
        client.get("/audit").text.partition('<p><a href="')[2].partition('"')[0].replace("&amp;", "&")
    )
    assert "event-149" in older.text
    assert "event-150" not in older.text


@pytest.mark.parametrize(
    ("query", "number"),
    [
        pytest.param("", 250, id="all"),
        pytest.param("?who=li", 125, id="of somebody"),
        pytest.param("?who=nobody", 0, id="of nobody"),
        # NOW is 26 November 2026, noon; a row a day before it, the last of the 25th.
        pytest.param("?since=2026-11-21&until=2026-11-23", 3, id="of three days"),
    ],
)
def test_the_list_as_csv(client: TestClient, query: str, number: int) -> None:
    found = list(csv.DictReader(io.StringIO(client.get(f"/audit.csv{query}").text)))
    assert len(found) == number
    assert all(row["door"] == "desk" for row in found)
    assert not any(row["why"].startswith("=") for row in found)


@pytest.mark.parametrize("query", ["since=soon", "until=never"])
def test_a_day_that_is_none_is_said(query: str, client: TestClient) -> None:
    page = client.get(f"/audit?{query}")
    assert (page.status_code, "日期请写成" in page.text, "event-249" in page.text) == (422, True, True)
    assert client.get(f"/audit.csv?{query}").status_code == 400


@pytest.mark.parametrize("number", ["9" * 19, "9" * 5000, "-1", "x"])
def test_a_number_that_no_row_can_have_is_left_aside(number: str, client: TestClient) -> None:
    assert "event-249" in client.get(f"/audit?before={number}").text


def test_what_the_gate_refused_is_said(client: TestClient) -> None:
    assert "拒绝的访问" not in client.get("/audit").text
    assert client.post("/duty", data={"do": "test", "token": "forged"}).status_code == 403
    assert "表单不是从本页发出 1" in client.get("/audit").text


def test_each_reason_of_the_gate_has_its_words() -> None:
    access = Path(gate.__file__).parent
    texts = "".join((access / name).read_text(encoding="utf-8") for name in ("gate.py", "login_gate.py"))
    reasons = {
        *re.findall(r'counts\["(\w+)"\]', texts),
        *re.findall(r'_refuse_header\(request, "(\w+)"\)', texts),
    }
    assert len(reasons) == 8
    assert {f"refused_{reason}" for reason in reasons} <= table("audit").keys()
