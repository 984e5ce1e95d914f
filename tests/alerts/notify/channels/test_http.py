"""Calls to whoever is told: whatever the other side answers is an answer or "not taken", in time."""

import gzip
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import pytest

from alerts.notify.channels import ChannelError
from alerts.notify.channels.http import get, post
from tests.support.peers.scripted_peer import (
    PeerConnection,
    Script,
    ScriptedPeer,
    answering,
    dripping,
    self_signed,
)

SECRET = "geheim-4711"
SOON = 0.6  # seconds: a deadline that a test can wait for
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def not_taken(url: str, *, max_body: int = 0, timeout: float = 5.0) -> str:
    with pytest.raises(ChannelError) as refused:
        post(url, b"{}", {"Content-Type": "application/json"}, timeout=timeout, max_body=max_body)
    words = str(refused.value)
    assert SECRET not in words
    assert "127.0.0.1" not in words
    assert words.isprintable()
    return words


def silent(client: PeerConnection) -> None:
    client.request()
    client.stay()


def deaf(client: PeerConnection) -> None:
    client.stay()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(lambda client: client.say(b"SSH-2.0-x\r\n"), "no HTTP", id="another protocol, unasked"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.2\r\n"), "no HTTP", id="another protocol"),
        pytest.param(answering(b"220 mail ESMTP\r\n"), "no HTTP", id="a mail server"),
        pytest.param(answering(b"\x15\x03\x01\x00\x02\x02\x46"), "no HTTP", id="a TLS alert"),
        pytest.param(answering(b"\x00" * 3000), "no HTTP", id="zeros"),
        pytest.param(answering(b"HTTP/1.1 abc\r\n\r\n"), "no HTTP", id="a status that is text"),
        pytest.param(answering(b"HTTP/1.1 99\r\n\r\n"), "no HTTP", id="a status below 100"),
        pytest.param(answering(b"HTTP/1.1 \xc2\xb200 OK\r\n\r\n"), "no HTTP", id="a status of odd digits"),
        pytest.param(answering(b"HTTP/3.0 200 OK\r\n\r\n"), "no HTTP", id="a version of its own"),
        pytest.param(answering(b"\r\n\r\n"), "no HTTP", id="blank lines"),
        pytest.param(answering(b"HTTP/1.1 +200 OK\r\n\r\n"), "no HTTP", id="a status with a sign"),
        pytest.param(answering(b"HTTP/1.1 2_0_0 OK\r\n\r\n"), "no HTTP", id="a status as Python reads it"),
        pytest.param(answering(b"HTTP/0.9 200 OK\r\n\r\n"), "no HTTP", id="a version without a status line"),
        pytest.param(answering(b"HTTP/1.1 200 OK\rX: y\r\r"), "no HTTP", id="carriage returns only"),
        pytest.param(answering(b"HTTP/1.1 200 OK"), "no HTTP", id="a status line that is cut"),
        pytest.param(answering(OK), "hung up", id="cut after the status line"),
        pytest.param(answering(OK, b"X: y\r\n"), "hung up", id="cut after a header"),
        pytest.param(answering(OK, b"X: y"), "hung up", id="cut in a header"),
        pytest.param(answering(b""), "hung up", id="no status line"),
        pytest.param(lambda _client: None, "hung up|reset", id="hangs up before the request"),
        pytest.param(answering(OK, b"X: y\r\n" * 101, b"\r\n"), "cannot be read", id="a hundred headers"),
        pytest.param(answering(b"H" * 70_000), "longer than HTTP allows", id="a status line without end"),
        pytest.param(answering(OK, b"X: ", b"y" * 70_000), "longer than", id="a header without end"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_not_taken(script: Script, words: str) -> None:
    with ScriptedPeer(script) as peer:
        said = not_taken(f"http://{peer.place}/{SECRET}?token={SECRET}")

    assert any(each in said for each in words.split("|")), said


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308, 399])
@pytest.mark.parametrize(
    ("location", "to"),
    [
        pytest.param("https://a.example.org/geheim-4711?x", "https://a.example.org,", id="elsewhere"),
        pytest.param("https://u:geheim-4711@h.example.org/", "https://h.example.org,", id="with a password"),
        pytest.param("/geheim-4711", "another path there", id="a path"),
        pytest.param("http://[::1", "?,", id="no address"),
        pytest.param("http://a.example.org:99999999/", "http://a.example.org,", id="no port"),
        pytest.param("//\x1b[2J/", "?,", id="signs for a terminal"),
        pytest.param("", "nowhere", id="nowhere"),
    ],
)  # fmt: skip
def test_no_redirect_is_followed_and_its_words_say_where_to(status: int, location: str, to: str) -> None:
    header = f"Location: {location}\r\n".encode() if location else b""
    answer = answering(b"HTTP/1.1 %d Moved\r\n" % status, header, b"Content-Length: 0\r\n\r\n")
    with ScriptedPeer(answer) as peer:
        said = not_taken(f"http://{peer.place}/{SECRET}")

        assert peer.met == 1
    assert f"it answered {status}, a redirect to {to}" in said


