"""Entries by which the program itself fails: found one by one, so that each costs nothing but itself."""

import sqlite3
from collections.abc import Sequence

from ingest.journal.entries import Entry
from ingest.stores.base import Store, StoreAway
from ingest.stores.reconcile import ReceiptStamps, keys_to_look_up, reconcile
from ingest.stores.transport import Write, WriteResult, write_entries
from sensors.excerpt import one_line


def write_each(write: Write, entries: Sequence[Entry]) -> tuple[WriteResult, WriteResult]:
    """Write entry by entry: what the store answered, and what failed because of a bug.

    Raises:
        StoreAway: as `write_entries`.
    """
    answered, failed = WriteResult(0, 0, []), WriteResult(0, 0, [])
    for index, entry in enumerate(entries):
        try:
            one = write_entries(write, [entry])
        except (StoreAway, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001 - one bad point never stops the others
            failed.refused.append((index, one_line(f"{type(error).__name__}: {error}")))
        else:
            refused = [*answered.refused, *((index, words) for _, words in one.refused)]
            answered = WriteResult(answered.stored + one.stored, answered.revised + one.revised, refused)
    return answered, failed


def find_failing_look_ups(entries: Sequence[Entry], store: Store) -> list[tuple[int, str]]:
    """By index, the entries that cannot be looked up or reconciled because of a bug, and why.

    Raises:
        StoreAway: as `Store.stored`.
    """
    failing = []
    for index, entry in enumerate(entries):
        try:
            if keys := keys_to_look_up([entry]):
                reconcile([entry], store.stored(keys), ReceiptStamps())
        except (StoreAway, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001 - one bad reading never stops the others
            failing.append((index, one_line(f"{type(error).__name__}: {error}")))
    return failing
