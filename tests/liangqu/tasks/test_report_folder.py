"""A report's files come into their folder together, and each is made when those before it are written."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from liangqu.tasks.reports.folder import put_files


def test_files_are_made_one_after_the_other_and_stand_together(tmp_path: Path) -> None:
    folder, seen = tmp_path / "2026-10" / "zh", list[list[str]]()

    def make(made: Path) -> Iterator[bytes]:
        seen.append(sorted(file.name for file in made.iterdir()))
        assert not folder.exists()
        yield b"a"
        yield b"b"

    put_files(folder, {"page": make, "hashes": make})

    assert seen == [["page"], ["hashes", "page"]]  # the file that is being made is open already
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {"page": b"ab", "hashes": b"ab"}
    assert [file.name for file in tmp_path.iterdir()] == ["2026-10"]


def test_where_one_cannot_be_made_none_is_there(tmp_path: Path) -> None:
    def fail(_: Path) -> Iterator[bytes]:
        yield b"a"
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        put_files(tmp_path / "2026-10", {"page": lambda _: [b"a"], "workbook": fail})

    assert caught.value.filename == str(tmp_path / "2026-10")
    assert not list(tmp_path.iterdir())


def test_what_stands_stays_and_what_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "page").write_bytes(b"signed")
    put_files(tmp_path / "out", {"workbook": lambda _: [b"b"]})

    assert {file.name for file in (tmp_path / "out").iterdir()} == {"page", "workbook"}
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError) as caught:
        put_files(tmp_path / "file" / "zh", {"page": lambda _: [b"a"]})
    assert caught.value.filename == str(tmp_path / "file" / "zh")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
def test_what_root_makes_is_whose_the_folder_is(tmp_path: Path) -> None:
    """Or a service, whose folder it is, could not put the next revision beside it."""
    os.chown(tmp_path, 10001, 10001)

    put_files(tmp_path / "reports" / "2026-10" / "zh", {"page": lambda _: [b"a"]})

    assert {(each.stat().st_uid, each.stat().st_gid) for each in tmp_path.rglob("*")} == {(10001, 10001)}
