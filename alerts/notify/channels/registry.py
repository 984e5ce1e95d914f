"""Every kind of channel that a notify file may name: a file of its own in this folder, and a row here."""

from collections.abc import Mapping

from msgspec import Struct


class ChannelKind(Struct, frozen=True):
    """One kind of `[[channel]]`.

    Args:
        key: The key of the row that says where to.
        module: The file in this folder; its `open_channel(address, row, timeout)` makes the `Channel`, or
            raises ValueError with words that do not show the address. Loaded only when one is opened.
        hosts: An HTTPS address at one of these is of this kind, under whichever key it stands.
        is_http: Whether the address must be one that HTTP can call.
    """

    key: str
    module: str
    hosts: tuple[str, ...] = ()
    is_http: bool = True


CHANNELS: tuple[ChannelKind, ...] = (
    ChannelKind("url", "apprise_url", is_http=False),
    ChannelKind("webhook", "webhook"),
    ChannelKind("dingtalk", "dingtalk", hosts=("oapi.dingtalk.com",)),
    ChannelKind("wecom", "wecom", hosts=("qyapi.weixin.qq.com",)),
    ChannelKind("feishu", "feishu", hosts=("open.feishu.cn", "open.larksuite.com")),
)

CHANNEL_KINDS: Mapping[str, ChannelKind] = {kind.key: kind for kind in CHANNELS}
KIND_OF_HOST: Mapping[str, ChannelKind] = {host: kind for kind in CHANNELS for host in kind.hosts}
