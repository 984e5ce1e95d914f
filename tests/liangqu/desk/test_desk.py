"""The files that pages stand on, read anew while somebody changes them."""

from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from liangqu.config import settings
from liangqu.config.settings import SettingsRead
from liangqu.desk import desk as module
from liangqu.desk.desk import Desk
from tests.liangqu.desk.conftest import SETTINGS


def test_what_is_written_while_the_files_are_read_is_read_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "liangqu.toml"
    written = [SETTINGS]
    file.write_text(SETTINGS, encoding="utf-8")

    def read() -> SettingsRead:
        found = settings.read(file)
        file.write_text(written[0], encoding="utf-8")  # somebody saves just after it was read
        return found

    monkeypatch.setattr(module, "LOOK_S", 0)
    desk = Desk(read, lambda: datetime(2026, 11, 26, tzinfo=UTC))
    written[0] = SETTINGS.replace('"zh"', '"en"') + "# longer\n"
    desk.read_again()
    assert desk.files.settings.language == "en"
    desk.close()


def test_no_page_waits_while_another_reads_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, begun, go_on = tmp_path / "liangqu.toml", Event(), Event()
    file.write_text(SETTINGS, encoding="utf-8")

    def read() -> SettingsRead:
        begun.set()
        assert go_on.wait(30)
        return settings.read(file)

    monkeypatch.setattr(module, "LOOK_S", 0)
    go_on.set()
    desk = Desk(read, lambda: datetime(2026, 11, 26, tzinfo=UTC))
    go_on.clear()
    begun.clear()
    file.write_text(SETTINGS.replace('"zh"', '"en"') + "# longer\n", encoding="utf-8")
    first = Thread(target=lambda: desk.files)
    first.start()
    assert begun.wait(30)
    meanwhile = desk.files.settings.language
    go_on.set()
    first.join(30)
    assert (meanwhile, desk.files.settings.language) == ("zh", "en")
    desk.close()
