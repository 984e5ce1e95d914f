"""Links in messages are signed by the journal's own secret, or by one that several machines share."""

from contextlib import closing
from pathlib import Path

from alerts.acknowledge.links import EpisodeLinks, secret
from ingest.journal.file import Journal
from liangqu.config.settings import load

ADDRESS = "https://alerts.example.org"


def links_of(folder: Path, name: str, given: str = "") -> EpisodeLinks:
    with closing(Journal(folder / name)) as journal, journal.transaction() as connection:
        return EpisodeLinks(secret(connection, given), ADDRESS)


def test_a_link_of_a_machine_that_is_gone_is_valid_where_the_secret_is_the_same(tmp_path: Path) -> None:
    signature = links_of(tmp_path, "gone.db", "shared").fields("1df8564ea6a8", "wang", "zh")["sig"]

    for name, given, is_valid in (("new.db", "shared", True), ("other.db", "", False), ("gone.db", "", True)):
        links = links_of(tmp_path, name, given)
        assert links.verify("1df8564ea6a8", "wang", "zh", signature) is is_valid


def test_the_secret_is_a_file_of_the_settings_and_not_part_of_them(tmp_path: Path) -> None:
    (tmp_path / "links").write_text("geheim\n", encoding="utf-8")
    (tmp_path / "liangqu.toml").write_text('[http]\nlink_secret_file = "links"\n', encoding="utf-8")

    settings = load(tmp_path / "liangqu.toml", {})

    assert settings.link_secret() == "geheim"
    assert "geheim" not in repr(settings)
