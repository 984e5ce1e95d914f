"""The desk in a real browser: signed in by a link, every page in both languages, on a phone and on a wall."""

import json
import re
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from liangqu.desk.pages import PAGES
from tests.end_to_end.alerts.test_notification import publish
from tests.end_to_end.desk.conftest import ServedDesk, elsewhere, sign_in
from tests.support.browser import Phone
from tests.support.servers import Mosquitto

AXE = (resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
# WCAG 2.2, levels A and AA.
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
NARROWEST = 320  # points, WCAG 2.2, 1.4.10: a window of 1280 at 400 %
SMALLEST = 24  # points each way, WCAG 2.2, 2.5.8; a link within a sentence may be less


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
            for wide in (width, NARROWEST):
                browser.resize(wide)
                if (beyond := browser.overflow()) > 0:
                    found.append(f"at {wide} points the page is {beyond} too wide")
            if found:
                wrong[path] = found
    assert wrong == {}


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
