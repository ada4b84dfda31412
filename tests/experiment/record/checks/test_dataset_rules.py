"""What a new session must have in common with its data set."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from experiment.protocol.plan import Gap
from experiment.record.checks.dataset_rules import (
    ACCEPTABLE,
    DataSetFacts,
    KnownSession,
    PlannedSession,
    data_set_facts,
    find_rule_problems,
    require_rules,
)
from experiment.record.errors import RecordError
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers

DATA = Path("/data/study")


def known(participant: str, session: str | None = None, *, sha256: str = "a", wall_s: float = 1.0) -> KnownSession:
    return KnownSession(participant, session, "mimicry", sha256, "mimicry.yaml", wall_s, pilot=False)


def facts(*sessions: KnownSession, planned: tuple[str, ...] = ()) -> DataSetFacts:
    return DataSetFacts(DATA, sessions, planned)


def planned(participant: str = "03", session: str | None = None, *, sha256: str = "a") -> PlannedSession:
    return PlannedSession(participant, session, "mimicry", "mimicry.yaml", sha256)


TWO = facts(known("01"), known("02"))


def words(known_facts: DataSetFacts, session: PlannedSession) -> list[str | None]:
    return [problem.word for problem in find_rule_problems(known_facts, session)]


def test_the_next_participant_with_the_same_protocol_has_no_problem() -> None:
    assert words(facts(), planned("17")) == []
    assert words(TWO, planned("03")) == []
    assert words(TWO, planned("x")) == []


def test_another_protocol_is_a_problem() -> None:
    (problem,) = find_rule_problems(TWO, replace(planned(), task="training", protocol_file="training.yaml"))
    assert problem.word == "other-protocol"
    assert "has sessions of the protocol mimicry, and training.yaml is training" in problem.message


def test_an_edited_protocol_is_compared_with_the_latest_session() -> None:
    assert words(TWO, planned(sha256="b")) == ["edited-protocol"]
    accepted = facts(known("01"), known("02", sha256="b", wall_s=2.0))
    assert words(accepted, planned(sha256="b")) == []
    assert words(accepted, planned(sha256="a")) == ["edited-protocol"]
    pilot = replace(known("02", sha256="b", wall_s=2.0), pilot=True)
    assert words(facts(known("01"), pilot), planned(sha256="a")) == []


def test_a_session_that_the_protocol_does_not_have_is_a_problem_until_it_was_accepted_once() -> None:
    assert words(TWO, planned("02", "b")) == ["session"]
    assert words(facts(known("01"), known("01", "b"), known("02")), planned("02", "b")) == []


def test_a_later_session_needs_the_earlier_ones_of_the_same_participant() -> None:
    before = facts(known("01", "pre"), known("02", "pre"))
    assert words(before, replace(planned("02", "post"), sessions=("pre", "post"))) == []
    (problem,) = find_rule_problems(before, replace(planned("03", "post"), sessions=("pre", "post")))
    assert problem.word == "skipped-session"
    assert problem.message.endswith("check the id (participants with it: 01, 02)")


@pytest.mark.parametrize(
    ("participant", "expected"),
    [("03", []), ("04", ["number"]), ("3", []), ("1", ["number"]), ("001", ["number"]), ("P9", []), ("20", ["number"])],
)
def test_numbers_follow_each_other_and_are_written_in_one_way(participant: str, expected: list[str]) -> None:
    assert words(TWO, planned(participant)) == expected


def test_a_planned_participant_leaves_no_number_out() -> None:
    plan = facts(known("01"), planned=("01", "05", "06"))
    assert words(plan, planned("05")) == []
    assert words(plan, planned("02")) == []
    assert words(plan, planned("08")) == ["number"]
    (problem,) = find_rule_problems(facts(known("P01")), planned("P03"))
    assert "the next is P02" in problem.message


def test_a_gap_that_was_left_can_be_filled() -> None:
    assert words(facts(known("01"), known("04")), planned("02")) == []


@pytest.mark.parametrize(
    "session",
    [
        replace(planned("A1"), session=None),
        replace(planned("x", "Pre"), sessions=("Pre",)),
        replace(planned("03"), task="Mimicry"),
    ],
)
def test_labels_that_differ_only_in_case_are_refused_whatever_is_accepted(session: PlannedSession) -> None:
    recorded = facts(known("a1"), known("x", "pre"))

    with pytest.raises(RecordError, match=r"differs from .* only in upper and lower case"):
        require_rules(recorded, session, accept=tuple(ACCEPTABLE))


@pytest.mark.parametrize(
    ("session", "message"),
    [
        (planned("p" * 90), "shorten the participant id, the session or the protocol's name"),
        (planned("01", "s" * 80), "shorten the participant"),
        (replace(planned("01"), task="t" * 100), "shorten the participant"),
        (replace(planned("01"), steps=("b" * 130,)), "shorten the names of its block and target"),
    ],
)
def test_names_that_are_too_long_for_file_systems_are_refused(session: PlannedSession, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        require_rules(facts(), session, accept=tuple(ACCEPTABLE))


def test_the_longest_names_that_are_allowed_can_be_written(tmp_path: Path) -> None:
    clock = SetClock()
    participant = "p" * (143 - 60 - len("sub-_task-facialmimicry"))
    require_rules(facts(), replace(planned(participant), task="facial-mimicry"))

    helpers.record_all(tmp_path / "data", tmp_path, clock, participant=participant)

    assert max(len(path.name) for path in (tmp_path / "data").rglob("*")) <= 143 - 18


def test_a_path_that_is_too_long_for_windows_is_refused() -> None:
    deep = replace(facts(), dataset=Path("C:\\" + "very-long-folder\\" * 13))
    with pytest.raises(RecordError, match="choose a folder with a shorter path"):
        require_rules(deep, planned("01"))


@pytest.mark.parametrize("participant", ["1e5", "NULL", "NA", "nan", "TRUE", "mar5", "1234567890123456"])
def test_ids_that_other_programs_misread_are_a_warning(participant: str) -> None:
    (warning,) = require_rules(facts(), planned(participant)).warnings
    assert warning.startswith(f"other programs read the participant id {participant} as ")


@pytest.mark.parametrize("participant", ["01", "007", "P07", "anna", "x1e5"])
def test_usual_ids_have_no_warning(participant: str) -> None:
    assert require_rules(facts(), planned(participant)).warnings == ()


def test_a_pilot_session_may_have_any_protocol_session_and_number() -> None:
    session = replace(planned("77", "z", sha256="c"), task="other", pilot=True)
    assert words(TWO, session) == []


def test_every_problem_is_named_with_its_option_and_what_is_accepted_is_returned() -> None:
    session = planned("07", "z", sha256="b")
    with pytest.raises(RecordError) as refused:
        require_rules(TWO, session, accept=("number",))
    assert "--accept edited-protocol" in str(refused.value)
    assert "--accept session" in str(refused.value)
    assert "leaves numbers out" not in str(refused.value)

    accepted = require_rules(TWO, session, accept=("number", "session", "edited-protocol")).accepted
    assert len(accepted) == 3


# -- folders


@pytest.mark.parametrize("name", ["a.yaml", "sub-01", "targets", "sourcedata/photographs", "thesis.docx"])
def test_a_folder_with_other_contents_is_not_a_data_set(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir(parents=True)

    with pytest.raises(RecordError, match="is not a data set and has other contents"):
        require_rules(data_set_facts(tmp_path), planned(), accept=tuple(ACCEPTABLE))


def test_a_file_is_not_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")

    with pytest.raises(RecordError, match=r"notes\.txt is a file, and a data set is a folder; name a folder"):
        data_set_facts(tmp_path / "notes.txt")


def test_a_prepared_folder_can_become_a_data_set(tmp_path: Path) -> None:
    for name in ("participants.tsv", "README.md", ".DS_Store", "dataset_description.json", "Thumbs.db"):
        (tmp_path / name).write_text("")
    for name in ("stimuli", "derivatives", "code", ".git"):
        (tmp_path / name).mkdir()

    assert find_rule_problems(data_set_facts(tmp_path), planned()) == []
    assert find_rule_problems(data_set_facts(tmp_path / "new"), planned()) == []


def test_files_that_are_added_to_a_data_set_do_not_matter(tmp_path: Path) -> None:
    helpers.record_all(tmp_path / "data", tmp_path, SetClock())
    (tmp_path / "data" / "notes.docx").write_text("")

    known_facts = data_set_facts(tmp_path / "data")

    assert known_facts.other_contents == ()
    assert [(one.participant, one.task, one.protocol_sha256) for one in known_facts.sessions] == [
        ("01", "facial-mimicry", helpers.SHA256)
    ]
    for inside in ("sourcedata", "derivatives/mimicry", "new"):
        (problem,) = find_rule_problems(
            replace(data_set_facts(tmp_path / "data" / inside), sessions=(), other_contents=()), planned()
        )
        assert "is inside the data set" in problem.message


@pytest.mark.parametrize(
    ("participant", "partner", "expected"),
    [
        ("07", "08", []),
        ("08", "40", []),
        ("07", "8", ["number"]),
        ("8", "41", ["number"]),
        ("07", "7", ["number"]),
        ("07", "B2", [None]),
        ("b3", "B3", [None]),
    ],
)
def test_the_id_of_a_partner_is_not_written_in_another_way(
    participant: str, partner: str, expected: list[str | None]
) -> None:
    """Else the refusals of this person are those of another one."""
    before = facts(replace(known("07"), partner="08"), known("b2"))

    assert words(before, replace(planned(participant), partner=partner)) == expected


DAY_S = 86400.0
NOON_S = 1_790_000_000.0 - 1_790_000_000.0 % DAY_S + DAY_S / 2
"""Noon of some day in UTC; half a day from midnight also in most other time zones."""


def later_session(
    days: float, *, earliest: int | None = 6, latest: int | None = 8
) -> tuple[DataSetFacts, PlannedSession]:
    before = facts(known("01", "pre", wall_s=NOON_S))
    gap = Gap("pre", earliest, latest)
    session = replace(planned("01", "post"), sessions=("pre", "post"), gap=gap, now_s=NOON_S + days * DAY_S)
    return before, session


@pytest.mark.parametrize(("days", "expected"), [(0, 1), (5, 1), (6, 0), (7, 0), (8, 0), (9, 1)])
def test_a_later_session_is_refused_outside_of_its_days(days: float, expected: int) -> None:
    assert words(*later_session(days)) == ["interval"] * expected


def test_days_of_the_calendar_count() -> None:
    """From the last minute of a day to the first of the sixth day after it are five days and two minutes."""
    midnight = datetime.fromtimestamp(NOON_S).replace(hour=23, minute=59).timestamp()
    before, session = later_session(0)
    before = facts(replace(before.sessions[0], wall_s=midnight))

    assert words(before, replace(session, now_s=midnight + 5 * DAY_S + 120)) == []
    assert words(before, replace(session, now_s=midnight + 5 * DAY_S)) == ["interval"]


def test_the_message_names_both_days_and_what_is_planned() -> None:
    (early,) = find_rule_problems(*later_session(2))
    first = datetime.fromtimestamp(NOON_S).date()
    assert early.message == (
        f"participant 01 had session pre 2 days ago, on {first}; session post is planned 6 to 8 days later, not before "
        f"{first + timedelta(6)}"
    )
    (late,) = find_rule_problems(*later_session(30, earliest=None))
    assert late.message.endswith(f"is planned at most 8 days later, at the latest on {first + timedelta(8)}")
    assert early.word == "interval"
    assert "interval" in ACCEPTABLE


def test_days_are_not_judged_without_the_earlier_session_or_in_a_pilot() -> None:
    before, session = later_session(2)
    assert "interval" not in words(facts(), session)
    assert words(before, replace(session, pilot=True)) == []
    assert words(before, replace(session, now_s=None)) == []
