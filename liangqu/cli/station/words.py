"""What the commands of stations say, in the language of the settings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sensors.model import Language

WORDS: "dict[Language, dict[str, str]]" = {
    "zh": {
        "added": "{site}：已加入 {file}",
        "removed": "{site}：已从 {file} 移除；已入库的数据保留",
        "closed": "账号 {site} 已关闭",
        "renamed": "{site}：已改名（{file}）；原编号下的数据与消息仍归该站点",
        "rotated": "{site}：已换新密码",
        "off": "{site}：已停用（{file}），不再等待其数据",
        "on": "{site}：已启用（{file}）",
        "password": "用户 {user}，密码 {password}（只显示这一次）",
        "kept_password": "用户 {user} 的密码不变；需要新密码请运行 liangqu station rotate {site}",
        "no_accounts": "消息服务器的账号不由本机管理（[stations] passwords 未设置）",
        "broker_told": "消息服务器已重新读取账号",
        "broker_not_told": "请让消息服务器重新读取账号：sudo systemctl reload mosquitto",
        "warning": "警告：{line}",
        "head": "站点|名称|所属|状态|账号|最近收到|隔离|文件",
        "off_state": "停用", "on_state": "启用", "example": "示例",
        "yes": "有", "no": "无", "never": "从未", "shipped": "自带",
        "orphan": "账号 {user} 没有对应的站点：liangqu station add {user} … 或 liangqu station remove {user}",
        "unknown": "{name} 在发送数据但不在目录中：隔离区有 {items} 条；liangqu station add {name} …",
        "former": "原 {names}",
    },
    "en": {
        "added": "{site}: added to {file}",
        "removed": "{site}: taken out of {file}; what is stored of it stays",
        "closed": "the account {site} is closed",
        "renamed": "{site}: renamed in {file}; what was and is sent under the former id is its own",
        "rotated": "{site}: has a new password",
        "off": "{site}: switched off in {file}; nobody waits for it",
        "on": "{site}: switched on in {file}",
        "password": "user {user}, password {password} (shown this once)",
        "kept_password": "user {user} keeps its password; liangqu station rotate {site} gives a new one",
        "no_accounts": "the broker's accounts are not kept here ([stations] passwords is not set)",
        "broker_told": "the broker has read its accounts again",
        "broker_not_told": "let the broker read its accounts again: sudo systemctl reload mosquitto",
        "warning": "warning: {line}",
        "head": "site|name|part of|state|account|last heard|kept|file",
        "off_state": "off", "on_state": "on", "example": "example",
        "yes": "yes", "no": "no", "never": "never", "shipped": "shipped",
        "orphan": "account {user} has no station: liangqu station add {user} … or … remove {user}",
        "unknown": "{name} sends and is not in the catalogue: {items} items kept; liangqu station add {name}",
        "former": "formerly {names}",
    },
}  # fmt: skip


def in_words(language: "Language", key: str, **values: object) -> str:
    """One line."""
    return WORDS[language][key].format_map(values)
