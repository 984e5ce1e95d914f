"""Files that stand in a folder together or not at all, made one after the other: memory holds one at most."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

Maker = Callable[[Path], Iterable[bytes]]
"""Gives a file's content piece by piece; gets the folder in which the files before it are."""


def put_files(folder: Path, makers: Mapping[str, Maker]) -> None:
    """Make files in this order, and move them into the folder in this order, which is made when missing.

    Until all are made they are beside it, in a hidden folder of the nearest one that is there. The last file
    is the one that says that all are there. What root makes is whose that folder is, such as a service's.

    Raises:
        OSError: a file or the folder cannot be written; its `filename` is below `folder`, or one above it.
    """
    place = folder.absolute()
    new = [each for each in (place, *place.parents) if not each.is_dir()]
    there = next(above for above in place.parents if above.is_dir())
    try:
        with TemporaryDirectory(prefix=".report-", dir=there) as name:
            made = Path(name)
            for file, make in makers.items():
                with (made / file).open("wb") as out:
                    out.writelines(make(made))
            folder.mkdir(parents=True, exist_ok=True)
            _give([*new, *(made / file for file in makers)], there)
            for file in makers:
                (made / file).replace(folder / file)
    except OSError as error:
        named = error.filename if error.filename and ".report-" not in str(error.filename) else str(folder)
        raise OSError(error.errno, error.strerror, named) from None


def _give(paths: Iterable[Path], there: Path) -> None:
    """Root's, to whoever a folder belongs to; nobody else may give theirs away."""
    if os.geteuid() == 0:
        owner = there.stat()
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid)
