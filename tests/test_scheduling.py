"""Long tests begin first, windows one after another."""

from __future__ import annotations

from tests.scheduling import group_of, rank

WINDOW = "tests/experiment/test_real_window.py::test_a"
OTHER_WINDOW = "tests/experiment/test_window_killed.py::test_b"
SLOW = "tests/experiment/simulation/test_trainee.py::TestPractice::test_c"
QUICK = "tests/experiment/test_clock.py::test_d[::1]"


def test_files_with_windows_come_first_and_quick_files_last() -> None:
    assert sorted([QUICK, SLOW, WINDOW], key=rank) == [WINDOW, SLOW, QUICK]


def test_all_windows_share_a_process_and_each_other_file_is_a_group() -> None:
    assert group_of(WINDOW) == group_of(OTHER_WINDOW)
    assert group_of(SLOW) == "tests/experiment/simulation/test_trainee.py"
    assert group_of(QUICK) == "tests/experiment/test_clock.py"
