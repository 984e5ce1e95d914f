"""Every kind of channel that a notify file may name: a file of its own in this folder, and a row here."""

from collections.abc import Mapping

from msgspec import Struct


class ChannelKind(Struct, frozen=True):
    """One kind of `[[channel]]`.

    Args:
        name: What `kind` says; where `is_http`, the address may also stand under this key, without `kind`.
        module: The file in this folder; its `open_channel(address, row, timeout)` makes the `Channel`, or
            raises ValueError with words that do not show the address. Loaded only when one is opened.
        hosts: Without `kind`, an HTTPS address at one of these is of this kind.
        schemes: Without `kind`, a `url` that begins with one of these and `://` is of this kind.
        is_http: Whether an address with none of those schemes must be one that HTTP can call.
        timeout: Seconds for which an answer is waited for, unless the row says another time.
    """

    name: str
    module: str
    hosts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    is_http: bool = True
    timeout: float = 10.0


ANY_OTHER = "apprise"  # whatever no other kind has a scheme or a host for

CHANNELS: tuple[ChannelKind, ...] = (
    ChannelKind(ANY_OTHER, "apprise", is_http=False),
    # A server may let everybody wait before it greets; who sends junk hangs up then.
    ChannelKind("mail", "mail", schemes=("mailto", "mailtos"), is_http=False, timeout=30.0),
    ChannelKind("webhook", "webhook"),
    ChannelKind("dingtalk", "dingtalk", hosts=("oapi.dingtalk.com",), schemes=("dingtalk",)),
    ChannelKind("wecom", "wecom", hosts=("qyapi.weixin.qq.com",), schemes=("wecombot",)),
    ChannelKind(
        "feishu", "feishu", hosts=("open.feishu.cn", "open.larksuite.com"), schemes=("feishu", "lark")
    ),
)

CHANNEL_KINDS: Mapping[str, ChannelKind] = {kind.name: kind for kind in CHANNELS}
ADDRESS_KEYS: tuple[str, ...] = ("url", *(kind.name for kind in CHANNELS if kind.is_http))
_KIND_OF_HOST: Mapping[str, ChannelKind] = {host: kind for kind in CHANNELS for host in kind.hosts}
_KIND_OF_SCHEME: Mapping[str, ChannelKind] = {scheme: kind for kind in CHANNELS for scheme in kind.schemes}


def find_kind(key: str, scheme: str, host: str) -> ChannelKind:
    """The kind of an address without `kind`, by the key it stands under, its scheme and its host.

    A robot's own address is the robot's under any key that has no service of its own.
    """
    kind = CHANNEL_KINDS.get(key)
    if kind is not None and kind.hosts:
        return kind
    if scheme == "https" and host in _KIND_OF_HOST:
        return _KIND_OF_HOST[host]
    return kind or _KIND_OF_SCHEME.get(scheme, CHANNEL_KINDS[ANY_OTHER])
