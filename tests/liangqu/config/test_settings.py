"""Settings: defaults, the file, the environment, and a clear line for every mistake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import BrokerNode
from ingest.stores.influxdb.section import Influxdb
from liangqu.config.settings import Settings, SettingsError, load, read, read_secret
from sensors.section import parse_size

EVERY_KEY = """
language = "en"
[mqtt]
host = "broker.example"
port = 8883
protocol = "3.1.1"
client_id = "liangqu-2"
prefix = "zjk/liangqu"
max_payload = 65536
username = "liangqu"
password_file = "secrets/mqtt"
ca_file = "ca.pem"
[store]
kind = "influxdb"
[influxdb]
url = "http://127.0.0.1:8086"
database = "liangqu"
username = "liangqu"
token_file = "/run/secrets/token"
org = "zjk"
[sqlite]
path = "liangqu.db"
[journal]
path = "journal.db"
limit = "1GB"
quarantine_limit = "10MB"
[http]
listen = "127.0.0.1:9464"
public_url = "https://liangqu.example"
[catalogue]
extra = ["my-sites.toml"]
[alerts]
rules = ["my-rules.toml"]
page_max_age = "none"
notify_file = "notify.toml"
[report]
organisation = "生态环境监测中心"
title = "环境质量月报"
prepared_by = "张三"
reviewed_by = "李四、王五"
issued_by = "赵六"
drinking_water = "sources.csv"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "liangqu.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_everything_has_a_default_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = load(None, {})

    assert settings.store.kind == "sqlite"
    assert settings.store_section().location == str(tmp_path / "liangqu.db")
    assert settings.journal.path == str(tmp_path / "journal.db")
    assert settings.http.listen == "127.0.0.1:9464"
    assert settings.bounds().earliest == datetime(1999, 12, 31, 16, tzinfo=UTC)  # 2000-01-01 in Shanghai
    assert settings.bounds().max_ahead == timedelta(minutes=5)
    assert settings.bounds().max_payload == 8 * 1024**2


def test_every_promised_key_is_taken_and_paths_belong_to_the_file(tmp_path: Path) -> None:
    settings = load(written(tmp_path, EVERY_KEY), {})

    assert settings.mqtt.prefix == "zjk/liangqu"
    assert settings.mqtt.password_file == str(tmp_path / "secrets/mqtt")
    assert settings.mqtt.ca_file == str(tmp_path / "ca.pem")
    store = settings.store_section()
    assert isinstance(store, Influxdb)
    assert store.token_file == "/run/secrets/token"
    assert settings.catalogue.extra == (str(tmp_path / "my-sites.toml"),)
    assert settings.alerts.rules == (str(tmp_path / "my-rules.toml"),)
    assert settings.alerts.notify_file == str(tmp_path / "notify.toml")
    assert parse_size(settings.journal.limit) == 1024**3
    assert (settings.report.organisation, settings.report.reviewed_by) == ("生态环境监测中心", "李四、王五")
    assert settings.report.drinking_water == str(tmp_path / "sources.csv")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    environment = {
        "LIANGQU_CONFIG": str(written(tmp_path, EVERY_KEY)),
        "LIANGQU_LANGUAGE": "zh",
        "LIANGQU_MQTT__HOST": "127.0.0.1",
        "LIANGQU_MQTT__PORT": "1884",
        "LIANGQU_MQTT__PASSWORD": "from the environment",
        "LIANGQU_CATALOGUE__EXTRA": '["a.toml", "b.toml"]',
        "LIANGQU_JOURNAL__LIMIT": "2GB",
        "LIANGQU_PROVE": "no section, not ours",
        "HOME": "/root",
    }

    settings = load(None, environment)

    assert settings.language == "zh"
    assert settings.mqtt.port == 1884
    assert settings.catalogue.extra == ("a.toml", "b.toml")
    assert settings.journal.limit == "2GB"
    assert settings.broker().password == "from the environment"


