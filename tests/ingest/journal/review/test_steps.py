"""The steps of a review, as a table: which may be taken from where, and what they lead to."""

import pytest
from msgspec import Struct

from ingest.journal.review.steps import (
    AnyStep,
    ReviewError,
    ReviewLevels,
    ReviewState,
    Step,
    level_after,
    state_of,
    wants_reason,
)


class Taken(Struct, frozen=True):
    step: AnyStep
    level: int
    levels: int
    by: str


SUBMITTED = Taken("submitted", 0, 2, "张")
FIRST = Taken("approved", 1, 2, "李")
LAST = Taken("approved", 2, 2, "王")
RETURNED = Taken("returned", 0, 2, "李")
CHANGED = Taken("changed", 0, 2, "")
TWO = ReviewLevels(2)


@pytest.mark.parametrize(
    ("record", "state", "wanted"),
    [
        pytest.param([], "draft", False, id="nothing yet"),
        pytest.param([SUBMITTED], "submitted", False, id="submitted"),
        pytest.param([SUBMITTED, FIRST], "approved", False, id="by the first of two levels"),
        pytest.param([SUBMITTED, FIRST, LAST], "locked", True, id="by both"),
        pytest.param([SUBMITTED, FIRST, RETURNED], "returned", False, id="returned by the second"),
        pytest.param([SUBMITTED, FIRST, CHANGED], "changed", False, id="changed before the last"),
        pytest.param([SUBMITTED, FIRST, LAST, CHANGED], "changed", True, id="changed since it was locked"),
        pytest.param(
            [SUBMITTED, FIRST, LAST, CHANGED, SUBMITTED], "submitted", False, id="submitted anew since"
        ),
        pytest.param(
            [SUBMITTED, Taken("approved", 2, 3, "王")], "approved", False, id="three levels were set then"
        ),
    ],
)
def test_the_state_after_a_record(record: list[Taken], state: ReviewState, wanted: bool) -> None:
    assert (state_of(record), wants_reason(record)) == (state, wanted)


@pytest.mark.parametrize(
    ("record", "step", "by", "reason", "levels", "told"),
    [
        pytest.param([], "submitted", "张", "", TWO, 0, id="a draft is submitted"),
        pytest.param([], "submitted", " ", "", TWO, "--by: must not be blank", id="by somebody"),
        pytest.param(
            [], "submitted", "张\x07", "", TWO, "--by: '张\\x07' holds a character", id="as it is printed"
        ),
        pytest.param(
            [SUBMITTED], "returned", "张", "a\nb", TWO, "--reason: 'a\\nb' holds", id="and its reason"
        ),
        pytest.param([], "approved", "李", "", TWO, "is not submitted", id="a draft is not approved"),
        pytest.param([], "returned", "李", "x", TWO, "is not submitted", id="nor returned"),
        pytest.param([SUBMITTED], "submitted", "张", "", TWO, "is submitted already", id="once"),
        pytest.param([SUBMITTED], "approved", "李", "", TWO, 1, id="the first level"),
        pytest.param([SUBMITTED], "approved", "张", "", TWO, 1, id="who submitted may be the first level"),
        pytest.param([SUBMITTED, FIRST], "approved", "李", "", TWO, 2, id="one name may be both levels"),
        pytest.param(
            [SUBMITTED, Taken("approved", 1, 2, "张")],
            "approved",
            "张",
            "",
            TWO,
            "张 alone",
            id="but not all of it",
        ),
        pytest.param([SUBMITTED], "approved", "张", "", ReviewLevels(1), "张 alone", id="nor of one level"),
        pytest.param(
            [SUBMITTED, FIRST, LAST], "approved", "赵", "", TWO, "is approved; cure", id="it is locked"
        ),
        pytest.param(
            [SUBMITTED, FIRST, LAST], "returned", "赵", "x", TWO, "is approved; cure", id="for each step"
        ),
        pytest.param(
            [SUBMITTED, FIRST, LAST, CHANGED], "submitted", "张", "", TWO, 0, id="a change opens it"
        ),
        pytest.param(
            [SUBMITTED, FIRST, CHANGED], "approved", "王", "", TWO, "is not submitted", id="from the start"
        ),
        pytest.param(
            [SUBMITTED], "returned", "李", " ", TWO, "--reason: must not be blank", id="with a reason"
        ),
        pytest.param([SUBMITTED, FIRST], "returned", "王", "x", TWO, 0, id="any level may return it"),
        pytest.param(
            [SUBMITTED, FIRST],
            "approved",
            "王",
            "",
            ReviewLevels(2, ((), ("赵", "钱"))),
            "王 may not approve at level 2; [review] names 赵, 钱",
            id="a level has its own people",
        ),
        pytest.param(
            [SUBMITTED],
            "approved",
            "王",
            "",
            ReviewLevels(2, ((), ("赵",))),
            1,
            id="and another level others",
        ),
    ],
)
def test_what_a_step_leads_to(
    record: list[Taken], step: Step, by: str, reason: str, levels: ReviewLevels, told: int | str
) -> None:
    def take() -> int:
        return level_after(record, step, by=by, reason=reason, levels=levels, name="it", cure="cure")

    if isinstance(told, int):
        assert take() == told
    else:
        with pytest.raises(ReviewError) as refused:
            take()
        assert told in str(refused.value)
