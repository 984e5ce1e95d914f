"""An authority for tests, with a certificate for a server on loopback and its clients."""

import subprocess
from pathlib import Path
from typing import Literal

from ingest.mqtt.broker import Broker


class Authority:
    """Its certificate, a server's and a client's of it, in one folder; made anew at will."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ca, self.cert, self.key = (folder / name for name in ("ca.crt", "both.crt", "both.key"))
        self.trusted = folder / "trusted.crt"  # the clients' copy of the authority's
        self.renew()

    def renew(self, days: int = 90) -> None:
        """A new authority, and a new certificate of it for so many days; the files are the same."""
        (self.folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n", "ascii")
        new = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        sign = f"x509 -req -days {days} -CA ca.crt -CAkey ca.key -CAcreateserial -extfile names"
        for words in (
            f"{new} -x509 -days 2 -subj /CN=authority -keyout ca.key -out ca.crt",
            f"{new} -subj /CN=127.0.0.1 -keyout both.key -out request",
            f"{sign} -in request -out both.crt",
        ):
            subprocess.run(["openssl", *words.split()], cwd=self.folder, check=True, capture_output=True)
        self.trusted.write_bytes(self.ca.read_bytes())
        for file in self.folder.iterdir():
            file.chmod(0o644)

    @property
    def listener(self) -> str:
        """What mosquitto needs to ask its clients for a certificate."""
        return f"cafile {self.ca}\ncertfile {self.cert}\nkeyfile {self.key}\nrequire_certificate true\n"

    def broker(self, port: int, protocol: Literal["5", "3.1.1"] = "5") -> Broker:
        """As a client with a certificate reaches it."""
        return Broker(
            port=port,
            protocol=protocol,
            client_id="liangqu",
            ca_file=str(self.trusted),
            cert_file=str(self.cert),
            key_file=str(self.key),
        )
