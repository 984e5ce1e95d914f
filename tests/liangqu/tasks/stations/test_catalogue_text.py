"""Rows of stations in a file that people wrote: one is changed, every other byte stays."""

import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liangqu.tasks.stations.catalogue_text import add_site, change_site, remove_site, site_ids

HEAD = """\
# Our stations.   Ask Li before you change anything!

[[zone]]
id = "old-town"
name = { zh = "老城", en = "Old town" }   # by the wall
"""
SCHOOL = """\
# --- on the roof of the school ---
[[site]]
# put up in 2021
id = "school"      # its MN is on the door
medium = "air"
name = { zh = "学校", en = "School" }
missing = [ -99,
            "NA" ]    # both occur
"""
WEIR = """\
# between two stations, on purpose
[[river]]
id = "brook"
name = {zh='小溪', en='Brook'}

[[site]]
id = 'weir'
medium = "water"
source = '''
[[site]]
id = "school"
'''
[site.name]
zh = "堰"
en = "Weir"
"""
TAIL = "# the end\n"
FILE = f"{HEAD}\n{SCHOOL}\n{WEIR}\n{TAIL}"
ROW = {"id": "hill", "medium": "air", "name": {"zh": "山", "en": 'The "hill"'}, "lon": 114.9}


def switch_off(row: Any) -> None:
    row["active"] = False


def test_every_station_of_a_file_is_found_and_no_text_is_taken_for_one() -> None:
    assert site_ids(FILE) == ["school", "weir"]


def test_a_row_is_added_at_the_end_and_nothing_else_is_touched() -> None:
    added = add_site(FILE, ROW)

    assert added.startswith(FILE)
    assert tomllib.loads(added)["site"][-1] == ROW
    assert added.endswith(
        '\n[[site]]\nid = "hill"\nmedium = "air"\nname = { zh = "山", en = "The \\"hill\\"" }\nlon = 114.9\n'
    )


@pytest.mark.parametrize("before", ["", "\n", "# nothing yet", HEAD])
def test_a_file_that_is_empty_or_ends_anywhere_takes_a_first_row(before: str) -> None:
    assert site_ids(add_site(before, ROW)) == ["hill"]


def test_a_changed_row_keeps_its_comments_and_the_rest_of_the_file_its_bytes() -> None:
    changed = change_site(FILE, "school", switch_off)

    assert changed == FILE.replace("# both occur\n", "# both occur\nactive = false\n")


def test_a_row_with_a_table_of_its_own_is_changed_before_that() -> None:
    changed = change_site(FILE, "weir", switch_off)

    assert tomllib.loads(changed)["site"][1]["active"] is False
    assert changed.startswith(f"{HEAD}\n{SCHOOL}\n")
    assert changed.endswith(TAIL)


@pytest.mark.parametrize(
    ("id_", "left"),
    [
        pytest.param(
            "school", f"{HEAD}\n# --- on the roof of the school ---\n{WEIR}\n{TAIL}", id="in between"
        ),
        pytest.param(
            "weir", f"{HEAD}\n{SCHOOL}\n{WEIR.partition('[[site]]')[0]}{TAIL}", id="the last, with its table"
        ),
    ],
)
def test_a_row_is_taken_out_and_what_people_wrote_above_it_stays(id_: str, left: str) -> None:
    assert remove_site(FILE, id_) == left


@pytest.mark.parametrize(
    "change",
    [lambda text: remove_site(text, "nobody"), lambda text: change_site(text, "nobody", switch_off)],
    ids=["remove", "change"],
)
def test_what_has_no_row_is_a_key_error(change: Callable[[str], str]) -> None:
    with pytest.raises(KeyError, match="nobody"):
        change(FILE)


@given(
    ends=st.booleans(),
    ids=st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,5}", fullmatch=True), unique=True, min_size=1),
)
def test_added_and_removed_again_the_text_means_what_it_meant(ids: list[str], ends: bool) -> None:
    """With the line ends of either system."""
    text = before = FILE.replace("\n", "\r\n") if ends else FILE
    ids = [id_ for id_ in ids if id_ not in {"school", "weir"}]
    for id_ in ids:
        text = change_site(add_site(text, {**ROW, "id": id_}), id_, switch_off)
    assert text.startswith(before)
    assert ("\n" in text.replace("\r\n", "")) is not ends
    for id_ in ids:
        text = remove_site(text, id_)

    assert tomllib.loads(text) == tomllib.loads(before)
    assert text.rstrip() == before.rstrip()
