"""Requests made of rubbish, with and without a login: whatever is sent, no answer is a failure of ours."""

import asyncio
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import ASGITransport, AsyncClient

from liangqu.desk.access.tokens import form_token
from liangqu.desk.pages import PAGES
from tests.liangqu.desk.access.conftest import Guarded
from tests.support.paths import ROOT

RUBBISH = [
    "", " ", "0", "-1", "1e999", "9" * 40, "٣", "NaN", "null", "true", "\0", "\r\nSet-Cookie: x=1", "\ud7ff",
    "../../etc/passwd", "%2e%2e%2f", "{{7*7}}", "${x}", "' OR 1=1 --", "<script>alert(1)</script>", "张家口",
    "2026-13", "2026-02-30", "0000-00-00", "9999-12-31T23:59:59+14:00", "2026-10", "wujinku", "pm25", "all",
    "a" * 3000, "\u202e", "😀", "[]", "{", "=1+1", "2026-11-26T00:00", "zh", "csv",
]  # fmt: skip
TEMPLATES = ROOT / "liangqu/desk/templates"
NAMES = sorted(
    {
        name
        for file in TEMPLATES.rglob("*.html")
        for name in re.findall(r'name="(\w+)"', file.read_text("utf-8"))
    }
)
VERBS = sorted(
    {
        verb
        for file in TEMPLATES.rglob("*.html")
        for verb in re.findall(r'name="do"[^>]*value="(\w+)"', file.read_text("utf-8"))
    }
    - {"sign_out", "sign_out_everywhere"}
)
LEFT_ALONE = ("/reports", "/settings", "/stream")
"""Their forms start processes or ask other servers; what is sent there has no verb. Streams do not end."""
METHODS = ("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "X")


def rubbish(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return "".join(chr(chance.randrange(1, 0xD7FF)) for _ in range(chance.randrange(12)))
    return chance.choice(RUBBISH)


def path_of(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return "/" + "/".join(quote(rubbish(chance), safe="%") for _ in range(chance.randrange(5)))
    route = chance.choice(
        [page.path for page in PAGES] + ["/login", "/invitation", "/account", "/assets/x/y"]
    )
    return re.sub(r"{[^}]*}", lambda _: quote(rubbish(chance), safe="") or "x", route)


def request_of(chance: random.Random, cookie: str) -> dict[str, Any]:
    method, path = chance.choice(METHODS), path_of(chance)
    fields = {chance.choice(NAMES): rubbish(chance) for _ in range(chance.randrange(8))}
    headers = {"accept": chance.choice(["text/html", "*/*", "application/json", ""])}
    has_login = chance.random() < 0.7
    if has_login:
        headers["cookie"] = f"__Host-liangqu-desk={cookie}; language={quote(rubbish(chance))}"
    asked: dict[str, Any] = {"method": method, "headers": headers}
    if chance.random() < 0.5:
        asked["params"] = {chance.choice(NAMES): rubbish(chance) for _ in range(chance.randrange(5))}
    if method == "POST":
        if has_login and chance.random() < 0.8:
            fields["token"] = form_token(cookie)
        if not path.startswith(LEFT_ALONE) and chance.random() < 0.7:
            fields["do"] = chance.choice(VERBS)
        match chance.randrange(4):
            case 0:
                asked["content"] = chance.randbytes(chance.randrange(200))
                headers["content-type"] = chance.choice(
                    [
                        "multipart/form-data",
                        "multipart/form-data; boundary=x",
                        "application/x-www-form-urlencoded",
                        "x",
                    ]
                )
            case 1:
                asked["files"] = {"file": (rubbish(chance), chance.randbytes(50))}
                asked["data"] = fields
            case _:
                asked["data"] = fields
    return {"url": path, **asked}


async def send(guarded: Guarded, cookie: str, seed: int, count: int) -> Counter[int]:
    chance, found = random.Random(seed), Counter[int]()
    transport = ASGITransport(app=guarded.app)
    async with AsyncClient(transport=transport, base_url="https://desk.test") as client:
        for number in range(count):
            asked = request_of(chance, cookie)
            client.cookies.clear()
            try:
                answer = await client.request(**asked)
            except UnicodeEncodeError:  # a header that the client cannot send
                continue
            assert answer.status_code != 500, (seed, number, asked, answer.text[:300])
            found[answer.status_code] += 1
    return found


def prove(guarded: Guarded, seed: int, count: int) -> None:
    browser = guarded.signed_in("wang")
    found = asyncio.run(send(guarded, browser.cookies["__Host-liangqu-desk"], seed, count))
    print(f"seed {seed}: {dict(found)}")
    assert found[200] > count / 50
    assert found[303] > count / 300
    assert browser.get("/").status_code == 200


def test_no_rubbish_is_a_failure_of_ours(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    prove(guarded, random.randrange(10**6), 600)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(20))
def test_no_rubbish_of_100_000_requests_is_a_failure_of_ours(
    guarded: Guarded, seed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    prove(guarded, seed, 5000)