@pytest.mark.parametrize(
    ("text", "environment", "stands"),
    [
        pytest.param('[mqtt]\nhost = "x"\n', {}, False, id="another"),
        pytest.param("[desk]\n", {}, True, id="without a key"),
        pytest.param("", {"LIANGQU_DESK__LISTEN": "127.0.0.1:1"}, True, id="in the environment"),
    ],
)
def test_a_table_stands_where_somebody_wrote_it(
    text: str, environment: dict[str, str], stands: bool, tmp_path: Path
) -> None:
    """Not where its paths have defaults: `run` would start a desk that nobody asked for."""
    (tmp_path / "liangqu.toml").write_text(text, "utf-8")

    assert ("desk" in read(tmp_path / "liangqu.toml", environment).tables) is stands


@pytest.mark.parametrize(
    ("text", "starts"),
    [("", False), ("[desk]\n", True), ("[desk]\nstarted_by_service = false\n", False)],
    ids=["no table", "a table", "a unit of its own"],
)
def test_the_service_starts_the_desk_unless_something_else_does(
    text: str, *, starts: bool, tmp_path: Path
) -> None:
    (tmp_path / "liangqu.toml").write_text(text, "utf-8")

    assert read(tmp_path / "liangqu.toml", {}).is_desk_of_service is starts


