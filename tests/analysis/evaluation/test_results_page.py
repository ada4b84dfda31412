"""The page of results says where a whole is below its best part."""

from __future__ import annotations

from analysis.evaluation.results_page import below_best_part


def test_a_whole_below_its_best_part_is_named_with_both_values() -> None:
    values = {"combined": 0.786, "appearance": 0.822, "units": 0.686, "pooled": 0.9, "appearance-pooled": 0.8}
    assert below_best_part("posers", values) == ["combined on posers (0.786; appearance 0.822)"]


def test_a_difference_of_a_rounding_error_is_not_named() -> None:
    assert below_best_part("posers", {"combined": 0.786, "appearance": 0.79, "units": 0.7}) == []


def test_each_whole_has_its_own_parts() -> None:
    values = {"combined": 0.8, "appearance": 0.7, "units": 0.75, "pooled": 0.6, "appearance-pooled": 0.7}
    assert below_best_part("london", values) == ["pooled on london (0.600; units 0.750)"]


def test_a_whole_without_judged_parts_is_not_named() -> None:
    assert below_best_part("london", {"combined": 0.5}) == []
