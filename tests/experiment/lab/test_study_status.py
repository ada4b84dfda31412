"""The state of a study: every state of a session, who comes next, and when."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from experiment.errors import ExperimentError
from experiment.lab.study_status import StudyStatus, study_status
from experiment.record.journal_lines import ClauseFacts, DeclinedLine, ExclusionLine, FaceCheckLine, NoteLine
from experiment.record.layout import SessionPlace
from experiment.record.lock import Holder, SessionLock
from experiment.record.recorder import Recorder
from experiment.record.remarks import add_remark
from experiment.record.session_status import SessionStatus
from tests.experiment.clocks import SetClock
from tests.experiment.record import helpers
from tests.experiment.running import run

PROTOCOL = """
protocol: 1
name: facial-mimicry
title: {en: A study}
sessions: [pre, post]
groups: {feedback: [none, live]}
days_between: {post: {earliest: 6, latest: 8}}
targets: {angry-face: {image: anger.png, expression: anger}, other: {image: anger.png, expression: anger}}
blocks:
  - {name: mimicry, kind: experiment, trials: [angry-face, other], repetitions: 3, order: williams, sessions: [pre]}
  - {name: more, kind: experiment, trials: [angry-face], only_for: {feedback: live}, sessions: [pre]}
  - {name: again, kind: experiment, trials: [angry-face], sessions: [post]}
