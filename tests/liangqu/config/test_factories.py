"""What cannot be put together is said in one line that names the file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue, open_journal, open_own_journal
from liangqu.config.settings import Settings, load


def settings_for(journal: Path) -> Settings:
    return load(None, {"LIANGQU_JOURNAL__PATH": str(journal)})


def test_a_journal_in_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "journal.db"

    for work in (open_journal, lambda settings: open_own_journal(settings, datetime.now(UTC))):
        with pytest.raises(ProblemError) as problem:
            work(settings_for(path))
        assert str(problem.value) == f"{path}: No such file or directory"


def test_a_file_of_stations_that_is_missing_is_named_with_its_key_and_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "my-sites.toml"
    settings = load(None, {"LIANGQU_CATALOGUE__EXTRA": f'["{path}"]'})

    with pytest.raises(ProblemError) as problem:
        open_catalogue(settings)
    assert str(problem.value) == f"catalogue.extra: {path}: not there; it may be empty, but must be there"
    path.touch()
    assert open_catalogue(settings).sites


def test_a_journal_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"a photograph" * 1000)

    with pytest.raises(ProblemError) as problem:
        open_journal(settings_for(path))

    assert str(problem.value) == f"{path}: file is not a database"
