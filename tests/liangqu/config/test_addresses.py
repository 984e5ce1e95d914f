"""Addresses in settings and notify file: what cannot be called is refused by name, and never shown."""

from contextlib import closing
from pathlib import Path

import pytest

from alerts.acknowledge.links import EpisodeLinks
from alerts.notify import config
from alerts.notify.config import NotifyConfigError
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import InfluxOptions
from liangqu.config import settings
from liangqu.config.settings import SettingsError
from tests.support.liangqu_process import LiangquRun
from tests.support.peers.scripted_peer import ScriptedPeer, answering

SECRET = "geheim4711"

WRONG = [
    pytest.param(f"http://h/a {SECRET}", id="a blank in the path"),
    pytest.param(f"http://h {SECRET}/", id="a blank in the host"),
    pytest.param(f"http://h/{SECRET}\\n", id="a line end"),
    pytest.param(f"http://{'a' * 64}.example/{SECRET}", id="a label over 63 signs"),
    pytest.param(f"http://{'监' * 64}.example/{SECRET}", id="one in Chinese"),
    pytest.param(f"http://h:99999999/{SECRET}", id="a port too large"),
    pytest.param(f"http://h:0/{SECRET}", id="port 0"),
    pytest.param(f"http://h:{SECRET}/", id="a port that is text"),
    pytest.param("http://[::1", id="half a bracket"),
    pytest.param(f"http://[{SECRET}]/", id="brackets"),
    pytest.param(f"http:///{SECRET}", id="no host"),
    pytest.param(f"ftp://h/{SECRET}", id="another scheme"),
    pytest.param(f"h/{SECRET}", id="no scheme"),
    pytest.param(f"http://h/#{SECRET}", id="a fragment"),
]
FINE = [
    pytest.param("http://127.0.0.1:8086", id="IPv4"),
    pytest.param("http://[::1]:8086", id="IPv6"),
    pytest.param("https://监测.example.cn/两区", id="Chinese"),
    pytest.param("https://a_b.example/%E4%B8%A4", id="an underscore, escapes"),
    pytest.param(f"https://{'a' * 63}.example/", id="the longest label"),
]
NOT_HERE = [
    pytest.param(f"http://u:{SECRET}@h/", id="name and password"),
    pytest.param(f"http://{SECRET}@h/", id="a name"),
    pytest.param(f"http://h/?token={SECRET}", id="a query"),
]


ADDRESSES = [("influxdb", "url"), ("http", "public_url"), ("alerts", "board_url")]


@pytest.mark.parametrize("address", [*WRONG, *NOT_HERE])
@pytest.mark.parametrize(("section", "key"), ADDRESSES)
def test_settings_refuse_what_cannot_be_called(section: str, key: str, address: str, tmp_path: Path) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_text(f'[{section}]\n{key} = "{address}"\n', encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        settings.load(file, {})

    assert str(refused.value).startswith(f"{file}: {section}.{key}: ")
    assert len(str(refused.value).splitlines()) == 1
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("address", FINE)
@pytest.mark.parametrize(("section", "key"), ADDRESSES)
def test_settings_take_the_others(section: str, key: str, address: str, tmp_path: Path) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_text(f'[{section}]\n{key} = "{address}"\n', encoding="utf-8")

    assert getattr(getattr(settings.load(file, {}), section), key) == address


@pytest.mark.parametrize("listen", [":9464", "[::1:9464", "::1:9464", "9464", "127.0.0.1:99999", "a b:1"])
def test_settings_refuse_where_nobody_can_listen(listen: str, tmp_path: Path) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_text(f'[http]\nlisten = "{listen}"\n', encoding="utf-8")

    with pytest.raises(SettingsError) as refused:
        settings.load(file, {})

    assert str(refused.value).startswith(f"{file}: http.listen: '{listen}'")


@pytest.mark.parametrize("listen", ["", "[::1]:9464", "[::]:9464", "*:9464", "localhost:9464", "127.0.0.1:0"])
def test_settings_take_where_one_can(listen: str, tmp_path: Path) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_text(f'[http]\nlisten = "{listen}"\n', encoding="utf-8")

    assert settings.load(file, {}).http.listen == listen


@pytest.mark.parametrize("address", WRONG)
@pytest.mark.parametrize(
    ("table", "key", "named"),
    [("[[channel]]\nid = 'x'", "webhook", "channel x: webhook"), ("[heartbeat]", "url", "heartbeat.url")],
)
def test_the_notify_file_refuses_what_cannot_be_called(
    table: str, key: str, named: str, address: str, tmp_path: Path
) -> None:
    file = tmp_path / "notify.toml"
    file.write_text(f'{table}\n{key} = "{address}"\n', encoding="utf-8")

    with pytest.raises(NotifyConfigError) as refused:
        config.load(file)

    assert [problem.startswith(f"{file}: {named}: ") for problem in refused.value.problems] == [True]
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("address", [*FINE, *NOT_HERE])
def test_the_notify_file_takes_the_others_and_what_may_be_secret_there(address: str, tmp_path: Path) -> None:
    file = tmp_path / "notify.toml"
    file.write_text(
        f'[[channel]]\nid = "x"\nwebhook = "{address}"\n[heartbeat]\nurl = "{address}"\n', encoding="utf-8"
    )

    assert config.load(file).channels["x"].webhook == address


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://[::1", "channel x: webhook: the host cannot be read"),
        (f"http://h:99999999/{SECRET}", "channel x: webhook: the port is not a number from 1 to 65535"),
        (f"http://h/ {SECRET}", "channel x: webhook: holds a blank"),
    ],
)
def test_check_says_so_in_one_line(address: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "notify.toml"
    file.write_text(f'[[channel]]\nid = "x"\nwebhook = "{address}"\n', encoding="utf-8")
    service = LiangquRun(tmp_path, 1, more=f'[alerts]\nnotify_file = "{file}"\n')

    code, said = service.fails("check")

    assert code == 2
    assert said.startswith(f"liangqu: {file}: {words}")
    assert said.count("\n") == 1
    assert SECRET not in said


def test_a_database_by_ipv6() -> None:
    with (
        ScriptedPeer(answering(b"HTTP/1.1 204 x\r\nX-Influxdb-Version: 1.6.7\r\n\r\n"), host="::1") as peer,
        closing(InfluxHTTP(InfluxOptions(f"http://{peer.place}"))) as server,
    ):
        assert server.version() == "1.6.7"


def test_links_are_ready_to_be_sent() -> None:
    link = EpisodeLinks("s", "https://例子.测试/两区/").link("ab12", "王", "zh")

    assert link.startswith(
        "https://xn--fsqu00a.xn--0zwm56d/%E4%B8%A4%E5%8C%BA/alerts/ab12?by=%E7%8E%8B&lang=zh&sig="
    )
    assert link.isascii()
