"""The guide's pictures of the boards, drawn by `./do boards`.

A real InfluxDB holds 400 simulated days and a live quarter of an hour with an event. Each query of each board
is sent to it, and Grafana's own libraries draw the answers in Chromium (docs/boards/drawing). No Grafana.
`--store URL` draws from a store that is there already.
"""

import hashlib
import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tomlkit
from PIL import Image

from sensors.catalogue.loader import load, shipped_site
from tests.deploy.deployment import DeploymentClient
from tests.support.filled_store import Panel, is_settled, now_ms, reach_ms
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.servers import Influxd, Mosquitto

BOARDS = ROOT / "dashboards" / "boards"
DRAWING = ROOT / "docs" / "boards" / "drawing"
DIGESTS = "pictures.json"
WIDTH, ROW_PX, HEAD_PX, POINTS = 1600, 38, 60, 600
COLOURS = 200
FONT = '<style>@font-face{font-family:Inter;src:local("Liberation Sans"),local(Arial)}</style>'
"""Grafana's libraries measure names in Inter before they cut them: it has to be the one that is drawn."""
BUNDLE = "node_modules/.cache/bundle.js"

# What a winter night may bring: haze over the city, and ammonia in a section.
AIR = {
    "renmin-gongyuan": (88, 130), "wujinku": (52, 90), "shiji-haoyuan": (160, 220), "beibengfang": (30, 60),
    "yanchang": (41, 70), "chongli-qingshaonian": (28, 40), "taizicheng": (14, 22), "yunding": (12, 18),
}  # fmt: skip
WEATHER = {"wind_speed": 1.8, "wind_dir": 310, "air_temp": -4.2, "humidity": 41, "pressure": 93.7}
GAUGES = ("renmin-gongyuan", "chongli-qingshaonian")
"""Stations that measure rain as well."""
WATER = {
    "houcheng": {
        "codmn": 4.6,
        "nh3n": 1.62,
        "tp": 0.14,
        "do": 9.1,
        "ph": 8.1,
        "water_temp": 2.2,
        "flow": 3.4,
    },
    "bahaoqiao": {"codmn": 3.1, "nh3n": 0.3, "tp": 0.08, "do": 9.8, "ph": 8.0, "flow": 11.2},
}


def digests() -> dict[str, str]:
    """What each picture has to be of: its board, and what draws it."""
    tools = b"".join(file.read_bytes() for file in sorted(DRAWING.glob("*.jsx")))
    return {
        file.relative_to(BOARDS).with_suffix(".png").as_posix(): hashlib.sha256(
            file.read_bytes() + tools
        ).hexdigest()
        for file in sorted(BOARDS.glob("*/*.json"))
    }


@contextmanager
def filled_store() -> Iterator[str]:
    """The address of a store with 400 days and an event that is open."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("influxd", "mosquitto", "liangqu"):
            (folder / part).mkdir()
        influxd, broker = Influxd(folder / "influxd").start(), Mosquitto(folder / "mosquitto").start()
        more, sites = '[alerts]\npage_max_age = "none"\n', folder / "sites.toml"
        sites.write_text(tomlkit.dumps({"site": [*map(with_gauge, GAUGES)]}), encoding="utf-8")
        service = LiangquRun(folder / "liangqu", broker.port, influxdb=influxd.url, sites=sites, more=more)
        try:
            service.start()
            words = ["simulate", "--history", "400d", "-c", str(service.settings)]
            subprocess.run([sys.executable, "-m", "liangqu", *words], cwd=ROOT, check=True)
            service.wait_until(lambda: is_settled(service), "the past", patience=900)
            publish(broker.port)
            service.wait_until(lambda: bool(ask(influxd.url, OPEN_EVENTS)), "an event", patience=60)
            yield influxd.url
        finally:
            for server in (service, broker, influxd):
                server.kill()


def with_gauge(id_: str) -> dict[str, Any]:
    """A shipped station's row, with rain among what it measures."""
    typical = [one.id for one in load().parameters.values() if one.medium == "air" and one.typical]
    return {**(shipped_site(id_) or {}), "parameters": [*typical, "rain"]}


OPEN_EVENTS = "SELECT count(state) FROM event WHERE severity = 'critical'"


