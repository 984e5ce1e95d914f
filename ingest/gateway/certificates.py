"""The certificate presented to data loggers: the one on disk, even after it was renewed there."""

import ssl
from pathlib import Path

import structlog

log = structlog.get_logger()

Stamp = tuple[tuple[int, int], ...]


def renewing(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """A server's TLS context that uses a renewed certificate from the next handshake on.

    While the files cannot be read or do not belong together, the last good ones are shown.

    Raises:
        OSError: they cannot be read now, or are not certificate and key.
    """
    return _Renewing(certificate, key).context


class _Renewing:
    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._certificate = certificate
        self._key = key
        self._stamp = self._look()
        self._newest = self.context = self._read()
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """OpenSSL asks at each handshake which context is to go on with it."""
        try:
            if (stamp := self._look()) != self._stamp:
                self._newest, self._stamp = self._read(), stamp
                log.info("certificate renewed", file=str(self._certificate))
        except (OSError, ValueError) as error:
            log.warning("certificate not renewed", file=str(self._certificate), why=str(error))
        connection.context = self._newest

    def _look(self) -> Stamp:
        files = [self._certificate, *([self._key] if self._key else [])]
        found = [file.stat() for file in files]
        return tuple((each.st_mtime_ns, each.st_size) for each in found)

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate, self._key, password="")
        return context
