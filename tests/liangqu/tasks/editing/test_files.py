"""Files that commands change: whose a new one is."""

import os
from pathlib import Path

import pytest

from liangqu.tasks.editing.files import put

SERVICE = 10001


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files for others")
def test_a_new_one_of_root_is_whose_the_folder_is(tmp_path: Path) -> None:
    """Or the service, whose folder it is, could never change it again."""
    os.chown(tmp_path, SERVICE, SERVICE)

    put(tmp_path / "my-sites.toml", b"# first\n")

    made = (tmp_path / "my-sites.toml").stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o777) == (SERVICE, SERVICE, 0o644)
    os.chown(tmp_path / "my-sites.toml", 0, 0)
    put(tmp_path / "my-sites.toml", b"# root's own stays root's\n")
    assert (tmp_path / "my-sites.toml").stat().st_uid == 0
