"""A real Chromium, the size of a phone, driven through chromedriver's own protocol (W3C WebDriver)."""

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.support.servers import PATIENCE, free_port

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Space": "\ue00d"}
PHONES = 600
"""Narrower ones are phones, and touch."""
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference


class Phone:
    """One browser with a fresh profile in `folder`; 390 by 780 points, or a window as wide as is said.

    Attributes:
        downloads: Where it saves files.
    """

    def __init__(self, folder: Path, width: int = 390, *flags: str) -> None:
        self._folder = folder
        self._width = width
        self._flags = flags
        self.downloads = folder.with_name(f"{folder.name}-downloads")
        self._url = f"http://127.0.0.1:{free_port()}"

    def __enter__(self) -> Self:
        driver = shutil.which("chromedriver")
        assert driver, "chromedriver is not installed: sudo apt-get install -y chromium chromium-driver"
        port = self._url.rpartition(":")[2]
        self._process = subprocess.Popen(
            [driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait()
        options: dict[str, Any] = {
            "args": [
                *FLAGS, *self._flags, f"--user-data-dir={self._folder}", f"--window-size={self._width},1080",
            ],
            "prefs": {"download.default_directory": str(self.downloads)},
        }  # fmt: skip
        if self._width < PHONES:
            metrics = {"width": self._width, "height": 780, "pixelRatio": 2.0}
            options["mobileEmulation"] = {"deviceMetrics": metrics}
        asked = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self._session = f"/session/{self._call('POST', '/session', asked)['sessionId']}"
        return self

    def __exit__(self, *_: object) -> None:
        self._call("DELETE", self._session)
        self._process.terminate()
        self._process.wait(PATIENCE)

    def visit(self, url: str) -> None:
        self._call("POST", f"{self._session}/url", {"url": url})

    def text(self) -> str:
        """What a reader sees."""
        return str(self._script("return document.body.innerText"))

    def count(self, selector: str) -> int:
        """How many elements of the page match."""
        return int(self._script(f"return document.querySelectorAll({json.dumps(selector)}).length"))

    def width(self, selector: str) -> float:
        """How wide the first element that matches is drawn, in points."""
        drawn = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        return float(self._script(f"return {drawn}.width"))

    def overflow(self) -> int:
        """By how many points the page is wider than the phone."""
        script = "const page = document.documentElement; return page.scrollWidth - page.clientWidth"
        return int(self._script(script))

    def resize(self, width: int) -> None:
        """Make the phone or window as wide as that, without loading the page again."""
        metrics = {"width": width, "height": 780, "deviceScaleFactor": 0, "mobile": width < PHONES}
        body = {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics}
        self._call("POST", f"{self._session}/goog/cdp/execute", body)

    def press(self, selector: str) -> None:
        self._call("POST", f"{self._session}/element/{self._find(selector)}/click", {})

    def fill(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._call("POST", f"{self._session}/element/{self._find(selector)}/value", {"text": text})

    def _find(self, selector: str) -> str:
        found = self._call("POST", f"{self._session}/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def screenshot(self, file: Path) -> None:
        file.write_bytes(base64.b64decode(self._call("GET", f"{self._session}/screenshot")))

    def run(self, script: str) -> Any:
        """What a script in the page returns; of a promise what becomes of it."""
        return self._script(script)

    def press_key(self, selector: str, key: str) -> None:
        """Type a key such as Enter into an element."""
        self.fill(selector, KEYS[key])

    def tab_to(self, selector: str, most: int = 150) -> None:
        """Press Tab until the focus is on an element that matches, as somebody without a mouse does."""
        matches = f"return document.activeElement.matches({json.dumps(selector)})"
        for _ in range(most):
            self.type(KEYS["Tab"])
            if self._script(matches):
                return
        raise AssertionError(f"{selector}: no Tab leads there")

    def type(self, keys: str) -> None:
        """Type into whatever has the focus."""
        active = str(self._call("GET", f"{self._session}/element/active")[_ELEMENT])
        self._call("POST", f"{self._session}/element/{active}/value", {"text": keys})

    def put(self, selector: str, value: str) -> None:
        """Choose a value of a list, or a day or time, whose typing differs between countries."""
        found = self._script(
            f"const field = document.querySelector({json.dumps(selector)});"
            f"field.value = {json.dumps(value)};"
            "field.dispatchEvent(new Event('change', {bubbles: true})); return field.value"
        )
        assert found == value, f"{selector} takes no {value}"

    def agree(self) -> None:
        """Say yes to the question that the page asks."""
        self._call("POST", f"{self._session}/alert/accept", {})

    def drag_across(self, selector: str, begin: float, end: float) -> None:
        """Press at a share of an element's width, move to another, and let go."""
        origin = {_ELEMENT: self._find(selector)}
        width = self.width(selector)
        places = [round((share - 0.5) * width) for share in (begin, (begin + end) / 2, end)]
        moves = [{"type": "pointerMove", "origin": origin, "x": x, "y": 0, "duration": 80} for x in places]
        down, up = ({"type": what, "button": 0} for what in ("pointerDown", "pointerUp"))
        steps = [moves[0], down, *moves[1:], up]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._call("POST", f"{self._session}/actions", {"actions": [pointer]})

    def _script(self, script: str) -> Any:
        return self._call("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if self._call("GET", "/status")["ready"]:
                    return
            except (urllib.error.URLError, OSError):
                assert time.monotonic() < deadline, "chromedriver does not answer"
            time.sleep(0.05)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        sent = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self._url + path, sent, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]