@pytest.mark.parametrize(
    ("script", "most"),
    [
        pytest.param(deaf, 0, id="reads nothing"),
        pytest.param(silent, 0, id="says nothing"),
        pytest.param(dripping(b"", b"H"), 0, id="drips a status line"),
        pytest.param(dripping(OK, b"X: y\r\n"), 0, id="drips headers"),
        pytest.param(dripping(OK + b"X: ", b"y"), 0, id="drips one header"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 0, id="for ever: go on"),
        pytest.param(dripping(OK + b"\r\n", b"x"), 4000, id="drips a body"),
        pytest.param(dripping(OK + b"Content-Length: 100\r\n\r\n", b" "), 4000, id="drips a length of body"),
        pytest.param(
            dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), 4000, id="drips chunks"
        ),
        pytest.param(dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"), 4000, id="drips a length"),
    ],
)  # fmt: skip
def test_who_drips_or_stays_is_hung_up_on(script: Script, most: int) -> None:
    with ScriptedPeer(script) as peer:
        said = not_taken(f"http://{peer.place}/{SECRET}", max_body=most, timeout=SOON)

    assert said in {f"no whole answer within {SOON:g} s", "no answer in time"}


def endless() -> Iterator[bytes]:
    return chain([OK + b"\r\n"], repeat(b"x" * 60_000))


def flooding(client: PeerConnection) -> None:
    client.request()
    client.drip(endless(), 0.0)


@pytest.mark.parametrize(
    ("script", "most", "body"),
    [
        pytest.param(flooding, 0, b"", id="a body without end that nobody wants"),
        pytest.param(flooding, 1000, b"x" * 1000, id="the beginning of a body without end"),
        pytest.param(dripping(OK + b"\r\n", b"x"), 0, b"", id="a dripping body that nobody wants"),
        pytest.param(answering(b"HTTP/1.1 200\r\n\r\n"), 100, b"", id="no reason"),
        pytest.param(answering(b"HTTP/1.0 200 OK\r\n\r\nhi"), 100, b"hi", id="HTTP 1.0"),
        pytest.param(
            answering(b"HTTP/1.1 100 Continue\r\n\r\n", OK, b"\r\nhi"), 100, b"hi", id="100, then 200"
        ),
        pytest.param(
            answering(OK, b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"), 100, b"hi", id="chunked"
        ),
        pytest.param(
            answering(OK, b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"hi")), 100, b"hi", id="gzip"
        ),
    ],
)
def test_an_answer_is_taken_with_as_much_of_its_body_as_is_asked_for(
    script: Script, most: int, body: bytes
) -> None:
    with ScriptedPeer(script) as peer:
        answer = post(f"http://{peer.place}/", b"{}", {}, max_body=most)

    assert answer.is_success
    assert answer.body == body


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(answering(OK, b"Transfer-Encoding: chunked\r\n\r\n-5\r\n"), id="a chunk of -5"),
        pytest.param(answering(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), id="a chunk of no length"),
        pytest.param(answering(OK, b"Content-Length: 100\r\n\r\nhi"), id="cut"),
        pytest.param(answering(OK, b"Content-Encoding: gzip\r\n\r\nno gzip"), id="no gzip"),
        pytest.param(answering(OK, b"Content-Encoding: deflate\r\n\r\nno deflate"), id="no deflate"),
    ],
)
def test_a_body_that_cannot_be_read_is_no_answer(script: Script) -> None:
    with ScriptedPeer(script) as peer:
        not_taken(f"http://{peer.place}/{SECRET}", max_body=1000)


