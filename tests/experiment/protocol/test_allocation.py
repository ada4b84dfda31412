"""Groups by an allocation list, within strata, and by the experimenter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from experiment.errors import ProtocolError
from experiment.protocol.allocation import Applicant, assign
from experiment.protocol.load import Protocol, check_protocol
from experiment.protocol.plan import Assignment, Trial
from experiment.protocol.planner import design
from tests.experiment.protocol.conftest import folder, load, study

__all__ = ["folder", "load"]
Load = Callable[..., Protocol]

BLOCK = "  - {name: main, kind: experiment, trials: [anger, fear]}\n"
GROUPS = "groups: {feedback: [live, none]}\n"


def group_of(protocol: Protocol, name: str, earlier: list[Assignment] | None = None, **strata: str) -> Assignment:
    assignment = assign(protocol, Applicant(name, strata), earlier or [], seed=5)
    assert assignment is not None
    return assignment


def enrolled(protocol: Protocol, kinds: list[dict[str, str]]) -> list[Assignment]:
    """Assign participants one after the other."""
    known: list[Assignment] = []
    for number, strata in enumerate(kinds, start=1):
        known.append(group_of(protocol, f"{number:02d}", known, **strata))
    return known


def test_without_allocation_the_number_decides(load: Load) -> None:
    assert assign(load(BLOCK, more=GROUPS), Applicant("01"), [], seed=5) is None


def test_an_allocation_list_is_followed_by_name(load: Load, folder: Path) -> None:
    (folder / "list.csv").write_text("participant,feedback\n01,live\n02,none\nP7,none\n", encoding="utf-8")
    protocol = load(BLOCK, more=GROUPS + "allocation: {file: list.csv}\n")

    found = [group_of(protocol, name) for name in ("01", "02", "p7", "sub-01")]

    assert [one.groups["feedback"] for one in found] == ["live", "none", "none", "live"]
    assert [one.rank for one in found] == [0, 0, 1, 0]
    assert {one.by for one in found} == {"list"}
    with pytest.raises(ProtocolError, match=r"participant 03 is not in the allocation list list\.csv"):
        group_of(protocol, "03")


def test_slots_of_a_list_are_the_numbers_of_the_participants(load: Load, folder: Path) -> None:
    (folder / "list.csv").write_text("slot;feedback\n2;none\n1;live\n3;none\n", encoding="utf-8")
    protocol = load(BLOCK, more=GROUPS + "allocation: {file: list.csv}\n")

    assert [group_of(protocol, f"{number:02d}").groups["feedback"] for number in (1, 2, 3)] == ["live", "none", "none"]
    assert group_of(protocol, "03").rank == 1
    with pytest.raises(ProtocolError, match=r"list\.csv has no slot 4; it has 3 slots"):
        group_of(protocol, "04")
    with pytest.raises(ProtocolError, match="participant anna has no number at the end"):
        group_of(protocol, "anna")


def test_slots_within_strata_are_taken_one_after_the_other(load: Load, folder: Path) -> None:
    rows = "1,f,live\n2,f,none\n1,m,none\n2,m,live\n"
    (folder / "list.csv").write_text("slot,sex,feedback\n" + rows, encoding="utf-8")
    protocol = load(BLOCK, more=GROUPS + "allocation: {file: list.csv, strata: {sex: [f, m]}}\n")

    found = enrolled(protocol, [{"sex": "m"}, {"sex": "f"}, {"sex": "m"}, {"sex": "f"}])

    assert [one.groups["feedback"] for one in found] == ["none", "live", "live", "none"]
    assert [one.slot for one in found] == [1, 1, 2, 2]
    with pytest.raises(ProtocolError, match=r"list\.csv has no slot left for sex f: all 2 are taken"):
        group_of(protocol, "05", found, sex="f")


def test_each_stratum_is_balanced_in_every_block(load: Load) -> None:
    """Blocks of six, two groups with the quotas 2 and 1: four and two of each, in both strata, in any mixture."""
    more = "groups: {feedback: {live: 2, none: 1}}\nallocation: {strata: {sex: [f, m]}, block_size: 6}\n"
    protocol = load(BLOCK, more=more)
    kinds = [{"sex": sex} for sex in "f" * 24 + "m" * 24]
    random.Random(3).shuffle(kinds)

    found = enrolled(protocol, kinds)

    for sex in "fm":
        levels = [one.groups["feedback"] for one in found if one.strata["sex"] == sex]
        for start in range(0, 24, 6):
            assert Counter(levels[start : start + 6]) == {"live": 4, "none": 2}
    assert [one.slot for one in found if one.strata["sex"] == "f"] == list(range(1, 25))
    orders = {sex: tuple(one.groups["feedback"] for one in found if one.strata["sex"] == sex) for sex in "fm"}
    assert orders["f"] != orders["m"]
    ranks = sorted(one.rank for one in found if one.groups["feedback"] == "live")
    assert ranks == list(range(len(ranks)))


def test_block_sizes_are_drawn_from_the_list(load: Load) -> None:
    """Blocks of 2 alone would be even after every second participant, blocks of 4 alone after every fourth."""
    protocol = load(BLOCK, more=GROUPS + "allocation: {strata: {sex: [f, m]}, block_size: [2, 4]}\n")

    levels = [one.groups["feedback"] for one in enrolled(protocol, [{"sex": "f"}] * 60)]
    excess = [levels[:n].count("live") * 2 - n for n in range(61)]

    assert max(map(abs, excess)) == 2
    assert any(excess[n] for n in range(0, 61, 2))
    assert any(excess[n] for n in range(0, 61, 4))


def test_a_free_slot_of_a_stratum_is_used_first(load: Load) -> None:
    """The data sets of two computers were merged: slot 1 is free."""
    protocol = load(BLOCK, more=GROUPS + "allocation: {strata: {sex: [f, m]}}\n")
    taken = [Assignment({"feedback": "live"}, 0, "strata", {"sex": "f"}, 2)]

    assert group_of(protocol, "09", taken, sex="f").slot == 1


def test_blocks_by_number_may_have_another_size(load: Load) -> None:
    protocol = load(BLOCK, more=GROUPS + "allocation: {block_size: 6}\n")

    found = [group_of(protocol, f"{number:02d}") for number in range(1, 13)]
    levels = [one.groups["feedback"] for one in found]

    assert Counter(levels[:6]) == Counter(levels[6:]) == {"live": 3, "none": 3}
    assert [one.rank for one in found if one.groups["feedback"] == "live"] == list(range(6))


def test_a_missing_stratum_is_named(load: Load) -> None:
    protocol = load(BLOCK, more=GROUPS + "allocation: {strata: {sex: [f, m]}}\n")

    with pytest.raises(ProtocolError, match="participant 01 needs --stratum sex=LEVEL, one of f, m"):
        group_of(protocol, "01")
    with pytest.raises(ProtocolError, match="--stratum sex=x: `sex` has no level `x`"):
        group_of(protocol, "01", sex="x")


def test_the_experimenter_chooses_only_if_the_protocol_allows_it(load: Load) -> None:
    chosen = Applicant("01", chosen={"feedback": "none"})
    earlier = [Assignment({"feedback": "none"}, 0, "experimenter"), Assignment({"feedback": "live"}, 0, "number")]

    with pytest.raises(ProtocolError, match=r"study\.yaml does not allow --group: the groups are assigned as planned"):
        assign(load(BLOCK, more=GROUPS), chosen, earlier, seed=5)
    allowed = load(BLOCK, more=GROUPS + "allocation: {by_experimenter: true}\n")
    assignment = assign(allowed, chosen, earlier, seed=5)

    assert assignment == Assignment({"feedback": "none"}, 1, "experimenter")
    assert assign(allowed, Applicant("01"), earlier, seed=5) is None
    with pytest.raises(ProtocolError, match="--group feedback=non: `feedback` has no level `non`; did you mean `none`"):
        assign(allowed, Applicant("01", chosen={"feedback": "non"}), earlier, seed=5)


def test_a_plan_follows_its_assignment(load: Load) -> None:
    protocol = load(BLOCK.replace("]}", "], order: williams}"), more=GROUPS)
    orders = set()
    for rank in (0, 1):
        assignment = Assignment({"feedback": "live"}, rank, "list")
        plan = design(protocol, participant="17", assignment=assignment)
        assert plan.groups == {"feedback": "live"}
        assert plan.assignment == assignment
        orders.add(tuple(step.target.name for step in plan.steps if isinstance(step, Trial)))

    assert orders == {("anger", "fear"), ("fear", "anger")}


@pytest.mark.parametrize("trials", ["{sets: {a: [anger, fear], b: [sadness], c: [disgust]}}"])
def test_every_session_shows_another_set_balanced_over_participants(load: Load, trials: str) -> None:
    protocol = load(
        f"  - {{name: main, kind: experiment, trials: {trials}}}\n", more="sessions: [pre, post]\n" + GROUPS
    )
    shown: Counter[tuple[str, str]] = Counter()
    for number in range(1, 13):
        sets = {}
        for session in ("pre", "post"):
            plan = design(protocol, participant=f"{number:02d}", session=session)
            trials_of = [step for step in plan.steps if isinstance(step, Trial)]
            (sets[session],) = {trial.condition["target_set"] for trial in trials_of}
            assert len(trials_of) == (2 if sets[session] == "a" else 1)
        shown[sets["pre"], sets["post"]] += 1

    assert shown == {("a", "b"): 4, ("b", "c"): 4, ("c", "a"): 4}


def test_days_between_sessions_are_in_the_plan_of_the_later_one(load: Load) -> None:
    more = (
        "sessions: [pre, mid, post]\ndays_between: {mid: {earliest: 1}, post: {after: pre, earliest: 6, latest: 8}}\n"
    )
    protocol = load(BLOCK, more=more)

    gaps = [design(protocol, participant="01", session=session).gap for session in ("pre", "mid", "post")]

    assert gaps[0] is None
    assert [(gap.after, gap.earliest, gap.latest) for gap in gaps[1:] if gap] == [("pre", 1, None), ("pre", 6, 8)]


@pytest.mark.parametrize(
    ("rows", "line", "words"),
    [
        ("name,feedback\n01,live\n", 1, "the list needs one column `participant` or `slot`; it has neither"),
        ("participant,slot,feedback\n01,1,live\n", 1, "it has both"),
        ("participant,group\n01,live\n", 1, "the list has no column `feedback`, a factor of the protocol"),
        ("participant,feedback\n01,sham\n", 2, "`sham` is not a level of `feedback`; possible: live, none"),
        ("participant,feedback\n01,live\n01,none\n", 3, "participant 01 is here twice, first in line 2"),
        ("slot,feedback\nx,live\n", 2, "`x` is not a slot; write a number from 1 on"),
        ("participant,feedback\n,live\n", 2, "this row has no `participant`"),
    ],
)
def test_a_wrong_allocation_list_is_refused_at_its_line(folder: Path, rows: str, line: int, words: str) -> None:
    (folder / "list.csv").write_text(rows, encoding="utf-8")
    (folder / "study.yaml").write_text(study(BLOCK, more=GROUPS + "allocation: {file: list.csv}\n"), encoding="utf-8")

    (problem,) = [one for one in check_protocol(folder / "study.yaml").problems if one.severity == "error"]

    assert (problem.place.file.name, problem.place.line) == ("list.csv", line)
    assert words in problem.message


def test_a_question_may_not_have_the_column_of_a_stratum(folder: Path) -> None:
    form = "  - {name: you, kind: form, questions: [{id: stratum_sex, label: Which?}]}\n"
    text = study(BLOCK + form, more=GROUPS + "allocation: {strata: {sex: [f, m]}}\n")
    (folder / "study.yaml").write_text(text, encoding="utf-8")

    (problem,) = [one for one in check_protocol(folder / "study.yaml").problems if one.severity == "error"]

    assert problem.message == "`stratum_sex` is a column of the program in participants.tsv; choose another id"
