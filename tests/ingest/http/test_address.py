"""Addresses as people write them: encoded where that is possible, else refused without showing any of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.http.address import HttpAddress, is_loopback, parse_http_address

SECRET = "geheim"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        pytest.param("http://a.example.org", HttpAddress("http", "a.example.org", 80, "/"), id="bare"),
        pytest.param("https://a.example.org", HttpAddress("https", "a.example.org", 443, "/"), id="https"),
        pytest.param("HTTP://A.Example.ORG/P", HttpAddress("http", "a.example.org", 80, "/P"), id="capitals"),
        pytest.param("http://h:8080/p?q=1&r", HttpAddress("http", "h", 8080, "/p?q=1&r"), id="port, query"),
        pytest.param("http://h?q", HttpAddress("http", "h", 80, "/?q"), id="query without a path"),
        pytest.param("http://[::1]:8086/x", HttpAddress("http", "::1", 8086, "/x"), id="IPv6"),
        pytest.param("http://[2001:DB8:0::1]", HttpAddress("http", "2001:db8::1", 80, "/"), id="IPv6, long"),
        pytest.param("http://10.1.2.3:1/", HttpAddress("http", "10.1.2.3", 1, "/"), id="IPv4"),
        pytest.param("http://influx_db-1:1", HttpAddress("http", "influx_db-1", 1, "/"), id="a compose name"),
        pytest.param("http://h./", HttpAddress("http", "h.", 80, "/"), id="a last dot"),
        pytest.param("http://h:/", HttpAddress("http", "h", 80, "/"), id="a port left out"),
        # IANA's own test name in Chinese.
        pytest.param("http://例子.测试/", HttpAddress("http", "xn--fsqu00a.xn--0zwm56d", 80, "/"), id="IDNA"),
        pytest.param("http://ＨＯＳＴ/", HttpAddress("http", "host", 80, "/"), id="full width"),
        pytest.param("http://h/告?名", HttpAddress("http", "h", 80, "/%E5%91%8A?%E5%90%8D"), id="percent"),
        pytest.param("http://h/a%20b%2Fc", HttpAddress("http", "h", 80, "/a%20b%2Fc"), id="escaped already"),
        pytest.param("http://h/1%?50%z", HttpAddress("http", "h", 80, "/1%25?50%25z"), id="half an escape"),
        pytest.param('http://h/<a>|"b"', HttpAddress("http", "h", 80, "/%3Ca%3E%7C%22b%22"), id="odd signs"),
        pytest.param(
            "https://u:p%40ss@h/x", HttpAddress("https", "h", 443, "/x", "u", "p@ss"), id="name and password"
        ),
        pytest.param("http://token@h/", HttpAddress("http", "h", 80, "/", "token"), id="a name only"),
        pytest.param(f"http://{'a' * 63}/", HttpAddress("http", "a" * 63, 80, "/"), id="the longest label"),
    ],
)  # fmt: skip
def test_what_can_be_called(text: str, address: HttpAddress) -> None:
    assert parse_http_address(text) == address


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "must begin with", id="nothing"),
        pytest.param("geheim.example.org/x", "must begin with", id="no scheme"),
        pytest.param("ftp://geheim/", "must begin with", id="another scheme"),
        pytest.param("file:///etc/geheim", "must begin with", id="a file"),
        pytest.param("javascript:geheim", "must begin with", id="a script"),
        pytest.param("http:/geheim", "the host is neither a name", id="one stroke"),
        pytest.param("http://", "the host is neither a name", id="no host"),
        pytest.param("http:///geheim", "the host is neither a name", id="three strokes"),
        pytest.param("http://:80/geheim", "the host is neither a name", id="a port only"),
        pytest.param("http://u:geheim@/", "the host is neither a name", id="a password only"),
        pytest.param("http://h/a geheim", "blank", id="a blank in the path"),
        pytest.param("http://geheim h/", "blank", id="a blank in the host"),
        pytest.param(" http://geheim/", "blank", id="a blank before"),
        pytest.param("http://geheim/\n", "blank", id="a line end"),
        pytest.param("http://h/\tgeheim", "blank", id="a tab, which urllib would drop"),
        pytest.param("http://h/geheim\u3000", "blank", id="a Chinese blank"),
        pytest.param("http://h/geheim\x00", "control sign", id="NUL"),
        pytest.param("http://h/\u202egeheim", "control sign", id="a sign that turns the line"),
        pytest.param("http://h/\ud800geheim", "control sign", id="half a surrogate"),
        pytest.param("http://[::1", "IPv6", id="half a bracket"),
        pytest.param("http://::1]/geheim", "host", id="the other half"),
        pytest.param("http://[geheim]/", "host", id="brackets round a name"),
        pytest.param("http://[::1]geheim/", "host", id="more behind the bracket"),
        pytest.param("http://[fe80::1%25geheim]/", "not an IPv6", id="a zone"),
        pytest.param("http://h:99999999/geheim", "the port", id="a port too large"),
        pytest.param("http://h:65536/geheim", "the port", id="one too large"),
        pytest.param("http://h:0/geheim", "the port", id="port 0"),
        pytest.param("http://h:-1/geheim", "the port", id="a negative port"),
        pytest.param("http://h:geheim/", "the port", id="a port that is text"),
        pytest.param("http://h:8²/geheim", "the port", id="a port of odd digits"),
        pytest.param("http://h:٣/geheim", "the port", id="a port of Arabic digits"),
        pytest.param("http://::1/geheim", "the port|the host", id="IPv6 without brackets"),
        pytest.param(f"http://{'a' * 64}/geheim", "1 to 63", id="a label over 63 signs"),
        pytest.param(f"http://{'监' * 64}/geheim", "the host", id="one over 63 signs, encoded"),
        pytest.param(f"http://{'a.' * 127}geheim/", "the host", id="a name over 253 signs"),
        pytest.param("http://a..b/geheim", "the host", id="an empty label"),
        pytest.param("http://.geheim/", "the host", id="a dot first"),
        pytest.param("http://-geheim/", "the host", id="a stroke first"),
        pytest.param("http://geheim\\h/", "the host", id="a backslash"),
        pytest.param("http://a%20geheim/", "the host", id="an escape in the host"),
        pytest.param("http://h/geheim#x", "#", id="a fragment"),
        pytest.param("http://h/geheim#", "#", id="an empty one"),
    ],
)  # fmt: skip
def test_what_cannot(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refused:
        parse_http_address(text)

    assert SECRET not in str(refused.value)


@given(st.one_of(st.text(), st.text().map("http://h/{}".format), st.text().map("https://{}".format)))
def test_any_text_is_refused_or_all_of_it_can_be_sent(text: str) -> None:
    try:
        address = parse_http_address(text)
    except ValueError:
        return
    assert f"{address.host}{address.target}{address.authority}".isascii()
    assert f"{address.host}{address.target}".isprintable()
    assert " " not in f"{address.host}{address.target}"
    again = parse_http_address(f"{address.scheme}://{address.authority}{address.target}")
    assert (again.host, again.port, again.target) == (address.host, address.port, address.target)


@pytest.mark.parametrize("host", ["", "x", "1.2.3", "[", "%", "127.0.0.1.example.org"])
def test_what_is_not_this_machine(host: str) -> None:
    assert not is_loopback(host)
