"""liangqu that kills itself at a step: `python -m tests.support.crash_points STEP run -c FILE`.

It sends itself SIGKILL. The named functions are wrapped before the program begins, which knows nothing of it.
"""

import importlib
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any, NamedTuple


class Step(NamedTuple):
    """A function's n-th call that had work to do: the process dies before or after it."""

    when: str
    where: str
    call: int = 1


STEPS = {
    # From the broker to the inbox.
    "message delivered": Step("after", "ingest.mqtt.message_queue:MessageQueue.put", 3),
    "inbox rows written, not committed": Step("after", "ingest.journal.inbox:add", 2),
    "inbox committed, before PUBACK": Step("before", "ingest.mqtt.session:Session.acknowledge", 2),
    "before PUBACK, on its way out": Step("before", "ingest.mqtt.session:Session._send_acknowledgements", 2),
    "after PUBACK": Step("after", "ingest.mqtt.session:Session._send_acknowledgements", 2),
    # The pipeline's transaction.
    "batch worked on, nothing written": Step("before", "ingest.pipeline:Pipeline._write", 2),
    "inbox emptied, nothing queued": Step("after", "ingest.journal.inbox:remove", 2),
    "queued, series not saved": Step("before", "ingest.journal.check_state:save", 2),
    "batch written, not committed": Step("after", "ingest.pipeline:Pipeline._write", 2),
    "batch committed": Step("after", "ingest.pipeline:Pipeline.step", 2),
    # From outgoing to the store.
    "former values asked, nothing decided": Step("before", "ingest.stores.sender:reconcile"),
    "decided and rewritten, not committed": Step("after", "ingest.journal.outgoing:replace"),
    "decided and committed, nothing sent": Step("after", "ingest.stores.sender:StoreSender._reconcile"),
    "rows sent, others perhaps being written": Step(
        "before", "ingest.stores.influxdb.writer:WriterProcess.send", 2
    ),
    "rows written, nothing recorded": Step("after", "ingest.stores.influxdb.writer:WriterProcess.receive", 2),
    "outgoing removed, nothing recorded": Step("after", "ingest.journal.outgoing:remove", 2),
    "written and recorded, committed": Step("after", "ingest.stores.sender:StoreSender._record", 2),
    # What is computed again.
    "answer computed, not taken in": Step("before", "ingest.pipeline:Pipeline.apply"),
    "answer written, not committed": Step("before", "ingest.journal.requests:complete_recompute"),
    "answer taken in": Step("after", "ingest.pipeline:Pipeline.apply"),
    # The first start over an old store.
    "database made": Step("after", "ingest.stores.influxdb.store:InfluxDBStore.prepare"),
    "newest times asked": Step("after", "ingest.stores.influxdb.store:InfluxDBStore.latest"),
    "newest times raised, not committed": Step("after", "ingest.journal.check_state:raise_last"),
    # The start with an older journal.
    "in the middle of a migration": Step("in", "ingest.journal.database.schema:MIGRATIONS", 2),
    "between two migrations": Step("after", "ingest.journal.database.schema:MIGRATIONS", 2),
    "migrated": Step("before", "ingest.journal.accounting:create_rows"),
}


def die() -> None:
    """At once, every thread, nothing written back."""
    os.kill(os.getpid(), signal.SIGKILL)


def arrange(step: Step) -> None:
    """Wrap the step's function; a step in the migrations gets a statement of SQL that kills."""
    module_name, _, path = step.where.partition(":")
    owner: Any = importlib.import_module(module_name)
    *owners, name = path.split(".")
    for part in owners:
        owner = getattr(owner, part)
    if name == "MIGRATIONS":
        _arrange_migration(owner, step)
    else:
        setattr(owner, name, _wrapped(getattr(owner, name), step))


def _wrapped(original: Callable[..., Any], step: Step) -> Callable[..., Any]:
    calls = 0

    def wrapper(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        if step.when == "before":
            calls += 1
            if calls == step.call:
                die()
        result = original(*arguments, **options)
        if step.when == "after" and (result is None or result):  # False and 0 say: nothing to do
            calls += 1
            if calls == step.call:
                die()
        return result

    return wrapper


def _arrange_migration(schema: Any, step: Step) -> None:
    migrate, scripts = schema.migrate, list(schema.MIGRATIONS)
    if step.when == "in":
        scripts[step.call] += "; SELECT die();"
    else:
        scripts[step.call] = "SELECT die();" + scripts[step.call]
    schema.MIGRATIONS = tuple(scripts)

    def with_death(connection: sqlite3.Connection, name: str) -> Any:
        connection.create_function("die", 0, die)
        return migrate(connection, name)

    schema.migrate = with_death


if __name__ == "__main__":
    arrange(STEPS[sys.argv.pop(1)])
    from liangqu.__main__ import main

    sys.argv[0] = "liangqu"
    main()
