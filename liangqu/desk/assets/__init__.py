"""The files that a browser loads: kept for ever under an address that names their content."""

from functools import cache
from hashlib import sha256
from importlib import resources
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

FOLDER = Path(__file__).parent
SERVED = {".css", ".js", ".svg", ".png"}
PLOTLY = "plotly.min.js"
"""Of the plotly package; pages with charts load it."""


def answer_asset(request: Request) -> Response:
    """A file of this folder, or plotly's; 404 for any other, and for content that is no more."""
    name, digest = request.path_params["name"], request.path_params["digest"]
    file = _file(name)
    if file is None or _digest(name) != digest:
        return PlainTextResponse("not found\n", 404)
    kind = guess_type(name)[0] or "application/octet-stream"
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(file, media_type=kind, headers=headers)


def asset_address(name: str) -> str:
    """Where a file is served.

    Raises:
        KeyError: there is no such file.
    """
    return f"/assets/{_digest(name)}/{name}"


@cache
def _digest(name: str) -> str:
    file = _file(name)
    if file is None:
        raise KeyError(name)
    return sha256(file.read_bytes()).hexdigest()[:12]


def _file(name: str) -> Path | None:
    if name == PLOTLY:
        return Path(str(resources.files("plotly") / "package_data" / PLOTLY))
    file = FOLDER / name
    return file if "/" not in name and file.suffix in SERVED and file.is_file() else None
