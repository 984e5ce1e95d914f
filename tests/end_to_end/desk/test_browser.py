"""The desk in a real browser: signed in by a link, every page in both languages, on a phone and on a wall."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from liangqu.desk.pages import PAGES
from tests.deploy.deployment import DeploymentClient
from tests.end_to_end.alerts.test_notification import publish
from tests.support.browser import Phone
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Mosquitto, free_port

OCTOBER = datetime(2026, 9, 30, 16, tzinfo=UTC)
HISTORY = "site,time,pm25,pm10\n" + "".join(
    f"wujinku,{(OCTOBER + timedelta(hours=hour)).isoformat()},{20 + hour % 5},{30 + hour % 7}\n"
    for hour in range(72)
)
NOTIFY = """\
[[channel]]
id = "hook"
webhook = "http://127.0.0.1:9/"
[[person]]
id = "wang"
name = "王晓明"
channels = ["hook"]
[duty]
people = ["wang"]
since = 2026-11-23
"""
PASSWORD = "vier lampen stehen am fluss"
AXE = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
# What the law of the European Union and China's GB/T 37668 ask for alike: WCAG 2.1, levels A and AA.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
SMALLEST = 24  # points each way, WCAG 2.2, 2.5.8; a link within a sentence may be less


class ServedDesk(NamedTuple):
    """A service with a desk that asks for a login, and an invitation to it."""

    service: LiangquRun
    address: str
    invitation: str


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    server = Mosquitto(tmp_path_factory.mktemp("mosquitto")).start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, broker: Mosquitto) -> Iterator[ServedDesk]:
    folder = tmp_path_factory.mktemp("desk")
    (folder / "notify.toml").write_text(NOTIFY, encoding="utf-8")
    (folder / "notify.toml").chmod(0o600)
    port = free_port()
    more = (
        f'[desk]\nlisten = "127.0.0.1:{port}"\n[report]\nfolder = "{folder}/reports"\n'
        f'[alerts]\npage_max_age = "none"\nnotify_file = "{folder}/notify.toml"\n'
    )
    service = LiangquRun(folder, broker.port, more=more).start()
    said = service.command("desk", "user", "add", "wang", "--roles", "admin", "--display-name", "王晓明")
    (folder / "october.csv").write_text(HISTORY, encoding="utf-8")
    service.command("import", str(folder / "october.csv"))
    service.command("report", "2026-10", "--out", f"{folder}/reports")
    now = datetime.now(UTC)
    # Two hours above the plan's 25 µg/m³, where it is to be met stably: an event.
    publish(
        broker, [(now - timedelta(minutes=5 * n), 90.0) for n in range(24, 0, -1)], "chongli-qingshaonian"
    )
    stranger = DeploymentClient(broker.port)
    stranger.publish("liangqu/air/my-station", json.dumps({"time": now.isoformat(), "values": {"pm25": 12}}))
    stranger.stop()
    link = re.search(r"http://127\.0\.0\.1:\d+/invitation\?token=\S+", said)
    assert link is not None, said
    yield ServedDesk(service, f"http://127.0.0.1:{port}", link[0])
    service.kill()


@pytest.fixture(scope="module")
def passworded(served: ServedDesk, tmp_path_factory: pytest.TempPathFactory) -> ServedDesk:
    """The invitation is used once, in a browser."""
    with Phone(tmp_path_factory.mktemp("profile")) as phone:
        phone.visit(served.invitation)
        phone.fill("input[name=password]", PASSWORD)
        phone.fill("input[name=password_again]", PASSWORD)
        phone.press("main button")
        assert "王晓明" in phone.text()
        phone.visit(served.invitation)
        assert phone.count("input[name=password]") == 0
    return served


def sign_in(browser: Phone, desk: ServedDesk) -> None:
    browser.visit(f"{desk.address}/duty")
    browser.fill("input[name=name]", "wang")
    browser.fill("input[name=password]", PASSWORD)
    browser.press_key("input[name=password]", "Enter")
    assert "王晓明" in browser.text()


def violations(browser: Phone) -> list[str]:
    """What axe finds on the page, with the elements."""
    browser.run(AXE + "\n;return 0")
    found: dict[str, Any] = browser.run(f"return axe.run(document, {json.dumps(RULES)})")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def small_targets(browser: Phone) -> list[str]:
    """Buttons and fields that are too small to be hit."""
    script = f"""return [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea")]
        .filter((each) => each.offsetParent && !each.closest("label.tick"))
        .filter((each) => {{ const box = each.getBoundingClientRect();
            return box.width < {SMALLEST} && box.height < {SMALLEST}; }})
        .map((each) => each.outerHTML.slice(0, 120))"""
    return list(browser.run(script))


def elsewhere(browser: Phone, desk: ServedDesk) -> list[str]:
    """What the page has asked other machines for."""
    names = browser.run("return performance.getEntriesByType('resource').map((each) => each.name)")
    return [name for name in names if not name.startswith(desk.address) and not name.startswith("data:")]


def paths() -> list[str]:
    """Of every page, with an example for what stands in braces."""
    examples = {
        "{site}": "wujinku", "{month}": "2026-10", "{revision}": "1", "{language}": "zh",
    }  # fmt: skip
    found = []
    for page in PAGES:
        path = re.sub(r"\{[^}]+\}", lambda hit: examples.get(hit[0], hit[0]), page.path)
        if "{" not in path and not path.endswith((".csv", "/curves")):
            found.append(path)
    return [*dict.fromkeys(found), "/account"]


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1920)])
def test_every_page_can_be_read_and_asks_nobody_else(
    passworded: ServedDesk, tmp_path: Path, language: str, width: int
) -> None:
    wrong: dict[str, list[str]] = {}
    with Phone(tmp_path / "profile", width) as browser:
        sign_in(browser, passworded)
        for path in paths():
            browser.visit(f"{passworded.address}{path}{'&' if '?' in path else '?'}lang={language}")
            browser.screenshot(
                tmp_path / f"{path.strip('/').replace('/', '-') or 'now'}-{language}-{width}.png"
            )
            assert browser.count("main h1") == 1, path
            found = [*violations(browser), *small_targets(browser), *elsewhere(browser, passworded)]
            if (beyond := browser.overflow()) > 0:
                found.append(f"the page is {beyond} points too wide")
            if found:
                wrong[path] = found
    assert wrong == {}


@pytest.mark.server
@pytest.mark.heavy
def test_an_unknown_sender_an_event_and_a_mark_by_keyboard_and_touch(
    passworded: ServedDesk, tmp_path: Path
) -> None:
    service = passworded.service
    with Phone(tmp_path / "profile") as phone:
        sign_in(phone, passworded)
        phone.visit(f"{passworded.address}/alerts?lang=zh")
        assert "PM2.5" in phone.text()

        phone.visit(f"{passworded.address}/review/wujinku/2026-10?from=2026-10-02T02:00&to=2026-10-02T05:00")
        phone.fill("form.card input[name=reason]", "现场查明仪器故障")
        phone.press("form.card button")
        service.wait_until(lambda: "已标记" in phone.text(), "marked")
        marks = json.loads(service.command("marks", "--json"))
        assert [(one["site"], one["by"]) for one in marks] == [("wujinku", "王晓明")]

        phone.visit(f"{passworded.address}/quarantine")
        assert "my-station" in phone.text()


@pytest.mark.server
@pytest.mark.heavy
def test_now_follows_by_itself_until_it_is_paused(
    passworded: ServedDesk, broker: Mosquitto, tmp_path: Path
) -> None:
    with Phone(tmp_path / "profile", 1920) as browser:
        sign_in(browser, passworded)
        browser.visit(f"{passworded.address}/?lang=zh")
        passworded.service.wait_until(lambda: "实时更新" in browser.text(), "live")
        before = browser.run("return document.getElementById('live').innerText")
        publish(broker, [(datetime.now(UTC), 95.0)])
        passworded.service.wait_until(
            lambda: browser.run("return document.getElementById('live').innerText") != before, "followed"
        )
        browser.press("#live-pause")
        assert "已暂停更新" in browser.text()
        browser.press("#live-pause")
        passworded.service.wait_until(lambda: "实时更新" in browser.text(), "live again")
