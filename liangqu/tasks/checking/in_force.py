"""What is in force, in lines of a name and a text, Chinese and English: what `check` shows."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from alerts.notify.config import NotifyConfig
from alerts.rules.index import RuleIndex
from liangqu.config.settings import Settings, SettingsRead
from liangqu.tasks.checking.rule_words import COMMA, places_words, rule_sentence
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name


class InForceLine(NamedTuple):
    """A line's name, "" where it goes on with the one before, and its text; `is_whole`: not to be broken."""

    name: str
    text: str
    is_whole: bool = False


_WHOLE = {"settings", "broker", "store", "journal"}
"""Lines with an address or a path, which is copied."""
_NAMES: Mapping[str, Name] = {
    "settings": Name("配置", "settings"),
    "broker": Name("消息服务器", "broker"),
    "store": Name("存储", "store"),
    "journal": Name("本地账本", "journal"),
    "http": Name("HTTP", "http"),
    "report": Name("月报", "report"),
    "parameters": Name("参数", "parameters"),
    "air": Name("空气", "air"),
    "water": Name("水", "water"),
    "examples": Name("示例站点", "examples"),
    "rule": Name("规则", "rule"),
    "channels": Name("通知渠道", "channels"),
}
_TEXTS: Mapping[str, Name] = {
    "defaults": Name("无配置文件，均为默认值", "none, all defaults"),
    "of_folder": Name("{}（当前目录中）", "{}, found in this folder"),
    "broker": Name("{}，MQTT {}，主题 {}", "{}, MQTT {}, topics {}"),
    "journal": Name("{}，最大 {}", "{}, up to {}"),
    "none": Name("无", "none"),
    "sites": Name("{} 个站点：{}", "{} sites: {}"),
    "site": Name("1 个站点：{1}", "1 site: {1}"),
    "no_sites": Name("0 个站点", "0 sites"),
    "examples": Name("{} 个站点中有 {} 个是示例，并非真实站点", "{1} of these {0} sites, not real stations"),
    "nobody": Name(
        "无，仅发布到 MQTT；在 notify_file 中填写后才会通知到人",
        "none: MQTT only; name a notify_file to reach people",
    ),
    "no_organisation": Name("未填写编制单位", "no organisation named"),
    "prepared": Name("编制 {}", "prepared by {}"),
    "reviewed": Name("审核 {}", "reviewed by {}"),
    "issued": Name("签发 {}", "issued by {}"),
    "by_hand": Name("留待手写：{}", "to be signed by hand: {}"),
}


def describe_in_force(
    found: SettingsRead,
    rules: RuleIndex,
    notify: NotifyConfig,
    language: Language,
    *,
    by_id: bool = False,
) -> Iterator[InForceLine]:
    """What `run` would work with, in the order of the settings.

    Sites and places are called by their names, and a rule by what it says; `by_id`: as the files call them.
    """
    for key, text in [
        *_settings_lines(found, language),
        *_site_lines(rules.catalogue, language, by_id=by_id),
        *_rule_lines(rules, language, by_id=by_id),
        *_people_lines(notify, language),
    ]:
        yield InForceLine(getattr(_NAMES[key], language) if key else "", text, key in _WHOLE)


def _settings_lines(found: SettingsRead, language: Language) -> Iterator[tuple[str, str]]:
    settings = found.settings
    yield "settings", settings_words(found, language)
    yield "broker", _say("broker", language, settings.broker(), settings.mqtt.protocol, _topics(settings))
    yield "store", f"{settings.store.kind}, {settings.store_section().location}"
    yield "journal", _say("journal", language, settings.journal.path, settings.journal.limit)
    yield "http", settings.http.listen or _say("none", language)
    yield "report", imprint_words(settings, language)


def _site_lines(catalogue: Catalogue, language: Language, *, by_id: bool) -> Iterator[tuple[str, str]]:
    yield "parameters", str(len(catalogue.parameters))
    for medium in ("air", "water"):
        sites = [site for site in catalogue.sites.values() if site.medium == medium]
        called = [site.id if by_id else getattr(site.name, language) for site in sites]
        key = {0: "no_sites", 1: "site"}.get(len(sites), "sites")
        yield medium, _say(key, language, len(sites), COMMA[language].join(called))
    examples = sum(site.status == "example" for site in catalogue.sites.values())
    yield "examples", _say("examples", language, len(catalogue.sites), examples)


def _rule_lines(rules: RuleIndex, language: Language, *, by_id: bool) -> Iterator[tuple[str, str]]:
    for rule in rules.rules.values():
        said = rule_sentence(rules, rule, language)
        yield "rule", f"{rule.id}  {said}" if by_id else said
        yield "", places_words(rules, [*rules.places(rule)], language, by_id=by_id)


def _people_lines(notify: NotifyConfig, language: Language) -> Iterator[tuple[str, str]]:
    channels = ", ".join(f"{row.id} ({row.masked})" for row in notify.channels.values())
    yield "channels", channels or _say("nobody", language)


def _topics(settings: Settings) -> str:
    return " ".join(f"{each}/…" for each in settings.mqtt.served)


def settings_line(found: SettingsRead, language: Language) -> InForceLine:
    """The first line alone, of settings that cannot be used."""
    return InForceLine(getattr(_NAMES["settings"], language), settings_words(found, language), is_whole=True)


def settings_words(found: SettingsRead, language: Language) -> str:
    """Which file was read, and whether it was found without being named."""
    if found.file is None:
        return _say("defaults", language)
    return _say("of_folder", language, found.file) if found.is_of_folder else str(found.file)


def imprint_words(settings: Settings, language: Language) -> str:
    """Who gives the report out, and which of its lines are left to be filled in by hand."""
    head = settings.report
    names = {"prepared": head.prepared_by, "reviewed": head.reviewed_by, "issued": head.issued_by}
    signed = [_say(role, language, name) for role, name in names.items() if name]
    blank = [_say(role, language, "").strip() for role, name in names.items() if not name]
    semicolon = "；" if language == "zh" else "; "
    by_hand = [_say("by_hand", language, COMMA[language].join(blank))] if blank else []
    return semicolon.join([head.organisation or _say("no_organisation", language), *signed, *by_hand])


def _say(key: str, language: Language, *values: object) -> str:
    return str(getattr(_TEXTS[key], language)).format(*values)
