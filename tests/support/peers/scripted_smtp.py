"""A mail server that says what a test tells it to, line by line."""

from collections.abc import Mapping
from types import MappingProxyType

from tests.support.peers.scripted_peer import PeerConnection

SmtpAnswers = Mapping[str, bytes | None]  # by verb, or by the whole line; None hangs up


class ScriptedSmtp:
    """A server that answers as it is told, and keeps what it heard; use its `script` with a ScriptedPeer."""

    def __init__(
        self, answers: SmtpAnswers = MappingProxyType({}), *, greeting: bytes = b"220 hello\r\n"
    ) -> None:
        self.greeting = greeting
        self.answers = dict(answers)
        self.heard: list[bytes] = []
        self.mails: list[tuple[list[str], bytes]] = []

    def script(self, client: PeerConnection) -> None:
        client.say(self.greeting)
        to: list[str] = []
        while words := client.line():
            self.heard.append(words)
            verb = words.decode("latin-1").split()[0].upper()
            answer = self._answer(verb, words)
            if answer is None:
                return
            if verb == "RCPT" and answer.startswith(b"250"):
                to.append(words.decode().partition("<")[2].rstrip(">"))
            client.say(answer)
            if verb == "DATA" and answer.startswith(b"354"):
                body = b""
                while (line := client.line()) != b".":
                    body += line.removeprefix(b".") + b"\r\n"
                end = self.answers.get(".", b"250 taken\r\n")
                self.mails.append((to, body))
                if end is None:
                    return
                client.say(end)
            if verb == "QUIT":
                return

    def _answer(self, verb: str, words: bytes) -> bytes | None:
        told = {key.upper(): answer for key, answer in self.answers.items()}  # Python 3.13 says rcpt to
        for key in (words.decode("latin-1").upper(), verb):
            if key in told:
                return told[key]
        return {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n")
