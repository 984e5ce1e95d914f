"""A conversation with a mail server, bounded in time and size, whose refusals say whether to try again."""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from socket import gaierror
from typing import Protocol

from alerts.notify.channels import ChannelError, RefusedError
from alerts.notify.channels.deadline import Deadline

_ENHANCED = re.compile(rb"^[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")
LONGEST_S = 60.0  # for all of a conversation
MOST_REPLY = 64 * 1024
_SERVICE_READY = 220
_MAIL = "the mail"
_ACCEPTED = (250, 251)
_PERMANENT = 500  # RFC 5321, 4.2.1: from here on "the SMTP client SHOULD NOT repeat the exact request"


class _ReplyLines:
    """What a mail server says; `left` is how many bytes its reply may still have."""

    def __init__(self, received: BufferedReader) -> None:
        self._received = received
        self.left = 0

    def readline(self, size: int) -> bytes:
        line = self._received.readline(size)
        self.left -= len(line)
        if self.left < 0:
            raise OSError("a reply without end")  # smtplib hangs up
        return line

    def close(self) -> None:
        self._received.close()


class _BoundedReplies(smtplib.SMTP):
    """The library keeps a reply whole, however many lines it has; no true one comes near `MOST_REPLY`."""

    def getreply(self) -> tuple[int, bytes]:
        """The next reply."""
        if self.sock is not None and self.file is None:
            self.file = _ReplyLines(self.sock.makefile("rb"))
        if self.file is not None:
            self.file.left = MOST_REPLY
        return super().getreply()


class _Tls(_BoundedReplies, smtplib.SMTP_SSL):
    """With TLS from the first byte."""


class MailServer(Protocol):
    """Where, and how, to submit; `secure_mode` is `insecure`, `starttls` or `ssl`."""

    smtp_host: str
    port: int
    secure_mode: str
    user: str | None
    password: str | None
    verify_certificate: bool


def submit(to: MailServer, timeout: float, sender: str, recipient: str, mail: bytes) -> None:
    """Submit one mail for one address; `timeout` in seconds, for each step of the conversation.

    Raises:
        RefusedError: a permanent refusal of login, sender, recipient or mail.
        ChannelError: a temporary one, such as greylisting, or no answer; the text shows no address.
    """
    with _as_channel_error(), _connect(to, timeout) as server:
        _hand_over(server, sender, recipient, mail)


def log_in(to: MailServer, timeout: float) -> None:
    """Connect as for a mail, by TLS and with name and password where they are given, and submit none.

    Raises:
        RefusedError, ChannelError: as of `submit`.
    """
    with _as_channel_error(), _connect(to, timeout) as server:
        server.ehlo_or_helo_if_needed()


@contextmanager
def _connect(to: MailServer, timeout: float) -> Iterator[smtplib.SMTP]:
    """Connect and log in; where TLS is required, nothing secret is sent before it."""
    context = ssl.create_default_context()
    if not to.verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    server = (
        _Tls(timeout=timeout, context=context)
        if to.secure_mode == "ssl"
        else _BoundedReplies(timeout=timeout)
    )
    server._host = to.smtp_host  # type: ignore[attr-defined]  # noqa: SLF001 - for its certificate; connecting comes later
    deadline = Deadline(LONGEST_S)
    with deadline.of(server):
        try:
            code, text = server.connect(to.smtp_host, to.port)
            deadline.connected()
            if code != _SERVICE_READY:
                raise smtplib.SMTPConnectError(code, text)
            if to.secure_mode == "starttls":
                server.starttls(context=context)
                deadline.connected()
            if to.user and to.password:
                server.login(to.user, to.password)
            yield server
        finally:
            with contextlib.suppress(OSError, ValueError):
                server.quit()
            server.close()


def _hand_over(server: smtplib.SMTP, sender: str, to: str, mail: bytes) -> None:
    """Submit one mail to one address.

    Raises:
        RefusedError: a permanent refusal of sender, recipient or mail.
        ChannelError: a temporary refusal, such as greylisting.
    """
    server.ehlo_or_helo_if_needed()
    _check_reply(server.mail(sender), "the sender")
    _check_reply(server.rcpt(to), "the recipient")
    try:
        _check_reply(server.data(mail), _MAIL)
    except smtplib.SMTPDataError as error:
        text = error.smtp_error
        _check_reply((error.smtp_code, text if isinstance(text, bytes) else text.encode()), _MAIL)


def _check_reply(reply: tuple[int, bytes], what: str) -> None:
    code, text = reply
    if code in _ACCEPTED:
        return
    found = _ENHANCED.match(text)
    shown = f"{code} {found[0].decode()}" if found else f"{code}"
    if code >= _PERMANENT:
        raise RefusedError(f"the mail server refuses {what} ({shown})", content=what == _MAIL)
    raise ChannelError(f"the mail server does not take {what} for now ({shown})")


# Login, greeting and introduction: with a code from 500 on they are refused for good.
_REFUSALS = (smtplib.SMTPAuthenticationError, smtplib.SMTPConnectError, smtplib.SMTPHeloError)
_CAUSES: tuple[tuple[type[Exception], str], ...] = (  # the first that fits; none shows an address
    (smtplib.SMTPAuthenticationError, "the mail server refuses name or password"),
    (smtplib.SMTPNotSupportedError, "the mail server offers no encryption, or no login that is known here"),
    (smtplib.SMTPServerDisconnected, "the mail server hung up"),
    (smtplib.SMTPResponseException, "the mail server does not take the connection"),
    (smtplib.SMTPException, "what the mail server answers cannot be read"),
    (gaierror, "the mail server's name is not known (DNS)"),
    (UnicodeError, "the mail server's name is not known (DNS)"),
    (ssl.SSLCertVerificationError, "the mail server's certificate is not trusted"),
    (ssl.SSLError, "no TLS with the mail server; is mode= or the port another?"),
    (TimeoutError, "the mail server does not answer in time"),
)


@contextmanager
def _as_channel_error() -> Iterator[None]:
    """What smtplib raises, as a ChannelError without addresses."""
    try:
        yield
    except (OSError, ValueError) as error:  # SMTPException is an OSError
        why = getattr(error, "smtp_code", None) or getattr(error, "verify_message", "").partition(",")[0]
        is_final = isinstance(error, _REFUSALS) and error.smtp_code >= _PERMANENT
        verdict = RefusedError if is_final else ChannelError
        for kind, cause in _CAUSES:
            if isinstance(error, kind):
                raise verdict(f"{cause} ({why})" if why else cause) from None
        strerror = getattr(error, "strerror", None) or type(error).__name__
        raise ChannelError(f"the mail server cannot be reached: {strerror.lower()}") from None
