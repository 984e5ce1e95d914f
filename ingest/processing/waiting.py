"""What was refused and waits for somebody to look at it, in words for /readyz."""

import sqlite3

from ingest.journal import quarantine
from sensors.model import RefusalReason

OVERSIZE: RefusalReason = "oversize"
NEARLY_FULL = quarantine.WHOLE_UNTIL


def describe_waiting(connection: sqlite3.Connection, limit: int) -> str:
    """Messages too large to be taken, until they leave the quarantine; a quarantine that is nearly full."""
    found = []
    if count := quarantine.count(connection, OVERSIZE):
        newest = quarantine.newest_detail(connection, OVERSIZE)
        cure = "send less at once or raise the limit, then liangqu quarantine drop --reason oversize"
        found.append(f"{count} messages were too large and are lost but for their head: {newest}; {cure}")
    used = quarantine.used_bytes(connection) / limit
    if used > NEARLY_FULL:
        kept = "the first 4 KiB" if used < 1 else "the count"
        found.append(f"the quarantine is {used:.0%} full: of what is refused only {kept} is kept")
    return "; ".join(found)
