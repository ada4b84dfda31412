from __future__ import annotations

import pytest

from analysis.tables.table import ParticipantTable

# By hand: the mimic of b looks more like target a, one cell (c, b) is missing.
CELLS = {
    ("a", "a"): 0.99, ("a", "b"): 0.97, ("a", "c"): 0.10,
    ("b", "a"): 0.20, ("b", "b"): 0.95, ("b", "c"): 0.30,
    ("c", "a"): 0.40, ("c", "c"): 0.985,
}  # fmt: skip


def table(cells: dict[tuple[str, str], float], **others: object) -> ParticipantTable:
    return ParticipantTable("01", None, "mimicry", "points", ("a", "b", "c"), cells, **others)  # type: ignore[arg-type]


def test_the_smallest_matching_and_the_largest_other_cell_are_found() -> None:
    made = table(CELLS)
    assert made.smallest_matching is not None
    assert made.largest_other is not None
    assert (made.smallest_matching.mimic, made.smallest_matching.value) == ("b", 0.95)
    assert (made.largest_other.target, made.largest_other.mimic, made.largest_other.value) == ("a", "b", 0.97)


def test_rank1_counts_the_mimics_whose_best_target_is_their_own() -> None:
    assert table(CELLS).hits == 2
    assert table(CELLS).rank1 == pytest.approx(2 / 3)


def test_targets_of_one_expression_are_neither_matching_nor_other() -> None:
    made = table(CELLS, expressions={"a": "anger", "b": "anger", "c": "calm"})
    assert len(made.matching) == 3
    assert {(cell.target, cell.mimic) for cell in made.other} == {("a", "c"), ("b", "c"), ("c", "a")}
    assert made.rank1 == pytest.approx(2 / 3)
    assert (made.hits, made.expression_hits) == (2, 3)
    assert made.finding.startswith(
        "smallest matching cell 0.950 (b), largest cell of another expression 0.400 (target c, mimic a); 2 of 3 mimics "
        "score highest on their own target, 3 on a target of the expression they imitated;"
    )


def test_the_published_pattern_is_a_yes_a_no_or_not_to_be_said() -> None:
    others = {(t, m): 0.93 for t in "abc" for m in "abc"}
    matching = {(t, t): 0.981 for t in "abc"}
    assert table(others | matching).published_pattern is True
    assert table(others | matching | {("a", "b"): 0.94}).published_pattern is False
    assert table(others | matching | {("a", "a"): 0.98}).published_pattern is False
    without_a_match = {where: value for where, value in (others | matching).items() if where != ("b", "b")}
    assert table(without_a_match).published_pattern is None


def test_the_verdict_names_the_metric_the_cells_and_the_claim() -> None:
    assert table(CELLS).verdict('metric "points" (whole face)') == (
        'Participant 01, metric "points" (whole face): smallest matching cell 0.950 (b), largest other cell 0.970 '
        "(target a, mimic b); 2 of 3 mimics score highest on their own target; "
        '"> 0.98 / < 0.94" does not hold.'
    )


def test_an_empty_table_says_so_instead_of_dividing_by_nothing() -> None:
    assert "too few mimics" in table({}).verdict("points")
    with pytest.raises(ValueError, match="no rank-1 rate"):
        _ = table({}).rank1


def test_a_column_without_values_is_no_mimic() -> None:
    without_b = {where: value for where, value in CELLS.items() if where[1] != "b"}
    assert table(without_b).mimics == ("a", "c")
    assert table(without_b).rank1 == 1


@pytest.mark.parametrize(
    ("low", "high", "decimals"), [(0.1, 0.99, 3), (-1, 1, 3), (0.95, 0.99, 4), (0.996, 0.9997, 5), (0.5, 0.5, 3)]
)
def test_cells_that_lie_close_together_get_more_decimals(low: float, high: float, decimals: int) -> None:
    made = table({("a", "a"): high, ("a", "b"): low})
    assert made.decimals == decimals
    assert made.text("a", "b") == f"{low:.{decimals}f}"
    assert made.text("b", "b") is None


def test_one_cell_and_no_cell_have_three_decimals() -> None:
    assert table({}).decimals == 3
    assert table({("a", "a"): 0.5}).decimals == 3
