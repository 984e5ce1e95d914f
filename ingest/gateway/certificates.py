"""The certificate presented to data loggers: the one on disk, reloaded when it is renewed there."""

import ssl
from pathlib import Path

import structlog

log = structlog.get_logger()


def reloading_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """A server's TLS context that uses a renewed certificate from the next handshake on.

    While the files cannot be read or do not match, the last good ones are used.

    Raises:
        OSError: they cannot be read now, or are not certificate and key.
    """
    return _ReloadingContext(certificate, key).context


class _ReloadingContext:
    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._certificate = certificate
        self._key = key
        self._stamps = self._file_stamps()
        self._newest = self.context = self._read()
        self.context.sni_callback = self._select

    def _select(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Called by OpenSSL at each handshake."""
        try:
            if (stamp := self._file_stamps()) != self._stamps:
                self._newest, self._stamps = self._read(), stamp
                log.info("certificate renewed", file=str(self._certificate))
        except (OSError, ValueError) as error:
            log.warning("certificate not renewed", file=str(self._certificate), why=str(error))
        connection.context = self._newest

    def _file_stamps(self) -> list[tuple[int, int]]:
        files = [self._certificate, *([self._key] if self._key else [])]
        return [(found.st_mtime_ns, found.st_size) for found in map(Path.stat, files)]

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate, self._key, password="")
        return context
