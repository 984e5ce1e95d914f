"""`no_proxy` as people write it: named rows, and where each is known from."""

import pytest

from ingest.http.proxy import find_proxy, is_exempt

ROWS = [  # host, port, no_proxy, whether it is called directly
    pytest.param("hook.example.org", 443, "", False, id="nothing"),
    pytest.param("hook.example.org", 443, " , ,", False, id="only separators"),
    pytest.param("hook.example.org", 443, "*", True, id="everything (curl)"),
    pytest.param("hook.example.org", 443, "hook.example.org", True, id="the name"),
    pytest.param("hook.example.org", 443, "HOOK.Example.Org", True, id="in capitals"),
    pytest.param("hook.example.org", 443, "hook.example.org.", True, id="with the last dot (curl)"),
    pytest.param("hook.example.org.", 443, "example.org", True, id="a host with the last dot"),
    pytest.param("hook.example.org", 443, "example.org", True, id="what is below a name (curl, requests)"),
    pytest.param("hook.example.org", 443, ".example.org", True, id="with a dot before it (wget)"),
    pytest.param("hook.example.org", 443, "*.example.org", True, id="with a star before it (Go)"),
    pytest.param("badexample.org", 443, "example.org", False, id="only at a dot"),
    pytest.param("example.org.evil.net", 443, "example.org", False, id="only at the end"),
    pytest.param("hook.example.org", 443, "a.net example.org", True, id="blanks between (curl)"),
    pytest.param("hook.example.org", 443, "a.net,\texample.org", True, id="commas and blanks"),
    pytest.param("hook.example.org", 443, "example.org:443", True, id="the port (requests, Go)"),
    pytest.param("hook.example.org", 443, "example.org:8443", False, id="another port"),
    pytest.param("hook.example.org", 443, ".", False, id="a dot"),
    pytest.param("10.1.2.3", 80, "10.1.2.3", True, id="an address"),
    pytest.param("10.1.2.3", 80, "10.0.0.0/8", True, id="a network (curl 7.86, requests, Go)"),
    pytest.param("10.1.2.3", 80, "10.9.9.9/8", True, id="a network by an address in it"),
    pytest.param("11.1.2.3", 80, "10.0.0.0/8", False, id="outside of the network"),
    pytest.param("10.1.2.3", 80, "10.0.0.0/40", False, id="no network"),
    pytest.param("10.1.2.3", 80, "2.3", False, id="an address has nothing below it"),
    pytest.param("10.1.2.3", 8080, "10.0.0.0/8:8080", True, id="a network and its port"),
    pytest.param("fd00::7", 80, "fd00::/8", True, id="a network of IPv6"),
    pytest.param("fd00::7", 80, "fd00::7", True, id="an address of IPv6"),
    pytest.param("fd00::7", 80, "[fd00::7]", True, id="in brackets (Go)"),
    pytest.param("fd00::7", 80, "[fd00::7]:80", True, id="in brackets with its port"),
    pytest.param("fd00::7", 80, "[fd00::7]:81", False, id="in brackets with another port"),
    pytest.param("fd00::7", 80, "10.0.0.0/8", False, id="the other kind of address"),
    pytest.param("ten.example.org", 80, "10.0.0.0/8", False, id="a name is not looked up"),
    pytest.param("127.0.0.1", 80, "", True, id="this machine"),
    pytest.param("127.8.9.1", 80, "", True, id="this machine by any of its addresses"),
    pytest.param("::1", 80, "", True, id="this machine by IPv6"),
    pytest.param("::ffff:127.0.0.1", 80, "", True, id="this machine by IPv4 within IPv6"),
    pytest.param("localhost", 80, "", True, id="this machine by name"),
    pytest.param("LOCALHOST.", 80, "", True, id="in capitals with the last dot"),
    pytest.param("api.localhost", 80, "", True, id="below localhost (RFC 6761, 6.3)"),
    pytest.param("localhost.example.org", 80, "", False, id="a name that only begins so"),
    pytest.param("128.0.0.1", 80, "", False, id="the next network"),
]


@pytest.mark.parametrize(("host", "port", "no_proxy", "direct"), ROWS)
def test_what_is_called_directly(host: str, port: int, no_proxy: str, direct: bool) -> None:
    assert is_exempt(host, port, no_proxy) == direct


@pytest.mark.parametrize(
    ("environment", "scheme", "proxy"),
    [
        pytest.param({}, "http", "", id="none"),
        pytest.param({"http_proxy": "http://p:1"}, "http", "http://p:1", id="of the scheme"),
        pytest.param({"http_proxy": "http://p:1"}, "https", "", id="of the other scheme"),
        pytest.param({"all_proxy": "http://p:2"}, "https", "http://p:2", id="of all"),
        pytest.param(
            {"all_proxy": "http://p:2", "https_proxy": "http://p:1"}, "https", "http://p:1", id="nearest"
        ),
        pytest.param({"HTTPS_PROXY": "http://p:1"}, "https", "http://p:1", id="in capitals"),
        pytest.param({"HTTP_PROXY": "http://p:1", "REQUEST_METHOD": "GET"}, "http", "", id="within CGI"),
        pytest.param({"http_proxy": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "http", "", id="exempt"),
    ],
)
def test_the_environment(
    environment: dict[str, str], scheme: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert find_proxy(scheme, "10.1.2.3", 80) == proxy
