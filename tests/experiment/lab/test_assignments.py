"""Groups of participants, with what the data set has of earlier sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.errors import ProtocolError, SessionError
from experiment.lab.assignments import GroupOptions, find_assignment, rehearsed_assignments
from experiment.protocol.load import Protocol
from experiment.protocol.plan import Assignment
from experiment.record.assignments import assignment_json, recorded_assignments
from experiment.record.history import read_history
from experiment.record.layout import session_place
from experiment.record.recorder import Recorder
from tests.experiment.clocks import SetClock
from tests.experiment.protocol.conftest import folder, load
from tests.experiment.record import helpers

__all__ = ["folder", "load"]
Load = Callable[..., Protocol]

BLOCK = "  - {name: main, kind: experiment, trials: [anger, fear]}\n"
GROUPS = "groups: {feedback: [live, none]}\n"
STRATA = GROUPS + "allocation: {strata: {sex: [f, m]}, by_experimenter: true}\n"
NONE = GroupOptions()


def record(dataset: Path, assignment: Assignment | None, participant: str, *, pilot: bool = False) -> None:
    """Record the beginning of a session."""
    clock = SetClock()
    header = replace(
        helpers.header(dataset.parent / "pictures", participant=participant),
        task="study",
        pilot=pilot,
        groups={} if assignment is None else assignment.groups,
        assignment=assignment_json(assignment),
    )
    Recorder.start(dataset, header, clock=clock).close(complete=False)


def test_assignments_are_recorded_and_read_back(tmp_path: Path) -> None:
    assignment = Assignment({"feedback": "none"}, 3, "strata", {"sex": "f"}, 7)

    record(tmp_path / "data", assignment, "01")
    record(tmp_path / "data", None, "02")

    assert [one.assignment for one in recorded_assignments(tmp_path / "data")] == [assignment, None]
    journal = session_place(tmp_path / "data", "02", None).first_line
    assert b'"assignment"' not in journal, "journals of studies without allocation stay as they are"
    start = read_history(session_place(tmp_path / "data", "01", None)).start
    assert start.assignment == {"by": "strata", "rank": 3, "strata": {"sex": "f"}, "slot": 7}


def test_the_next_participant_of_a_stratum_takes_the_next_slot(load: Load, tmp_path: Path) -> None:
    protocol, data = load(BLOCK, more=STRATA), tmp_path / "data"

    for number, sex in enumerate("fmff", start=1):
        assignment = find_assignment(protocol, data, f"0{number}", GroupOptions(strata={"sex": sex}))
        assert assignment is not None
        record(data, assignment, f"0{number}")

    found = [one.assignment for one in recorded_assignments(data)]
    assert [one.slot for one in found if one] == [1, 1, 2, 3]
    assert sorted(one.groups["feedback"] for one in found[:1] + found[2:3] if one) == ["live", "none"]


def test_pilot_sessions_take_no_slot(load: Load, tmp_path: Path) -> None:
    protocol, data = load(BLOCK, more=STRATA), tmp_path / "data"
    record(data, Assignment({"feedback": "live"}, 0, "strata", {"sex": "f"}, 1), "90", pilot=True)

    assignment = find_assignment(protocol, data, "01", GroupOptions(strata={"sex": "f"}))

    assert assignment is not None
    assert assignment.slot == 1


def test_a_participant_stays_in_the_group_of_the_first_session(load: Load, tmp_path: Path) -> None:
    protocol, data = load(BLOCK, more=STRATA), tmp_path / "data"
    first = Assignment({"feedback": "none"}, 4, "experimenter", {"sex": "m"})
    record(data, first, "01")

    assert find_assignment(protocol, data, "01", NONE) == first
    with pytest.raises(SessionError, match="participant 01 has feedback none since an earlier session"):
        find_assignment(protocol, data, "01", GroupOptions(chosen={"feedback": "live"}))
    with pytest.raises(SessionError, match="participant 01 has sex m since an earlier session; leave --stratum out"):
        find_assignment(protocol, data, "01", GroupOptions(strata={"sex": "f"}))


def test_the_number_decides_for_a_participant_of_an_older_version(load: Load, tmp_path: Path) -> None:
    record(tmp_path / "data", None, "01")

    assert find_assignment(load(BLOCK, more=STRATA), tmp_path / "data", "01", NONE) is None


def test_strata_may_be_in_the_list_of_participants(load: Load, tmp_path: Path) -> None:
    protocol, data = load(BLOCK, more=STRATA), tmp_path / "data"
    data.mkdir()
    (data / "participants.tsv").write_text("participant_id\tsex\nsub-01\tm\nsub-02\twoman\n", encoding="utf-8")

    assignment = find_assignment(protocol, data, "01", NONE)

    assert assignment is not None
    assert assignment.strata == {"sex": "m"}
    with pytest.raises(ProtocolError, match=r"participants\.tsv has sex woman for 02; the protocol has f, m"):
        find_assignment(protocol, data, "02", NONE)


def test_a_protocol_without_allocation_needs_no_data_set(load: Load, tmp_path: Path) -> None:
    assert find_assignment(load(BLOCK, more=GROUPS), tmp_path / "none", "01", NONE) is None


@pytest.mark.parametrize(("text", "words"), [("live", "write NAME=LEVEL"), ("=live", "write NAME=LEVEL")])
def test_an_option_of_another_form_is_refused(text: str, words: str) -> None:
    with pytest.raises(SessionError, match=words):
        GroupOptions.parsed([text], [])
    with pytest.raises(SessionError, match="--stratum names sex twice"):
        GroupOptions.parsed([], ["sex=f", "sex=m"])


def test_simulated_participants_fill_all_strata(load: Load) -> None:
    found = rehearsed_assignments(load(BLOCK, more=STRATA), ["01", "02", "03", "04"])

    assert [one.strata["sex"] for one in found.values() if one] == ["f", "m", "f", "m"]
    assert [one.slot for one in found.values() if one] == [1, 1, 2, 2]


def test_simulated_participants_have_the_ids_of_the_allocation_list(load: Load, folder: Path) -> None:
    (folder / "list.csv").write_text("participant,feedback\nA1,live\nA2,none\n", encoding="utf-8")
    protocol = load(BLOCK, more=GROUPS + "allocation: {file: list.csv}\n")

    found = rehearsed_assignments(protocol, ["01", "02"])

    assert {name: one.groups["feedback"] for name, one in found.items() if one} == {"A1": "live", "A2": "none"}
    with pytest.raises(ProtocolError, match="the allocation list has 2 participants"):
        rehearsed_assignments(protocol, ["01", "02", "03"])
