"""Copies an SQLite file, consistent whatever is being written meanwhile: for backup.sh.

python copy_sqlite.py FILE TARGET      TARGET "-": to standard output, by way of a file beside FILE
Nothing is copied, and the exit code is 1, if FILE is missing, damaged or without a row.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path


def copy(source: Path, target: Path) -> None:
    """Make `target`, with the owner and mode of `source`; raises `sqlite3.Error` or `SystemExit`."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)
        (verdict,) = writer.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            sys.exit(f"{source}: {verdict}")
        if not holds_a_row(writer):
            sys.exit(f"{source}: holds nothing")
    shutil.copymode(source, target)
    if os.geteuid() == 0:
        shutil.chown(target, source.stat().st_uid, source.stat().st_gid)


def holds_a_row(connection: sqlite3.Connection) -> bool:
    """Whether any table has one."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")
    return any(
        connection.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")').fetchone()[0]
        for (name,) in tables.fetchall()
    )


def main() -> None:
    """As the module says."""
    source, target = Path(sys.argv[1]), sys.argv[2]
    try:
        if target != "-":
            copy(source, Path(target))
            return
        with tempfile.NamedTemporaryFile(dir=source.parent, prefix="backup-", suffix=".db") as file:
            copy(source, Path(file.name))
            with Path(file.name).open("rb") as copied:
                shutil.copyfileobj(copied, sys.stdout.buffer)
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"{source}: {error}")


if __name__ == "__main__":
    main()
