"""What an InfluxDB holds, and what an account may do there: for backup.sh and restore.sh.

python points.py wait          until it answers, two minutes at most: at its first start it is away once more
python points.py count         a line a measurement: how many values, a tab, its name
python points.py try [USER]    the account may read and write; USER, with its password on standard input,
                               may read and may not write

Where, and as whom: LIANGQU_INFLUXDB__URL, …__DATABASE, …__USERNAME, …__PASSWORD_FILE or …__TOKEN_FILE, as for
the service. InfluxDB 1.x and 2.x both answer. Exit code 1, with one line: refused, or no answer.
"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

START_S = 120.0
PATIENCE = 3600.0  # counting years of readings takes its time
JUST_RESTORED = "shard is disabled"  # for a moment, after a restore into InfluxDB 1.x
NO_LINE = b"?"  # refused as unreadable where one may write, so that a trial writes nothing


def setting(name: str, default: str = "") -> str:
    """A setting of the service, from the environment."""
    return os.environ.get(f"LIANGQU_INFLUXDB__{name}") or default


def account() -> tuple[str, str]:
    """Name and password; InfluxDB 2.x takes a token as the password of any name."""
    file = setting("TOKEN_FILE") or setting("PASSWORD_FILE")
    secret = Path(file).read_text(encoding="utf-8").strip() if file else ""
    return setting("USERNAME", "liangqu"), secret


def ask(path: str, who: tuple[str, str], body: bytes, **words: str) -> tuple[int, bytes]:
    """Status and text of the answer to a POST; raises `OSError` when there is none."""
    query = urllib.parse.urlencode({"db": setting("DATABASE", "liangqu"), **words})
    url = setting("URL", "http://127.0.0.1:8086").rstrip("/")
    if not url.startswith(("http://", "https://")):
        sys.exit(f"{url}: no address of an InfluxDB")
    request = urllib.request.Request(f"{url}{path}?{query}", data=body)  # noqa: S310 - looked at above
    if who[1]:
        request.add_header("Authorization", f"Basic {base64.b64encode(':'.join(who).encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - same
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def rows(statement: str, who: tuple[str, str]) -> list[list[Any]]:
    """What an InfluxQL statement finds; ends the program with the server's words when it is refused."""
    deadline = time.monotonic() + START_S
    while True:
        status, text = ask("/query", who, urllib.parse.urlencode({"q": statement}).encode())
        try:
            result = json.loads(text)["results"][0] if status == HTTPStatus.OK else {"error": text.decode()}
        except (ValueError, LookupError, TypeError):
            result = {"error": f"no answer of an InfluxDB: {text[:200]!r}"}
        if "error" not in result:
            return [row for series in result.get("series", ()) for row in series["values"]]
        if JUST_RESTORED not in str(result["error"]) or time.monotonic() > deadline:
            sys.exit(f"{who[0]} may not read: {status} {str(result['error']).strip()}")
        time.sleep(0.1)


def count(who: tuple[str, str]) -> dict[str, int]:
    """How many values each measurement holds, all fields together."""
    found = {}
    for (name,) in rows("SHOW MEASUREMENTS", who):
        quoted = str(name).replace("\\", "\\\\").replace('"', '\\"')
        found[name] = sum(sum(row[1:]) for row in rows(f'SELECT COUNT(*) FROM "{quoted}"', who))
    return found


def wait(seconds: float) -> None:
    """Return when it answers; raises `OSError` when it has not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            ask("/ping", ("", ""), b"")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return


def may_write(who: tuple[str, str]) -> bool:
    """Whether a line of this account would be taken; ends the program when the answer says neither."""
    status, text = ask("/write", who, NO_LINE)
    if status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        sys.exit(f"{who[0]}: a write is answered by {status} {text.decode(errors='replace').strip()}")
    return status == HTTPStatus.BAD_REQUEST


def main(words: list[str]) -> None:
    """As the module says."""
    match words:
        case ["wait"]:
            wait(START_S)
        case ["count"]:
            for name, values in sorted(count(account()).items()):
                print(f"{values}\t{name}")
        case ["try"]:
            rows("SHOW MEASUREMENTS", account())
            if not may_write(account()):
                sys.exit(f"{account()[0]} may not write")
        case ["try", user]:
            who = (user, sys.stdin.read().strip())
            rows("SHOW MEASUREMENTS", who)
            if may_write(who):
                sys.exit(f"{user} may write, and is only to read")
        case _:
            print(__doc__, file=sys.stderr)
            sys.exit(2)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as error:
        sys.exit(f"{setting('URL', 'http://127.0.0.1:8086')}: {error}")