"""


@pytest.fixture
def protocol(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "anger.png"), np.full((300, 300, 3), 90, np.uint8))
    file = tmp_path / "study.yaml"
    file.write_text(PROTOCOL, encoding="utf-8")
    return file


def record(tmp_path: Path, participant: str, session: str = "pre", *, trials: int = 5, end: str = "complete") -> None:
    """Record a session with some trials; ``end`` is the reason of its end, or ``""`` for a crash."""
    clock = SetClock(50.0)
    header = replace(helpers.header(tmp_path, participant=participant, session=session), groups={"feedback": "live"})
    recorder = Recorder.start(tmp_path / "data", header, clock=clock)
    for trial in helpers.TRIALS[:trials]:
        helpers.record_trial(recorder, trial, clock)
        recorder.write(FaceCheckLine(trial, 1, int(trial != "t01"), ()))
    if end == "declined":
        recorder.write(DeclinedLine("film", "consent", ClauseFacts("film", "5f", recording=True, required=True)))
    if end:
        recorder.close(complete=end == "complete", reason=end)
        return
    recorder.flush()
    recorder._writer.stop()
    recorder._journal.close()
    held = json.loads(recorder._lock.path.read_text())
    recorder._lock.release()
    recorder.place.lock.write_text(json.dumps(held | {"pid": 1 << 22}))


def place(tmp_path: Path, participant: str, session: str = "pre") -> SessionPlace:
    return SessionPlace(tmp_path / "data", participant, session)


def states(found: StudyStatus) -> dict[str, list[str]]:
    return {one.participant: [session.state for session in one.sessions] for one in found.participants}


def status_of(found: StudyStatus, participant: str) -> SessionStatus:
    return next(one for one in found.participants if one.participant == participant).sessions[0]


def test_each_state_with_its_reason(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01")
    record(tmp_path, "02", trials=2, end="ended")
    record(tmp_path, "03", trials=1, end="")
    record(tmp_path, "04", trials=0, end="declined")
    record(tmp_path, "05")
    record(tmp_path, "06")
    add_remark(place(tmp_path, "05"), ExclusionLine("wrong glasses", "session"))
    add_remark(place(tmp_path, "06"), ExclusionLine("moved away", "participant"))

    with SessionLock(place(tmp_path, "02").lock):
        running = study_status(tmp_path / "data", protocol)
    found = study_status(tmp_path / "data", protocol)

    assert states(running)["02"] == ["running", "due"]
    assert states(found) == {
        "01": ["complete", "due"],
        "02": ["interrupted", "due"],
        "03": ["interrupted", "due"],
        "04": ["declined", "due"],
        "05": ["excluded", "due"],
        "06": ["excluded", "excluded"],
    }
    assert status_of(found, "02").reason == "ended at the pause screen"
    assert status_of(found, "03").reason == "the program or the computer stopped without warning"
    assert status_of(found, "04").reason.startswith("consent was declined at ")
    assert status_of(found, "05").reason == "wrong glasses"
    assert found.counts == {"complete": 1, "due": 5, "interrupted": 2, "declined": 1, "excluded": 3}


def test_trials_done_planned_measurable_and_excluded(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01", trials=3, end="ended")
    add_remark(place(tmp_path, "01"), ExclusionLine("sneezed", "trial", "t02"))
    add_remark(place(tmp_path, "01"), NoteLine("late"))

    one = status_of(study_status(tmp_path / "data", protocol), "01")

    assert (one.trials_done, one.trials_planned) == (3, 7), "six trials of everybody, one of the group"
    assert (one.measurable, one.excluded_trials, one.notes) == (1, 1, 1), "t01 has no face, t02 does not count"


def test_the_lock_of_a_dead_process_and_of_another_start_of_the_computer_is_not_running(
    tmp_path: Path, protocol: Path
) -> None:
    record(tmp_path, "01", trials=1, end="")
    lock = place(tmp_path, "01").lock
    now = Holder.current()
    for holder, state in ((now, "running"), (replace(now, boot="before"), "interrupted")):
        lock.write_text(json.dumps({name: getattr(holder, name) for name in ("host", "pid", "boot", "since")}))
        assert status_of(study_status(tmp_path / "data", protocol), "01").state == state
    other = {"host": now.host, "pid": now.pid, "boot": now.boot, "since": "2001-01-01T10:00:00+0000"}
    lock.write_text(json.dumps(other))
    assert status_of(study_status(tmp_path / "data", protocol), "01").state == "interrupted", "the number is reused"


def test_the_next_participant_is_the_first_planned_one_without_a_session(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01")
    with (tmp_path / "data/participants.tsv").open("a") as table:
        table.write("sub-08\nsub-05\n")

    found = study_status(tmp_path / "data", protocol)

    assert found.next is not None
    assert (found.next.participant, found.next.session) == ("05", "pre")
    assert states(found) == {"01": ["complete", "due"], "05": ["due", "due"], "08": ["due", "due"]}


def test_the_next_number_has_its_group_and_order(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "001")

    found = study_status(tmp_path / "data", protocol).next

    assert found is not None
    assert found.participant == "002"
    assert found.groups["feedback"] in ("none", "live")
    assert found.orders == ("mimicry: order 1 of 2",), "the first of its group"


def test_a_stratum_that_must_be_named_is_said(tmp_path: Path, protocol: Path) -> None:
    protocol.write_text(PROTOCOL + "allocation: {strata: {sex: [female, male]}}\n", encoding="utf-8")

    found = study_status(tmp_path / "data", protocol).next

    assert found is not None
    assert found.participant == "01"
    assert found.needs == "participant 01 needs --stratum sex=LEVEL, one of female, male"


def test_days_since_and_the_days_on_which_the_next_session_is_planned(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01")
    begun = datetime.now()

    found = study_status(tmp_path / "data", protocol, now_s=begun.timestamp() + 3 * 86400)

    (participant,) = found.participants
    assert participant.days_since == 3
    assert participant.next_session == "post"
    assert participant.due is not None
    assert participant.due.earliest is not None
    assert participant.due.latest is not None
    assert (participant.due.earliest - begun.date()).days == 6
    assert (participant.due.latest - begun.date()).days == 8
    assert isinstance(participant.due.latest, date)


def test_a_journal_that_cannot_be_read_stops_nothing(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01")
    record(tmp_path, "02")
    journal = place(tmp_path, "01").journal
    journal.write_text(journal.read_text().replace('"onset_s"', '"onset"', 1))

    found = study_status(tmp_path / "data", protocol)

    assert states(found) == {"01": ["interrupted", "due"], "02": ["complete", "due"]}
    assert "lacks or garbles" in status_of(found, "01").reason


def test_a_status_follows_its_journal(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01")
    assert status_of(study_status(tmp_path / "data", protocol), "01").notes == 0
    add_remark(place(tmp_path, "01"), NoteLine("late"))
    assert status_of(study_status(tmp_path / "data", protocol), "01").notes == 1


def test_without_the_protocol_the_sessions_are_listed_and_the_reason_is_said(tmp_path: Path) -> None:
    record(tmp_path, "01")

    found = study_status(tmp_path / "data")

    assert states(found) == {"01": ["complete"]}
    assert found.next is None
    assert "protocol.yaml any more; name it with --protocol" in found.problems[0]


def test_a_named_protocol_with_errors_is_refused(tmp_path: Path, protocol: Path) -> None:
    protocol.write_text("protocol: 1\n", encoding="utf-8")

    with pytest.raises(ExperimentError, match="blocks"):
        study_status(tmp_path / "data", protocol)


def test_the_command_prints_a_table_the_next_participant_and_how_to_continue(tmp_path: Path, protocol: Path) -> None:
    record(tmp_path, "01", trials=2, end="ended")

    done = run("status", tmp_path / "data", "--protocol", protocol)

    assert done.status == 0
    lines = done.out.splitlines()
    assert lines[0] == "A study: 1 participant; sessions: 1 interrupted, 1 due"
    assert lines[2].split()[:7] == ["01", "live", "pre", "interrupted", "2", "of", "7"]
    assert lines[4].startswith("next participant: 02, session pre, feedback ")
    assert lines[5].startswith("continue sub-01_ses-pre with: ")
    assert lines[5].endswith(f"resume --dataset {tmp_path / 'data'} --participant 01 --session pre")
    data = json.loads(run("status", tmp_path / "data", "--protocol", protocol, "--json").out)
    assert data["participants"][0]["sessions"][0]["state"] == "interrupted"
    assert data["counts"] == {"interrupted": 1, "due": 1}


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    done = run("status", tmp_path / "nowhere")

    assert done.status == 1
    assert "there is no data set at" in done.err
