"""What a user did wrong or cannot have: one clear line each, and the exit code."""


class ProblemError(Exception):
    """Ends a command with its text, one line a problem, and no traceback.

    `exit_code` is 2 for wrong usage or settings, 1 when the work itself failed.
    """

    def __init__(self, *lines: str, exit_code: int = 2) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.exit_code = exit_code
