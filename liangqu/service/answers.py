"""What the pages of our own ports answer: alive, ready, the figures, the index."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from liangqu.service.http import HTML, TEXT, Answer
from sensors.model import Name

ABOUT: Mapping[str, Name] = {
    "/readyz": Name(
        "是否就绪、各部件的故障和警告（JSON）", "ready or not, troubles of the parts, warnings (JSON)"
    ),
    "/healthz": Name("进程是否应答", "whether the process answers"),
    "/metrics": Name("供 Prometheus 采集的数值", "figures for Prometheus"),
}
"""What each page is, for the index."""
_INDEX = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>liangqu</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:1rem/1.6 sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
:root{{color-scheme:light dark}}small{{opacity:.75}}</style>
<h1>两区监测 liangqu</h1><ul>{rows}</ul>
<p>命令行：<code>liangqu status</code>。告警事件的页面由通知中的链接打开。<br>
<small lang="en">On the command line: <code>liangqu status</code>. Pages of events are opened by the link in a
message.</small></p></html>
"""


def health() -> Answer:
    """The process answers: that is all it says."""
    return 200, TEXT, b"ok\n"


def readiness(troubles: Mapping[str, str], warnings: Sequence[str] = ()) -> Answer:
    """200 when no part has a trouble, else 503; JSON either way, with the words for each part.

    `warnings` is a separate list: what needs attention but leaves the service ready.
    """
    ready = not any(troubles.values())
    body = {
        "ready": ready,
        **{part: words or "ok" for part, words in troubles.items()},
        "warnings": warnings,
    }
    return (200 if ready else 503), "application/json", msgspec.json.encode(body) + b"\n"


def index(pages: Iterable[str]) -> Answer:
    """Links to the pages, for people who only know the address."""
    rows = "".join(
        f'<li><a href="{path}"><code>{path}</code></a> {about.zh}<br><small lang="en">{about.en}</small></li>'
        for path in pages
        if (about := ABOUT.get(path))
    )
    return 200, HTML, _INDEX.format(rows=rows).encode()


def metrics(families: Iterable[Metric]) -> Answer:
    """The figures in Prometheus' text format."""
    return 200, "text/plain; version=0.0.4; charset=utf-8", generate_latest(_Families(families))


class _Families(Struct):
    """What `generate_latest` asks for the families."""

    families: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        return self.families