def test_a_password_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("top secret\n", encoding="utf-8")
    settings = load(written(tmp_path, '[mqtt]\nusername = "a"\npassword_file = "secret"\n'), {})

    assert settings.broker().password == "top secret"
    assert "top secret" not in str(settings.broker()) + repr(settings.broker())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "[mqtt]\nhots = 'x'",
            "mqtt.hots: unknown key; did you mean mqtt.hosts or mqtt.host?",
            id="unknown key",
        ),
        pytest.param("[mqqt]\nhost = 'x'", "mqqt: unknown table; did you mean [mqtt]?", id="unknown table"),
        pytest.param(
            "[mqtt]\nxyzzy = 1", "mqtt.xyzzy: unknown key; known are host, port, hosts,", id="like no key"
        ),
        pytest.param("[zzz]", "zzz: unknown table; known are [sqlite],", id="like no table"),
        pytest.param(
            "listen = 'x'",
            "listen: unknown key; did you mean http.listen or desk.listen?",
            id="a key outside its table",
        ),
        pytest.param(
            "[desk]\nlogin = 'none'\nlisten = '*:9465'",
            'desk.login: "none" lets everybody in who reaches *:9465; listen on 127.0.0.1',
            id="no login beyond this machine",
        ),
        pytest.param(
            "[desk]\ncert_file = 'cert.pem'",
            "desk.cert_file: goes with key_file; name both or neither",
            id="a certificate without its key",
        ),
        pytest.param(
            "[desk]\ntrusted_proxies = ['proxy']",
            "desk.trusted_proxies: 'proxy' is no address or network",
            id="a proxy by name",
        ),
        pytest.param(
            "[desk]\nothers = { North = 'http://north.example.org' }",
            "desk.others: 'North': must begin with https://: people sign in there",
            id="another desk without HTTPS",
        ),
        pytest.param(
            "[desk]\nothers = { '' = 'https://north.example.org' }",
            "desk.others: '': '' is no name of 1 to 40 printable characters",
            id="another desk without a name",
        ),
        pytest.param(
            "[desk]\ntrusted_header = 'X USER'",
            "desk.trusted_header: 'X USER' is no header's name",
            id="no name of a header",
        ),
        pytest.param(
            "[http]\nboard_url = 'x'",
            "http.board_url: unknown key; did you mean alerts.board_url?",
            id="a key of another table",
        ),
        pytest.param(
            '[report]\nissued_by = "赵六\\n"',
            "report.issued_by: '赵六\\n' is not one line of at most 100 printable characters",
            id="a name on two lines",
        ),
        pytest.param(f"[report]\ntitle = '{'月' * 101}'", "report.title: ", id="a title of 101 signs"),
        pytest.param(
            "[mqtt]\nport = 'x'", "mqtt.port: must be a whole number, not text in quotes", id="wrong type"
        ),
        pytest.param(
            "[mqtt]\nprotocol = '4'", 'mqtt.protocol: "4" is not one of 5, 3.1.1', id="no such protocol"
        ),
        pytest.param("language = 'fr'", 'language: "fr" is not one of zh, en', id="no such language"),
        pytest.param(
            "[store]\nkind = 'influx'",
            'store.kind: "influx" is not one of sqlite, influxdb; did you mean influxdb?',
            id="no such store",
        ),
        pytest.param(
            'language = "en\n[mqtt]',
            "line 1, column 15: the text is not closed; a quote is missing",
            id="no quote",
        ),
        pytest.param(
            "[mqtt]\nignore = [1]",
            "mqtt.ignore: [0]: must be text in quotes, not a whole number",
            id="a list of numbers",
        ),
        pytest.param("[ingest]\nmax_ahead = 'soon'", "ingest.max_ahead: ", id="no duration"),
        pytest.param(
            "[ingest]\nearliest = 'once'", "ingest.earliest: 'once' is not a day or moment", id="no date"
        ),
        pytest.param(
            "[journal]\nlimit = 'big'", "journal.limit: 'big' is not a size such as 256MB", id="no size"
        ),
        pytest.param(
            "[journal]\nlimit = 0", "journal.limit: 0 is not a size such as 256MB", id="no bytes at all"
        ),
        pytest.param(
            "[mqtt", "line 1, the last: Expected ']' at the end of a table declaration", id="no TOML"
        ),
        pytest.param("a=" + "[" * 100_000, "nested too deeply", id="a hundred thousand levels"),
        pytest.param(
            "mqtt = 3", "mqtt: is a table: write [mqtt], and its keys below", id="a table that is a number"
        ),
        pytest.param(
            "[mqtt]\npassword = 'x'", "mqtt.password: a secret does not stand here", id="literal password"
        ),
        pytest.param(
            "[influxdb]\ntoken_file = 'x'",
            "influxdb.org: a token is one of InfluxDB 2.x, which wants its organisation too",
            id="a token without its organisation",
        ),
        pytest.param(
            "[influxdb]\ntoken = 'x'", "influxdb.token: a secret does not stand here", id="literal token"
        ),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_file_and_key(
    text: str, words: str, tmp_path: Path
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(SettingsError) as error:
        load(file, {})

    assert str(error.value).startswith(f"{file}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_all_mistakes_of_file_and_environment_are_named_at_once(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        'langauge = "en"\n[mqtt]\nprot = 1883\nport = 0\nwindow = "x"\n[http]\nlisten = "9464"\n'
        '[influxdb]\nurl = "127.0.0.1:8086"\n[store]\nkind = "influx"\n',
    )

    found = read(file, {"LIANGQU_MQTT__KEEPALIVE": "0s", "LIANGQU_REVIEW__LEVELS": "4"})

    assert [problem.removeprefix(f"{file}: ").partition(":")[0] for problem in found.problems] == [
        "langauge", "mqtt.prot", "influxdb.url", "mqtt.window", "mqtt.port", "LIANGQU_MQTT__KEEPALIVE",
        "store.kind", "http.listen", "LIANGQU_REVIEW__LEVELS",
    ]  # fmt: skip
    assert found.settings.mqtt.port == 1883, "the default stands where a value cannot be used"
    with pytest.raises(SettingsError) as refused:
        load(file, {})
    assert len(refused.value.lines) == 7


class TestFileOfTheFolder:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        written(tmp_path, 'language = "en"\n')

    def test_it_is_taken_where_none_is_named(self, tmp_path: Path) -> None:
        found = read(None, {})

        assert (found.file, found.is_of_folder, found.settings.language) == (Path("liangqu.toml"), True, "en")
        assert found.settings.journal.path == str(tmp_path / "journal.db")
        assert found.origins == {("", "language"): "liangqu.toml"}

    def test_one_that_is_named_is_taken_instead(self, tmp_path: Path) -> None:
        (tmp_path / "other.toml").write_text("", encoding="utf-8")

        by_variable = read(None, {"LIANGQU_CONFIG": "other.toml"})
        by_option = read(Path("other.toml"), {})

        for found in (by_variable, by_option):
            assert (found.file, found.is_of_folder) == (Path("other.toml"), False)
            assert found.settings.language == "zh"


ENCODED = [
    pytest.param("utf-16", "it is UTF-16, not UTF-8; save it as UTF-8", id="UTF-16, as Windows says Unicode"),
    pytest.param("utf-16-le", "line 1: not UTF-8 text (byte 0x00); save it as UTF-8", id="UTF-16 unmarked"),
    pytest.param("utf-32", "it is UTF-32, not UTF-8; save it as UTF-8", id="UTF-32"),
    pytest.param("gbk", "line 2: not UTF-8 (byte 0xd5), it looks like GBK; save it as UTF-8", id="GBK"),
    pytest.param("gb18030", "line 2: not UTF-8 (byte 0xd5), it looks like GBK", id="GB 18030"),
]


RANGES = [
    pytest.param("mqtt", "port = 0", "port: 0 is not one of 1 to 65535", id="port 0"),
    pytest.param("mqtt", "port = -1", "port: -1 is not one of 1 to 65535", id="port below"),
    pytest.param("mqtt", "port = 99999", "port: 99999 is not one of 1 to 65535", id="port above"),
    pytest.param("mqtt", "window = 0", "window: 0 is not one of 1 to 65535", id="window 0"),
    pytest.param("mqtt", "window = -5", "window: -5 is not one of 1 to 65535", id="window below"),
    pytest.param("mqtt", "window = 65536", "window: 65536 is not one of 1 to 65535", id="window above"),
    pytest.param(
        "mqtt", "max_payload = '257MB'", "max_payload: '257MB' is not one of 1 to 256MB", id="payload"
    ),
    pytest.param("mqtt", "max_payload = '0'", "max_payload: '0' is not a size", id="payload of nothing"),
    pytest.param("mqtt", f"max_payload = '{'9' * 5000}'", "is not a size such as 256MB", id="5,000 digits"),
    pytest.param("mqtt", "keepalive = '19h'", "keepalive: '19h' is not one of 1s to 65535s", id="keepalive"),
    pytest.param("mqtt", "session_expiry = '10001d'", "longer than 10000d", id="session"),
    pytest.param("mqtt", "watchdog = '999999d'", "longer than 10000d", id="watchdog"),
    pytest.param("mqtt", "host = ''", "host: '' is not a host name", id="no host"),
    pytest.param("mqtt", "host = 'a b'", "host: 'a b' is not a host name", id="a blank in the host"),
    pytest.param("mqtt", f"host = '{'a' * 64}.cn'", "is not a host name or address", id="a long label"),
    pytest.param("mqtt", "host = 'mqtt://a'", "is not a host name or address", id="a URL for a host"),
    pytest.param("mqtt", "host = 'a.example:1883'", "holds a port; it stands in a key", id="host and port"),
    pytest.param("mqtt", "host = '[::1]'", "is not a host name or address", id="brackets"),
    pytest.param("mqtt", "hosts = ['a']", "hosts: 'a' is not host:port such as", id="a node without port"),
    pytest.param("mqtt", "hosts = ['a:0']", "'a:0' is not host:port", id="a node with port 0"),
    pytest.param("mqtt", "hosts = ['a:65536']", "'a:65536' is not host:port", id="a node beyond all ports"),
    pytest.param("mqtt", "hosts = ['::1:1883']", "'::1:1883' is not host:port", id="IPv6 without brackets"),
    pytest.param("mqtt", "hosts = ['[a]:1883']", "'[a]' is not a host name", id="a name in brackets"),
    pytest.param("mqtt", "hosts = ['a b:1']", "'a b' is not a host name", id="a blank in a node"),
    pytest.param("mqtt", "hosts = ['a:1', 'b:1', 'a:01']", "a:1 stands there twice", id="a node twice"),
    pytest.param(
        "mqtt", "failover = 'first'", '"first" is not one of order, random', id="no way to fail over"
    ),
    pytest.param("mqtt", 'client_id = "\\u001b[31m"', "cannot be seen", id="a client id no broker takes"),
    pytest.param("mqtt", 'username = "a\\nb"', "cannot be seen", id="a name no broker takes"),
    pytest.param("mqtt", "prefix = ''", "prefix: '' cannot begin a topic", id="no prefix"),
    pytest.param("mqtt", "prefix = 'a/#'", "prefix: 'a/#' cannot begin a topic", id="a wildcard"),
    pytest.param("mqtt", "prefix = '$SYS'", "prefix: '$SYS' cannot begin", id="the broker's own"),
    pytest.param("mqtt", "client_id = ''", "client_id: must not be blank", id="no client id"),
    pytest.param("mqtt", "prefixes = ['a/+']", "prefixes: 'a/+' cannot begin a topic", id="+ in a prefix"),
    pytest.param("mqtt", "prefixes = ['a//b']", "'a//b' has an empty level", id="an empty level"),
    pytest.param("mqtt", "prefixes = ['/a']", "'/a' has an empty level", id="a leading slash"),
    pytest.param("mqtt", "prefixes = ['a', 'b', 'a']", "a stands there twice", id="a prefix twice"),
    pytest.param("mqtt", "prefixes = ['a/b', 'a']", "a/b lies below a, of which", id="a prefix in another"),
    pytest.param("shard", "name = 'a/b'", "name: 'a/b' is no name of a shard", id="a shard of two levels"),
    pytest.param("shard", "name = '坝上'", "at most 64 letters, digits, _ and -", id="no broker's letters"),
    pytest.param("mqtt", f"username = '{'u' * 5000}'", "is too long", id="an endless name"),
    pytest.param("mqtt", 'username = "a\\u0000b"', "is too long, or holds a NUL", id="a NUL"),
    pytest.param("ingest", "earliest = '0001-01-01'", "is not between 1900 and 2100", id="the first day"),
    pytest.param("ingest", "earliest = '9999-12-31T23:59:59-12:00'", "is not between", id="the last moment"),
    pytest.param("ingest", "max_ahead = '10001d'", "longer than 10000d", id="far ahead"),
    pytest.param("influxdb", "timeout = '61m'", "timeout: '61m' is not one of 1s to 1h", id="timeout"),
    pytest.param("influxdb", "database = ' '", "database: must not be blank", id="no database"),
    pytest.param(
        "journal", "reserve = '15MB'", "reserve: '15MB' is not one of 16MB to", id="a small reserve"
    ),
    pytest.param(
        "journal", "limit = '9000000GB'", "limit: '9000000GB' is not one of 1 to", id="an endless limit"
    ),
    pytest.param("journal", "limit = -1", "limit: -1 is not a size", id="a negative limit"),
    pytest.param("alerts", "page_max_age = '99999d'", "longer than 10000d", id="page_max_age"),
]


@pytest.mark.parametrize("path", ["journal.db", "x/../journal.db", "./journal.db"])
def test_one_file_is_not_journal_and_store(path: str, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    file = written(tmp_path, f'[sqlite]\npath = "{path}"\n[journal]\npath = "journal.db"\n')

    with pytest.raises(SettingsError, match=r"is the journal\.path too; name another file") as error:
        load(file, {})

    assert str(error.value).startswith(f"{file}: sqlite.path: ")


@pytest.mark.parametrize(("section", "line", "words"), RANGES)
def test_every_number_has_its_range(section: str, line: str, words: str, tmp_path: Path) -> None:
    file = written(tmp_path, f"[{section}]\n{line}\n")

    with pytest.raises(SettingsError) as error:
        load(file, {})

    assert str(error.value).startswith(f"{file}: {section}.{line.partition(' ')[0]}: ")
    assert words in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    "line",
    [
        "port = 1", "port = 65535", "window = 1", "window = 65535", "max_payload = 1",
        "max_payload = '256MB'", "keepalive = '1s'", "keepalive = '65535s'", "session_expiry = '10000d'",
        "host = '::1'",
        "host = '监测.example'", "prefix = '张家口/两区'",
    ],
)  # fmt: skip
def test_exactly_at_its_limits_it_is_taken(line: str, tmp_path: Path) -> None:
    load(written(tmp_path, f"[mqtt]\n{line}\n"), {})


@pytest.mark.parametrize(("encoding", "words"), ENCODED)
def test_another_encoding_is_named(encoding: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_bytes('language = "zh"\n# 张家口\n'.encode(encoding))

    with pytest.raises(SettingsError) as error:
        load(file, {})

    assert str(error.value).startswith(f"{file}: {words}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("encoding", "words"), ENCODED)
def test_another_encoding_of_a_secret_is_named_without_the_secret(
    encoding: str, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_bytes("\n张家口".encode(encoding) if encoding.startswith("g") else "abc".encode(encoding))

    with pytest.raises(SettingsError) as error:
        read_secret("mqtt.password_file", str(file))

    assert str(error.value).startswith(f"mqtt.password_file: {file}: {words}")


def test_a_byte_order_mark_is_no_part_of_settings_or_secrets(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("top secret\r\n", encoding="utf-8-sig", newline="")
    file = tmp_path / "liangqu.toml"
    file.write_text('[mqtt]\nusername = "a"\npassword_file = "secret"\n', encoding="utf-8-sig")

    assert load(file, {}).broker().password == "top secret"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        pytest.param(
            "LIANGQU_MQTT__HOTS",
            "x",
            r"there is no setting mqtt.hots; did you mean LIANGQU_MQTT__HOSTS\?",
            id="unknown key",
        ),
        pytest.param(
            "LIANGQU_MQTT_PORT",
            "1",
            r"there is no such setting; did you mean LIANGQU_MQTT__PORT\?",
            id="one line too few",
        ),
        pytest.param(
            "LIANGQU_MQTT_CLIENT_ID",
            "1",
            r"there is no such setting; did you mean LIANGQU_MQTT__CLIENT_ID\?",
            id="the same, twice",
        ),
        pytest.param(
            "LIANGQU_MQQT__HOST",
            "x",
            r"there is no setting mqqt.host; did you mean LIANGQU_MQTT__HOST\?",
            id="unknown section",
        ),
        pytest.param("LIANGQU_MQTT__PORT", "x y", "'x y' is not a TOML value such as 1883", id="no number"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable}: {words}$"):
        load(None, {variable: value})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^/nowhere/liangqu\.toml: No such file or directory$"):
        load(Path("/nowhere/liangqu.toml"), {})


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 1024**3), ("256MB", 256 * 1024**2), ("64kB", 65536), ("64k", 65536), ("100", 100), (7, 7)],
)
def test_sizes_are_powers_of_1024(text: str | int, size: int) -> None:
    assert parse_size(text) == size


def test_the_defaults_themselves_are_sound() -> None:
    assert load(None, {}) == load(None, {})
    assert Settings().language == "zh"


def test_nodes_of_a_cluster_in_the_place_of_host_and_port(tmp_path: Path) -> None:
    file = written(tmp_path, '[mqtt]\nhosts = ["a.example:1883", "[2001:db8::1]:8883"]\n')

    broker = load(file, {"LIANGQU_MQTT__FAILOVER": "random"}).broker()

    assert broker.nodes == (BrokerNode("a.example", 1883), BrokerNode("2001:db8::1", 8883))
    assert str(broker) == "a.example:1883, [2001:db8::1]:8883"
    assert broker.failover == "random"


def test_one_concept_has_one_source_host_and_port_do_not_stand_beside_hosts(tmp_path: Path) -> None:
    """The default's own values are refused as well: what is given must not be passed over in silence."""
    file = written(tmp_path, '[mqtt]\nhosts = ["a:1", "b:1"]\nport = 1883\n')

    found = read(file, {"LIANGQU_MQTT__HOST": "mosquitto"})

    reason = "mqtt.hosts stands in its place; leave one of the two out"
    assert found.problems == (f"LIANGQU_MQTT__HOST: {reason}", f"{file}: mqtt.port: {reason}")
    assert load(written(tmp_path, "[mqtt]\nhosts = []\nport = 1884\n"), {}).broker().port == 1884


def test_several_prefixes_in_the_place_of_one(tmp_path: Path) -> None:
    """`ab` is not below `a`; what is given beside them is refused, as of nodes."""
    file = written(tmp_path, '[mqtt]\nprefixes = ["a", "ab", "b/a"]\n')
    assert load(file, {}).mqtt.served == ("a", "ab", "b/a")
    assert Settings().mqtt.served == ("liangqu",)

    found = read(file, {"LIANGQU_MQTT__PREFIX": "liangqu"})
    reason = "mqtt.prefixes stands in its place; leave one of the two out"
    assert found.problems == (f"LIANGQU_MQTT__PREFIX: {reason}",)


def test_a_shard_has_a_client_id_of_its_own(tmp_path: Path) -> None:
    file = written(tmp_path, '[shard]\nname = "bashang"\n')

    (problem,) = read(file, {}).problems
    assert problem.startswith(f"{file}: mqtt.client_id: a shard has one of its own")
    assert problem.endswith('set it, client_id = "liangqu-bashang" perhaps')
    assert load(file, {"LIANGQU_MQTT__CLIENT_ID": "b"}).shard.name == "bashang"
