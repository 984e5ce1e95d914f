"""Whether mosquitto's access list lets a station publish on its own topic, and on no other's."""

import re
from collections.abc import Iterator

_WRITES = ("write", "readwrite")
_EVERY = "+"


def may_write(text: str, user: str, topic: str) -> bool:
    """Whether a user may publish on a topic: by its own lines, or by a pattern with its name.

    What is denied by `deny` is not looked at: mosquitto's own order of rules would have to be rebuilt.
    """
    return any(_matches(each, topic) for each in _granted(text, user))


def _granted(text: str, user: str) -> Iterator[str]:
    """The filters on which a user may publish."""
    who: str | None = None
    for line in map(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if word == "user":
            who = rest
        elif word in ("topic", "pattern"):
            access, blank, levels = rest.partition(" ")
            if access not in ("read", "write", "readwrite", "deny") or not blank:
                access, levels = "readwrite", rest
            if access in _WRITES and (word == "pattern" or who == user):
                levels = levels.strip()
                # The service's client id is no station's: what is granted by it helps nobody here.
                yield levels.replace("%u", user) if word == "pattern" else levels


def _matches(levels: str, topic: str) -> bool:
    wanted, given = levels.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(a in (_EVERY, b) for a, b in zip(wanted, given, strict=True))


def grant(text: str, user: str, topic: str) -> str:
    """The list with a user's right to publish on a topic, at its end."""
    return f"{text.rstrip()}\n\n{_lines(user, topic)}"


def revoke(text: str, user: str) -> str:
    """The list without what `grant` has written for a user; other lines of that user stay, as that user's."""
    head, granted = re.escape(f"user {user}\n"), r"topic write \S*\n"
    followed = r"(?=(?:[ \t]*(?:#.*)?\n)*[ \t]*topic\b)"  # without its head the line would be another user's
    text = re.sub(rf"(?m)^({head}){granted}{followed}", r"\1", text)
    return re.sub(rf"(?m)(?:\n*^{head}{granted})+", "\n", text)


def _lines(user: str, topic: str) -> str:
    return f"user {user}\ntopic write {topic}\n"
