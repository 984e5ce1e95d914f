"""How the program is called where it runs: what it prints can be typed as printed."""

import os
import sys
from pathlib import Path
from shlex import join
from shutil import which

NAME = "liangqu"


def typed_command(*words: str) -> str:
    """A command line for the shell that this program was called from, in the same folder.

    `liangqu` where the PATH leads to this very program; else its file; else Python with `-m`.
    """
    return join([*_program(Path(sys.argv[0])), *words])


def typed_path(path: Path) -> str:
    """A path from where we are, as short as it can be; absolute for what lies elsewhere."""
    here, whole = Path.cwd(), Path(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)


def _program(called: Path) -> list[str]:
    if called.name != NAME or not os.access(called, os.X_OK):
        return [sys.executable, "-m", NAME]
    found = which(NAME)
    if found and Path(found).samefile(called):
        return [NAME]
    short = typed_path(called)
    return [short if os.sep in short else f"./{short}"]
