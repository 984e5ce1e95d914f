"""Real receivers for tests: an HTTP server that keeps what is posted, an SMTP server that keeps the mail."""

import email
import email.policy
import json
import threading
from email.message import EmailMessage, Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.servers import free_port


class HttpReceiver:
    """Keeps every body with its headers; answers `status`; counts what it refused."""

    def __init__(self) -> None:
        self.status = 204
        self.refused = 0
        self.posts: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.status < 300:
                    receiver.posts.append((dict(self.headers), body))
                else:
                    receiver.refused += 1
                self.send_response(receiver.status)
                self.end_headers()

            def do_GET(self) -> None:
                receiver.posts.append((dict(self.headers), b""))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def events(self) -> list[dict[str, Any]]:
        """Every event of every post, in order."""
        return [event for _, body in list(self.posts) if body for event in json.loads(body)["events"]]


class _SmtpController(Controller):
    """Closes what is still connected when it stops: aiosmtpd would leave the sockets to the collector."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._servers: list[SMTP] = []

    def factory(self) -> SMTP:
        """One for each connection."""
        server = SMTP(self.handler, **self.SMTP_kwargs)
        self._servers.append(server)
        return server

    def stop(self, no_assert: bool = False) -> None:
        self.loop.call_soon_threadsafe(self._hang_up)
        super().stop(no_assert)

    def _hang_up(self) -> None:
        for server in self._servers:
            if server.transport is not None:
                server.transport.close()


class SmtpReceiver:
    """Keeps every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage | Message] = []
        self.port = free_port()
        self._controller = _SmtpController(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """One mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    def texts(self) -> list[str]:
        """The words of every mail."""
        found = []
        for mail in list(self.mails):
            assert isinstance(mail, EmailMessage)
            body = mail.get_body(("plain", "html"))
            assert body is not None
            found.append(body.get_content())
        return found

    def keys(self) -> list[str]:
        """The idempotency key of every notification of every mail."""
        return [str(key) for mail in list(self.mails) for key in mail.get_all("X-Liangqu-Key", [])]
