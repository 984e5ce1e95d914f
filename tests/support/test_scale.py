"""Whose processes have coverage."""

from tests.support.scale import with_covered_processes


def test_processes_are_covered_once_a_table_and_once_a_file_of_processes() -> None:
    tests = [
        "tests/liangqu/cli/test_a.py::test_one[a]",
        "tests/liangqu/cli/test_a.py::test_one[b]",
        "tests/liangqu/cli/test_a.py::test_two",
        "tests/end_to_end/test_b.py::test_one[a]",
        "tests/end_to_end/test_b.py::test_one[b]",
        "tests/end_to_end/test_b.py::test_two",
    ]

    assert with_covered_processes(tests) == {tests[0], tests[2], tests[3]}
