"""What mosquitto's access list lets a station do, as mosquitto(5) says; lines added and taken out."""

import pytest

from liangqu.tasks.stations.access import grant, may_write, revoke
from tests.support.paths import ROOT

SHIPPED = (ROOT / "deploy" / "mosquitto" / "access.acl").read_text("utf-8")
OWN = "liangqu/air/hill"


@pytest.mark.parametrize(
    ("text", "may"),
    [
        pytest.param(SHIPPED, True, id="as shipped"),
        pytest.param("", False, id="nothing"),
        pytest.param("topic write liangqu/air/hill\n", False, id="nobody's lines are the anonymous ones'"),
        pytest.param("user hill\ntopic write liangqu/air/hill\n", True, id="its own line"),
        pytest.param("user hill\ntopic liangqu/air/hill\n", True, id="no access is both"),
        pytest.param("user hill\n  topic readwrite liangqu/#\n", True, id="all below"),
        pytest.param("user hill\ntopic write liangqu/+/hill\n", True, id="any level"),
        pytest.param("user hill\ntopic write liangqu/air\n", False, id="the level above"),
        pytest.param("user hill\ntopic read liangqu/#\n", False, id="reading alone"),
        pytest.param("user dale\ntopic write liangqu/#\n", False, id="another's line"),
        pytest.param("user dale\npattern write liangqu/air/%u\n", True, id="a pattern is everybody's"),
        pytest.param("pattern write liangqu/water/%u\n", False, id="of the other medium"),
        pytest.param("#user hill\n#topic write liangqu/#\n", False, id="a comment"),
    ],
)
def test_whether_a_station_may_publish(text: str, may: bool) -> None:
    assert may_write(text, "hill", OWN) is may


@pytest.mark.parametrize("text", [SHIPPED, "user liangqu\ntopic read liangqu/#\n", "# nobody yet\n"])
def test_a_line_of_its_own_comes_and_goes(text: str) -> None:
    others = grant(text, "hill-2", "liangqu/air/hill-2")
    granted = grant(others, "hill", OWN)

    assert may_write(granted, "hill", OWN)
    assert revoke(granted, "hill") == others
    assert revoke(others, "hill") == others
    assert may_write(revoke(granted, "hill-2"), "hill", OWN)


@pytest.mark.parametrize(
    ("own", "left"),
    [
        pytest.param("topic read other/#\n", "user hill\ntopic read other/#\n", id="a line below"),
        pytest.param(
            "# why\n\ntopic read other/#\n", "user hill\n# why\n\ntopic read other/#\n", id="a comment"
        ),
        pytest.param("", "", id="nothing else"),
        pytest.param("user dale\ntopic read d\n", "user dale\ntopic read d\n", id="another user"),
    ],
)
def test_what_is_left_of_a_station_is_no_other_users(own: str, left: str) -> None:
    above = "user dale\ntopic read liangqu/dale\n"

    text = revoke(f"{above}\nuser hill\ntopic write {OWN}\n{own}", "hill")

    assert [line for line in text.splitlines() if line] == [
        line for line in f"{above}{left}".splitlines() if line
    ]
    assert not may_write(text, "hill", OWN)


def test_a_user_whose_name_ends_like_a_stations_keeps_its_line() -> None:
    text = "# user hill\nuser uphill\ntopic write liangqu/air/uphill\n"

    assert revoke(text, "hill") == text
