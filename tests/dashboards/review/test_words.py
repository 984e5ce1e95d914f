# ruff: noqa: E501 - sentences are compared whole
"""Every hint is said in both languages with its numbers, and as a document for programs."""

import json
from datetime import UTC, datetime

import pytest

from dashboards.review.document import to_document
from dashboards.review.hints.hint import (
    AnyReason,
    BelowLimit,
    Hint,
    HintInterval,
    LeavesNeighbours,
    MaintenanceDrop,
    NightFlat,
    PartAboveWhole,
    Repeats,
)
from dashboards.review.words import HintWords, texts
from sensors.catalogue import loader
from sensors.model import Language

BEGIN, END = datetime(2026, 10, 3, 16, tzinfo=UTC), datetime(2026, 10, 3, 22, tzinfo=UTC)
REASONS: dict[str, tuple[AnyReason, str, str]] = {
    "part": (
        PartAboveWhole("pm10", 6, 700, 1.1, 12.5, BEGIN),
        "6 个值高于PM10（两者都有的共 700 个），比值的中位数 1.1，最多高出 12.5 µg/m³（10-04 00:00）",
        "above PM10 in 6 of 700 values that have both; median ratio 1.1, largest excess 12.5 µg/m³ (10-04 00:00)",
    ),
    "below": (
        BelowLimit(75, True, "GB 3095-2012 day", False, 2.25, 30, 1.5, 0, 15.2),
        "30 个值停在 75 µg/m³ 以下 2.25 以内（GB 3095-2012 day，当时不在有效期内），按邻近的值应约有 1.5 个；越过的有 0 个",
        "30 values within 2.25 below 75 µg/m³ (GB 3095-2012 day, not in force then), about 1.5 expected by those next to them; 0 beyond",
    ),
    "above": (
        BelowLimit(5, False, "GB 3838-2002", True, 0.15, 30, 1.5, 0, 15.2),
        "30 个值停在 5 µg/m³ 以上 0.15 以内（GB 3838-2002），按邻近的值应约有 1.5 个；低于的有 0 个",
        "30 values within 0.15 above 5 µg/m³ (GB 3838-2002), about 1.5 expected by those next to them; 0 below",
    ),
    "repeats": (
        Repeats("wujinku", 0, 24, 20, 0),
        "连续 24 个值与五金库同一时间的值相同，其间变动 20 次，最大相差 0 µg/m³",
        "24 values in a row are those of Wujinku at the same time; they moved 20 times meanwhile, largest difference 0 µg/m³",
    ),
    "later": (
        Repeats("wujinku", 2, 24, 20, 1),
        "连续 24 个值与五金库 2 小时前的值相同，其间变动 20 次，最大相差 1 µg/m³",
        "24 values in a row are those of Wujinku 2 h before; they moved 20 times meanwhile, largest difference 1 µg/m³",
    ),
    "leaves": (
        LeavesNeighbours(5, 0.52, 1.21, 1.1, 0.97, ("co", "o3")),
        "与 5 个周边站点的中位数相比，是平时的 0.52 倍；平时每小时偏差约 1.21 倍，周边站点同期彼此偏差 1.1 倍；另有 CO、O₃",
        "beside the median of 5 neighbours it is 0.52 times what it usually is; an hour usually strays by a factor 1.21, the neighbours by 1.1 meanwhile; also CO, O₃",
    ),
    "flat": (
        NightFlat(47, 6, 0.05, 4, 5, 12),
        "连续 6 个值都是 47 µg/m³，5 个周边站点中 4 个在变动（中位变幅 12 µg/m³）；本月这一高度的值有 5 % 与前一个相同",
        "6 values in a row are 47 µg/m³ while 4 of 5 neighbours moved (median range 12 µg/m³); 5 % of the month's values of that height equal the one before",
    ),
    "drop": (
        MaintenanceDrop(BEGIN, "mark", "during", 79.5, 26.8, 0.357, 0.481, 5),
        "10-04 00:00 维护开始（标注），维护期间中位数由 79.5 变为 26.8 µg/m³，相对周边站点是此前的 0.357 倍；本月别的时刻二十次里只有一次低于 0.481 倍",
        "maintenance from 10-04 00:00 (by a mark); during it the median goes from 79.5 to 26.8 µg/m³, beside its neighbours 0.357 times what it was; one moment in twenty of the month falls below 0.481",
    ),
}


def hint(reason: AnyReason) -> Hint:
    return Hint("renmin-gongyuan", "pm25", BEGIN, END, (HintInterval(BEGIN, END, "pm25"),), reason)


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_was_seen_is_said(name: str, language: Language) -> None:
    reason, *said = REASONS[name]

    words = HintWords(language, loader.load())

    assert words.reason(hint(reason)) == said[language == "en"]
    assert words.title(hint(reason).kind) == getattr(texts()[reason.kind], language)


def test_no_text_is_left_over() -> None:
    said = {f"say_{reason.kind}" for reason, *_ in REASONS.values()} | {r.kind for r, *_ in REASONS.values()}
    parts = {
        "say_above_limit",
        "not_in_force",
        "same_time",
        "hours_before",
        "hours_after",
        "also",
        "by_mark",
        "by_flag",
    }

    assert texts().keys() == said | parts | {"during", "following", "beside_neighbours", "by_itself"}


def test_a_document_has_all_of_it_and_is_json() -> None:
    reason = REASONS["drop"][0]

    made = json.loads(json.dumps(to_document(hint(reason), HintWords("en", loader.load()))))

    assert made["kind"] == "maintenance_drop"
    assert made["from"] == "2026-10-04T00:00:00+08:00"
    assert made["intervals"] == [{"from": made["from"], "to": made["to"], "parameter": "pm25"}]
    assert made["evidence"]["begin"] == "2026-10-04T00:00:00+08:00"
    assert made["evidence"]["ratio"] == 0.357
    assert made["text"] == REASONS["drop"][2]
