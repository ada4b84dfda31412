"""Differences are over the same people; the page says which groups are worse."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.faces.groups import Group
from analysis.evaluation.faces.judging import DimResult, FacesEvaluation, GroupResult, PersonResult, Size
from analysis.evaluation.faces.results_page import results_page, verdicts


def person(*, detected: float = 1.0, error: float = 0.02, rank1: float = 0.8) -> PersonResult:
    reasons = () if detected == 1.0 else ("no-face",)
    return PersonResult(detected, error, rank1, 0.9, 8, reasons)


REFERENCE = (person(rank1=0.7), person(rank1=0.9), person(rank1=0.8))


def group(name: str, *people: PersonResult) -> GroupResult:
    return GroupResult(Group("face", name, lambda photograph, _: photograph), people, REFERENCE)


def evaluation(*groups: GroupResult) -> FacesEvaluation:
    dim = (DimResult(4, 200.0, 1.0, 12, 12, ()), DimResult(4, 200.0, 0.5, 12, 3, ("no-face",) * 9))
    return FacesEvaluation((group("reference", *REFERENCE), *groups), dim, Size(3, 1, 2, 4), "scripts/evaluate faces")


def test_a_difference_is_that_of_the_same_people() -> None:
    """0.1 less for everyone: the mean is -0.1, and the interval has no width."""
    difference = group("beard", person(rank1=0.6), person(rank1=0.8), person(rank1=0.7)).difference("rank1")

    assert difference.value == pytest.approx(-0.1)
    assert difference.interval == pytest.approx((-0.1, -0.1))


def test_people_without_a_measurement_are_left_out_of_differences_but_not_of_detection() -> None:
    lost = group("dark", person(detected=0.0, error=np.nan, rank1=np.nan), person(rank1=0.9), person(rank1=0.8))

    assert lost.difference("rank1").value == pytest.approx(0.0)
    assert lost.difference("rank1").n == 2
    assert lost.mean("detected").value == pytest.approx(2 / 3)
    assert lost.reasons == {"no-face": 1}


def test_the_verdict_names_groups_that_are_more_than_a_tenth_worse() -> None:
    beard = group("beard", *(person(error=0.04, rank1=0.73) for _ in range(3)))
    dark = group("dark", *(person(detected=0.5, rank1=0.6) for _ in range(3)))
    detected, rank1, error = verdicts(evaluation(beard, dark))

    assert "no. Best: reference, 100.0 %. More than 10 % worse: dark (50.0 %)" in detected
    assert "no. Best: reference, 0.80. More than 10 % worse: dark (0.60)." in rank1
    assert "no. Best: reference, 2.0 %. More than 10 % worse: beard (4.0 %)" in error


def test_the_verdict_is_yes_where_all_groups_are_within_a_tenth() -> None:
    detected, rank1, _ = verdicts(evaluation(group("glasses", *(person(rank1=0.74) for _ in range(3)))))

    assert detected.endswith("yes. All groups: 100.0 %.")
    assert rank1.endswith("yes. Best: reference, 0.80; worst: glasses, 0.74.")


def test_the_page_has_a_row_for_each_group_and_each_size() -> None:
    page = results_page(evaluation(group("dark", *(person(detected=0.5) for _ in range(3)))))

    assert "| dark" in page
    assert "3 no-face" in page
    assert "| Monk 4" in page
    assert "25 %" in page
    assert "n = 3 people and 24 pictures" in page


def test_the_page_names_the_step_that_the_differences_come_from() -> None:
    found, missed = (results_page(evaluation(group("dark", *[person(detected=share)] * 3))) for share in (1.0, 0.5))

    assert "the search for faces is not the cause" in found
    assert "Some faces were not found" in missed
