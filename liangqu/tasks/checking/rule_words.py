"""Rules in a sentence, Chinese and English: what, beyond which limit, how severe, and where."""

from collections.abc import Mapping, Sequence

from alerts.notify.event import place_name
from alerts.notify.words import KINDS, SEVERITIES, describe_measured, format_value, name_parameter
from alerts.rules.definition import Rule, RuleLevel
from alerts.rules.index import NONE, RuleIndex
from alerts.texts.rule_explanation import multiple_text, sign_of
from ingest.checks.registry import check_words
from liangqu.terminal.wrapping import columns_of
from sensors.model import Language, Name
from sensors.standards.statistics import statistic_kind

LINE = 68
"""Columns of 80, after the name that a line begins with."""

COMMA: Mapping[Language, str] = {"zh": "、", "en": ", "}

_LIMITS: Mapping[str, Name] = {
    "target": Name("规划目标", "the target"),
    "standard": Name("标准限值", "the standard"),
}
_WORDINGS: Mapping[str, Name] = {
    "stable": Name("稳定达到", "stable"),
    "striven_for": Name("力争", "striven for"),
}
_BY_CLASSES = Name("{} 个类别", "by {} classes")
_WORSE = Name("劣于", "worse than")
_AND_TARGET = Name("且劣于断面目标类别", "and worse than the target's class")
_SAMPLE = Name("水样类别", "class of a sample")
_SILENT = Name("无数据超过站点的 late_after", "no data for longer than the site's late_after")
_AND_MORE = Name("再加 {}", " and {}")
_NOT_PASSED = Name("未通过检查：{}", "fails the check {}")
_TROUBLE = Name("故障", "in trouble")
_LASTS = Name("故障持续超过 {}", "in trouble for more than {}")
_NOWHERE = Name("没有符合的地点，不起作用", "no place: it does nothing")
_ITSELF = Name("服务本身", "the service itself")
_PLACES = Name("{} 个地点", "{} places")
_PLACE = Name("1 个地点", "1 place")


def rule_sentence(index: RuleIndex, rule: Rule, language: Language) -> str:
    """`PM2.5 reading > 5 × rolling 24 h mean: watch`; several levels with `; ` between them."""
    colon, between = ("：", "；") if language == "zh" else (": ", "; ")
    beyond = _without_limit if rule.statistic in KINDS else _beyond
    severities = [_in(SEVERITIES[level.severity], language) for level in rule.levels]
    levels = [beyond(index, rule, level, language) for level in rule.levels]
    what = _what(index, rule, language)
    return f"{what} {between.join(map(colon.join, zip(levels, severities, strict=True)))}".strip()


def _what(index: RuleIndex, rule: Rule, language: Language) -> str:
    """What it looks at: `SO₂, NO₂ rolling 1 h mean`, `class of a sample`, `Broker`; "" of a silence."""
    if rule.statistic in {"check", "silence"}:
        return ""
    if rule.statistic == "sample":
        return _in(_SAMPLE, language)
    names = COMMA[language].join(_parameter(index, each, language) for each in rule.parameters)
    if rule.statistic == "system":
        return names
    return f"{names} {_in(statistic_kind(rule.statistic).name, language)}".strip()


def _parameter(index: RuleIndex, parameter: str, language: Language) -> str:
    _, short = name_parameter(parameter, index.catalogue)
    return _in(short, language)


def _without_limit(_: RuleIndex, rule: Rule, level: RuleLevel, language: Language) -> str:
    """Of what has no limit: a failed check, a silence, a trouble of the service."""
    if rule.statistic == "check":
        names = (_in(check_words(each), language) for each in rule.checks)
        return _in(_NOT_PASSED, language).format(COMMA[language].join(names))
    limit = level.limit if isinstance(level.limit, int | float) else 0
    if rule.statistic == "system":
        return _in(_LASTS if limit else _TROUBLE, language).format(format_value(limit, "s", language))
    more = _in(_AND_MORE, language).format(format_value(limit, "s", language)) if limit else ""
    return f"{_in(_SILENT, language)}{more}"


def _beyond(index: RuleIndex, rule: Rule, level: RuleLevel, language: Language) -> str:
    """`> 3 × day and beyond the target`, `> the target by 2 classes`, `> the target (stable)`."""
    words = [_sign(rule, language), _limit(index, rule, level, language)]
    if level.classes_beyond:
        words.append(_in(_BY_CLASSES, language).format(level.classes_beyond + 1))
    if level.also_beyond:
        words.append(_in(_AND_TARGET, language))
    if level.wordings:
        named = COMMA[language].join(_in(_WORDINGS[each], language) for each in level.wordings)
        words.append(f"（{named}）" if language == "zh" else f"({named})")
    return " ".join(words).replace(" （", "（")


def _sign(rule: Rule, language: Language) -> str:
    if rule.statistic == "sample" or rule.parameters == ("water_class",):
        return _in(_WORSE, language)
    return sign_of(rule)


def _limit(index: RuleIndex, rule: Rule, level: RuleLevel, language: Language) -> str:
    """`60 µg/m³`, `the target`, `5 × rolling 24 h mean`."""
    if isinstance(level.limit, str):
        name = _in(_LIMITS[level.limit], language)
        return name if level.times == 1 else f"{level.times:g} × {name}"
    if multiple := multiple_text(rule, level.limit, language):
        return multiple
    parameters = rule.parameters or (NONE,)
    units = {describe_measured(each, rule.statistic, index.catalogue).unit for each in parameters}
    return format_value(level.limit, units.pop() if len(units) == 1 else "", language)


def places_words(index: RuleIndex, places: Sequence[str], language: Language, *, by_id: bool = False) -> str:
    """How many, and their names, or ids, as far as a line of `LINE` columns reaches."""
    if not places:
        return _in(_NOWHERE, language)
    if [*places] == [NONE]:
        return _in(_ITSELF, language)
    said = _in(_PLACE if len(places) == 1 else _PLACES, language).format(len(places))
    called = [each if by_id else _in(place_name(each, index.catalogue), language) for each in places]
    for count, name in enumerate(called):
        more = f"{COMMA[language]}…" if count < len(called) - 1 else ""
        longer = f"{said}{COMMA[language] if count else '：' if language == 'zh' else ': '}{name}"
        if columns_of(f"{longer}{more}") > LINE:
            return f"{said}{COMMA[language]}…"
        said = longer
    return said


def _in(name: Name, language: Language) -> str:
    return name.zh if language == "zh" else name.en