@pytest.mark.parametrize("length", [b"-1", b"x", b"9" * 5000, "²".encode()])
def test_a_length_that_is_none_leaves_the_body_to_its_end(length: bytes) -> None:
    with ScriptedPeer(answering(OK, b"Content-Length: ", length, b"\r\n\r\nhi")) as peer:
        assert get(f"http://{peer.place}/", max_body=2).body == b"hi"


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500, 503, 599, 700, 999])
def test_any_other_status_is_an_answer_and_no_success(status: int) -> None:
    with ScriptedPeer(answering(b"HTTP/1.1 %d x\r\nRetry-After: 7\r\n\r\nwhy" % status)) as peer:
        answer = get(f"http://{peer.place}/", max_body=10)

    assert (answer.status, answer.is_success, answer.headers["retry-after"]) == (status, False, "7")
    assert answer.body == b"why"


def test_who_refuses_a_long_body_before_it_was_sent_is_heard() -> None:
    def script(client: PeerConnection) -> None:
        client.say(b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n")
        client.stay()

    with ScriptedPeer(script) as peer:
        assert post(f"http://{peer.place}/", b"x" * 10_000_000, {}).status == 413


def test_nobody_there() -> None:
    with ScriptedPeer(deaf) as peer:
        place = peer.place

    assert not_taken(f"http://{place}/{SECRET}") == "connection refused"
    assert not_taken(f"http://{SECRET}.invalid/") == "the name of its host is not known"


def test_name_and_password_are_sent_as_basic_authentication() -> None:
    requests: list[bytes] = []

    def script(client: PeerConnection) -> None:
        requests.append(client.request())
        client.say(b"HTTP/1.1 204 x\r\n\r\n")

    with ScriptedPeer(script) as peer:
        post(f"http://w%C3%A4chter:a%3Ab%40c@{peer.place}/路径?q=值", b"{}", {"X-Key": "k"})

    head = requests[0].split(b"\r\n")
    assert head[0] == b"POST /%E8%B7%AF%E5%BE%84?q=%E5%80%BC HTTP/1.1"
    assert b"Authorization: Basic d8OkY2h0ZXI6YTpiQGM=" in head  # wächter:a:b@c
    assert b"Host: " + peer.place.encode() in head
    assert b"X-Key: k" in head


def test_ipv6() -> None:
    requests: list[bytes] = []

    def script(client: PeerConnection) -> None:
        requests.append(client.request())
        client.say(b"HTTP/1.1 204 x\r\n\r\n")

    with ScriptedPeer(script, host="::1") as peer:
        assert get(f"http://{peer.place}/").is_success

    assert b"Host: " + peer.place.encode() in requests[0].split(b"\r\n")


class TestTls:
    def test_a_trusted_certificate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with ScriptedPeer(answering(b"HTTP/1.1 204 x\r\n\r\n"), certificate=certificate) as peer:
            assert get(f"https://localhost:{peer.port}/").is_success
            assert get(f"https://{peer.place}/").is_success

    def test_one_that_nobody_vouches_for(self, tmp_path: Path) -> None:
        with ScriptedPeer(answering(OK, b"\r\n"), certificate=self_signed(tmp_path)) as peer:
            said = not_taken(f"https://{peer.place}/{SECRET}")

        assert said == "its certificate is not trusted: self-signed certificate"

    def test_one_of_another_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate = self_signed(tmp_path, names=["DNS:other.example.org"])
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with ScriptedPeer(answering(OK, b"\r\n"), certificate=certificate) as peer:
            said = not_taken(f"https://localhost:{peer.port}/{SECRET}")

        assert said == "its certificate is not trusted: Hostname mismatch"

    @pytest.mark.parametrize("words", [b"HTTP/1.1 200 OK\r\n\r\n", b"SSH-2.0-x\r\n", b"", b"\x16\x03\x03"])
    def test_a_port_that_speaks_none(self, words: bytes) -> None:
        with ScriptedPeer(lambda client: client.say(words)) as peer:
            said = not_taken(f"https://{peer.place}/{SECRET}")

        assert said.startswith(("no TLS with it", "connection reset")), said

    def test_who_stays_in_the_middle_of_the_handshake(self) -> None:
        with ScriptedPeer(deaf) as peer:
            said = not_taken(f"https://{peer.place}/{SECRET}", timeout=SOON)

        assert said in {f"no whole answer within {SOON:g} s", "no answer in time"}

    def test_who_drips(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        certificate = self_signed(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with ScriptedPeer(dripping(OK, b"X: y\r\n"), certificate=certificate) as peer:
            said = not_taken(f"https://localhost:{peer.port}/{SECRET}", timeout=SOON)

        assert said == f"no whole answer within {SOON:g} s"


class TestProxy:
    """`example.org` is reached by the environment's proxy; this machine never."""

    def test_http_goes_by_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        requests: list[bytes] = []

        def script(client: PeerConnection) -> None:
            requests.append(client.request())
            client.say(b"HTTP/1.1 204 x\r\n\r\n")

        with ScriptedPeer(script) as proxy:
            monkeypatch.setenv("http_proxy", f"http://u:p@{proxy.place}")
            assert post("http://hook.example.org/a?b=c", b"{}", {}).is_success

        head = requests[0].split(b"\r\n")
        assert head[0] == b"POST http://hook.example.org/a?b=c HTTP/1.1"
        assert b"Host: hook.example.org" in head
        assert b"Proxy-Authorization: Basic dTpw" in head

    @pytest.mark.parametrize(
        "script",
        [
            pytest.param(answering(b"HTTP/1.1 403 Forbidden\r\n\r\n"), id="refuses"),
            pytest.param(answering(b"SSH-2.0-x\r\n"), id="another protocol"),
            pytest.param(answering(b""), id="hangs up"),
            pytest.param(answering(b"HTTP/1.1 200 OK\r\n\r\nrubbish"), id="no TLS behind it"),
            pytest.param(
                dripping(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
                # Their end by our hanging up is a tunnel to urllib3; it drops what TLS makes of it.
                marks=pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
                id="drips",
            ),
            pytest.param(silent, id="stays"),
        ],
    )
    def test_one_that_fails(self, monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
        with ScriptedPeer(script) as proxy:
            monkeypatch.setenv("https_proxy", proxy.place)
            not_taken(f"https://hook.example.org/{SECRET}", timeout=SOON)

            assert proxy.met == 1

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
    def test_loopback_never(self, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        with ScriptedPeer(answering(b"HTTP/1.1 204 x\r\n\r\n")) as peer:
            if host == "127.0.0.2":
                assert not_taken(f"http://{host}:1/") == "connection refused"
            else:
                assert get(f"http://{host}:{peer.port}/").is_success

    def test_what_no_proxy_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedPeer(answering(b"HTTP/1.1 204 x\r\n\r\n")) as proxy:
            monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
            monkeypatch.setenv("no_proxy", "hook.invalid")
            assert not_taken("http://hook.invalid/") == "the name of its host is not known"
            assert get("http://other.invalid/").is_success

    @pytest.mark.parametrize(
        "proxy", ["socks5://127.0.0.1:1", "http://[::1", f"http://{SECRET} x:1", "https://a"]
    )
    def test_one_that_cannot_be_used(self, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
        monkeypatch.setenv("http_proxy", proxy)

        assert not_taken("http://hook.example.org/").startswith("the proxy that the environment names cannot")
