"""Opens the desk on its address: the app behind bounds and headers, with HTTPS if a certificate is named."""

import ssl
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from ingest.gateway.certificates import reloading_context
from ingest.stores.base import StoreAway
from liangqu.config.desk_choice import DeskChoice
from liangqu.config.errors import ProblemError
from liangqu.config.settings import SettingsRead
from liangqu.desk.access.opening import open_gate
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk
from liangqu.desk.pages import PAGES
from liangqu.web.headers import COMMON_HEADERS
from liangqu.web.limits import WebLimits
from liangqu.web.server import WebServer

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing comes from elsewhere, nothing in a page's text runs; a report's preview is a frame of ours."""
HEADERS = {
    **COMMON_HEADERS,
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURE = {"Strict-Transport-Security": "max-age=31536000"}
FORM = 1024**2
UPLOAD = 64 * 1024**2
"""Bytes of a file that is imported by the page; longer ones are for `liangqu import`."""
REQUEST_S = 60.0
CONNECTIONS = 256


class OpenDesk:
    """A desk that listens; `run` serves until the process is told to stop.

    Args:
        read_settings: Reads the settings anew.
        clock: The time of day.

    Raises:
        ProblemError: something of it cannot be used, or the address cannot be listened on.
    """

    def __init__(self, read_settings: Callable[[], SettingsRead], clock: Callable[[], datetime]) -> None:
        self.desk = Desk(read_settings, clock)
        choice = self.desk.files.settings.desk
        self.gate = open_gate(self.desk)
        try:
            self._server = WebServer(
                choice.listen,
                build_app(self.desk, self.gate),
                headers={**HEADERS, **(SECURE if _is_https(choice) else {})},
                limits=_limits(),
                transient=(StoreAway, TimeoutError),
                tls=_tls(choice),
                lifespan="on",
            )
        except OSError as error:
            self.desk.close()
            said = f"desk.listen: {choice.listen}: {error.strerror or error}"
            raise ProblemError(said, exit_code=1) from None

    @property
    def address(self) -> str:
        """Where a browser opens it, with the port that it has also when it asked for a free one."""
        choice = self.desk.files.settings.desk
        host, _, _ = choice.listen.rpartition(":")
        return replace(choice, listen=f"{host}:{self._server.port}").address

    def stop(self) -> None:
        """End `run`; from any thread."""
        self._server.stop()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; in the main thread."""
        try:
            self._server.run()
        finally:
            self.desk.close()


def _limits() -> WebLimits:
    return WebLimits(
        body=FORM,
        bodies={"/import": UPLOAD},
        request_s=REQUEST_S,
        connections=CONNECTIONS,
        keep_alive=True,
        streams=tuple(f"/stream/{page.name}" for page in PAGES if page.live),
    )


def _is_https(choice: DeskChoice) -> bool:
    return bool(choice.cert_file) or choice.public_url.startswith("https://")


def _tls(choice: DeskChoice) -> ssl.SSLContext | None:
    if not choice.cert_file:
        return None
    try:
        return reloading_context(Path(choice.cert_file), Path(choice.key_file))
    except OSError as error:
        why = getattr(error, "strerror", None) or getattr(error, "reason", None) or error
        raise ProblemError(f"desk.cert_file: {choice.cert_file} with {choice.key_file}: {why}") from None
