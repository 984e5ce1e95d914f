"""User errors: one clear line each, and the exit code."""

import sqlite3

from sensors.excerpt import LONGEST


class ProblemError(Exception):
    """Ends a command with its text, one line per problem, and no traceback.

    `exit_code` is 2 for wrong usage or settings, 1 when the work itself failed.
    """

    def __init__(self, *lines: str, exit_code: int = 2) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = exit_code


def describe(error: Exception) -> tuple[tuple[str, ...], int]:
    """The lines and the exit code for what ended a command.

    Only a `ProblemError` chooses them; for anything else it is the system's message, and 1.
    """
    if isinstance(error, ProblemError):
        return error.lines, error.exit_code
    if isinstance(error, TimeoutError):  # a read of the journal that was cut
        return (str(error) or "it took too long",), 1
    if isinstance(error, OSError) and error.strerror:
        return (": ".join(str(part) for part in (error.filename, error.strerror) if part is not None),), 1
    if isinstance(error, sqlite3.Error):
        return (f"journal or store: {error}",), 1
    words = str(error)
    cut = f"{words[:LONGEST]}…" if len(words) > LONGEST else words
    where = "set LIANGQU_DEBUG=1 to see where, and please report it"
    return (f"unexpected {type(error).__name__}: {cut}; {where}",), 1