def publish(port: int) -> None:
    """The last quarter of an hour, every five minutes."""
    station, now = DeploymentClient(port), datetime.now(UTC)
    for minutes in (15, 10, 5, 0):
        time = (now - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
        for site, (fine, coarse) in AIR.items():
            gases = {"no2": 30, "so2": 8, "co": 0.7, "o3": 60}
            values = {"pm25": fine + minutes / 5, "pm10": coarse, **gases, **WEATHER}
            station.publish(f"liangqu/air/{site}", json.dumps({"time": time, "values": values}))
        for site, items in WATER.items():
            station.publish(f"liangqu/water/{site}", json.dumps({"time": time, "values": items}))
    station.stop()


def ask(url: str, statement: str) -> list[dict[str, Any]]:
    """The series of the answer."""
    body = urllib.parse.urlencode({"q": statement, "db": "liangqu", "epoch": "ms"}).encode()
    with urllib.request.urlopen(f"{url}/query", data=body, timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)["results"][0].get("series", [])
    return found


def content(board: dict[str, Any], url: str, now: int) -> dict[str, Any]:
    """What the page draws: the board, and for each panel its range and its answers."""
    chosen = {one["name"]: one["current"]["value"] for one in board.get("templating", {}).get("list", [])}
    answers = {}
    for panel in board["panels"]:
        since = panel.get("timeFrom") or board["time"]["from"]
        queries = [
            Panel("", "", "", target["query"], since, ()).filled_in(now, points=POINTS, **chosen)
            for target in panel.get("targets", ())
        ]
        series = [{"series": ask(url, query)} for query in queries]
        answers[panel["id"]] = {"answers": series, "range": [now - reach_ms(since), now]}
    whole = [now - reach_ms(board["time"]["from"]), now]
    return {"board": board, "answers": answers, "range": whole, "width": WIDTH}


def bundle() -> None:
    """The drawing programs and Grafana's libraries as one file, unless it is newer than the programs."""
    made = DRAWING / BUNDLE
    newest = max(file.stat().st_mtime for file in DRAWING.glob("*.jsx"))
    if made.exists() and made.stat().st_mtime > newest:
        return
    data = [f"--loader:.{kind}=dataurl" for kind in ("svg", "woff2", "png")]
    subprocess.run(
        ["node_modules/.bin/esbuild", "page.jsx", "--bundle", f"--outfile={BUNDLE}", "--jsx=automatic",
         '--define:process.env.NODE_ENV="production"', *data, "--loader:.ttf=empty", "--log-level=error"],
        cwd=DRAWING, check=True,
    )  # fmt: skip


def draw(given: dict[str, Any], picture: Path) -> None:
    """A board's picture, in few colours."""
    style = (DRAWING / BUNDLE).with_suffix(".css").as_uri()
    text = json.dumps(given, ensure_ascii=False).replace("</", "<\\/")
    page = (
        f"<!doctype html><meta charset=utf-8><link rel=stylesheet href={style}>{FONT}<body style='margin:0;"
        "background:#111217'><div id=root></div><script>window.process={env:{}};window.BOARD="
        f"{text};document.fonts.load('12px Inter').then(()=>document.body.appendChild(Object.assign("
        f"document.createElement('script'),{{src:'{(DRAWING / BUNDLE).as_uri()}'}})))</script>"
    )
    height = max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in given["board"]["panels"]) * ROW_PX + HEAD_PX
    with TemporaryDirectory() as folder:
        file, shot = Path(folder, "page.html"), Path(folder, "shot.png")
        file.write_text(page, encoding="utf-8")
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--allow-file-access-from-files", "--virtual-time-budget=9000",
             f"--window-size={WIDTH},{height}",
             f"--screenshot={shot}", str(file)],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        picture.parent.mkdir(exist_ok=True)
        Image.open(shot).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
            picture, optimize=True
        )


def draw_all(folder: Path, url: str, only: str = "") -> None:
    """Every picture whose name begins so, and what they are of."""
    bundle()
    now = now_ms()
    for name in digests():
        if name.startswith(only):
            board = json.loads((BOARDS / name).with_suffix(".json").read_text(encoding="utf-8"))
            draw(content(board, url, now), folder / name)
    (folder / DIGESTS).write_text(json.dumps(digests(), indent=1) + "\n", encoding="utf-8")


def main(folder: str, *more: str) -> None:
    """Write the pictures."""
    if more[:1] == ("--store",):
        draw_all(Path(folder), *more[1:])
        return
    with filled_store() as url:
        draw_all(Path(folder), url)


if __name__ == "__main__":
    main(*sys.argv[1:])
