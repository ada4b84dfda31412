"""A participant is asked after the trials whether the recording may be used: a no deletes it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiment.lab.session_options import Options, ResumableSession, SessionReport
from experiment.ports.display import Flip
from experiment.protocol.plan import CameraSettings, Clause, Consent, SessionPlan
from experiment.record.consent.at_start import consent_at_start
from experiment.record.consent.withdrawal import finish_deletion
from experiment.record.deletion import forget
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.received import ReceivedFrames
from experiment.record.history import read_history
from experiment.record.journal_lines import FilmEndLine, RecordingsDeletedLine, TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.record.sessions import session_record
from experiment.record.verification import Verification, verify_session
from experiment.screens.screen import Screen
from tests.experiment.devices import Participant, texts_of
from tests.experiment.lab.test_filming import run
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.record.helpers import validate

USE = Consent("use", "use", "", "The film was about mimicry.", (Clause("use", "May it be used?", False, use=True),))


def plan_with_debriefing(folder: Path) -> SessionPlan:
    targets = make_targets(folder / "targets")
    steps = (
        make_trial(targets[0], 0, film=True),
        make_trial(targets[1], 1, kind="viewing", film=True, target_frames=60, timeout_frames=None, respond_keys=()),
        USE,
    )
    return make_plan(folder, steps, camera=CameraSettings((64, 48), 30.0, 1, 1))


def asked(act: Any) -> Any:
    """A participant who presses a key, or does something else, when asked."""

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "May it be used?" not in texts_of(screen):
            return False
        if callable(act):
            act()
        else:
            participant.press(act, flip.time_s + 0.1)
        return True

    return on_screen


def left(dataset: Path) -> list[str]:
    """Frames, films and results in a data set, without stimuli."""
    return [
        path.relative_to(dataset).as_posix()
        for path in sorted(dataset.rglob("*"))
        if path.is_file() and path.suffix in (".png", ".mp4", ".json", ".csv")
        if not {"stimuli", "beh"} & set(path.parts)
        if path.name not in ("dataset_description.json", "participants.json")
    ]


def differences(place: SessionPlace) -> list[str]:
    found = Verification(place.dataset)
    verify_session(place, found)
    return [f"{one.check}: {one.message}" for one in found.differences]


def kill() -> None:
    raise KeyboardInterrupt


def stopped_at_the_question(tmp_path: Path) -> tuple[SessionPlan, SessionPlace]:
    plan = plan_with_debriefing(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(plan, tmp_path / "data", on_screen=asked(kill))
    return plan, SessionPlace(tmp_path / "data", "01", None)


def test_yes_keeps_everything(tmp_path: Path) -> None:
    report = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("y"))

    history = read_history(report.place)
    assert (history.use_refused, history.use_is_open) == (False, False)
    assert len(history.film) == 1
    record = session_record(history)
    assert record.withheld == ""
    assert {file.name for file in record.hashes if file.parent == report.place.film} == {
        "part-01.mp4",
        "part-01_frames.tsv",
    }
    assert differences(report.place) == []


def test_no_deletes_film_frames_and_results_and_keeps_their_hashes(tmp_path: Path) -> None:
    dataset = tmp_path / "data"
    results = dataset / "derivatives" / "mimicry" / "sub-01" / "landmarks" / "a.json"
    others = dataset / "derivatives" / "mimicry" / "sub-02" / "landmarks" / "b.json"
    shared = dataset / "derivatives" / "mimicry" / "report.csv"
    pooled = dataset / "derivatives" / "my-statistics" / "group.csv"

    def answer(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "May it be used?" in texts_of(screen):
            for file in (results, others, shared, pooled):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("{}")
            frame = next((dataset / "sourcedata" / "sub-01" / "frames").rglob("*.png"))
            shutil.copy(frame, dataset / "holiday.png")
            participant.press("n", flip.time_s + 0.1)
            return True
        return False

    report = run(plan_with_debriefing(tmp_path), dataset, on_screen=answer)

    assert left(dataset) == ["derivatives/mimicry/sub-02/landmarks/b.json", "derivatives/my-statistics/group.csv"]
    (line,) = read_lines(report.place.journal, RecordingsDeletedLine)
    hashes = {file.file: file.sha256 for file in line.files}
    (film,) = read_lines(report.place.journal, FilmEndLine)
    kept = [frame for trial in read_lines(report.place.journal, TrialLine) for frame in trial.frames]
    assert kept
    assert {frame.file: frame.sha256 for frame in kept}.items() <= hashes.items()
    assert {film.files[0].file, film.table.file, "holiday.png"} <= set(hashes)
    assert line.failed == ()
    history = read_history(report.place)
    assert [trial.problem for trial in history.trials] == ["use-refused", "use-refused"]
    assert history.complete
    assert differences(report.place) == []


def test_tables_and_columns_say_that_the_recording_was_deleted(tmp_path: Path) -> None:
    report = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n"))

    record = session_record(read_history(report.place))
    assert record.withheld == "the participant did not agree to the use of the recording, so it was deleted"
    assert record.withheld in record.warnings
    assert [(trial.frame, trial.filmed) for trial in record.trials] == [(None, None), (None, False)]
    assert {trial.no_frame_message for trial in record.trials} == {record.withheld}
    events = next(report.place.behaviour.glob("*_events.tsv")).read_text()
    assert "use-refused" in events
    assert "frames/" not in events
    assert validate(report.place.dataset)[0] == []


def test_without_an_answer_nothing_of_the_recording_is_used(tmp_path: Path) -> None:
    plan, place = stopped_at_the_question(tmp_path)

    history = read_history(place)
    record = session_record(history)
    assert history.use_is_open
    assert record.withheld == "the participant was not asked yet whether the recording may be used"
    assert {trial.frame for trial in record.trials} == {None}
    assert len([name for name in left(place.dataset) if name.endswith((".png", ".mp4"))]) > 1, "nothing is deleted"

    run(plan, place.dataset, on_screen=asked("y"), resume=ResumableSession(plan, Options()))

    record = session_record(read_history(place))
    assert record.withheld == ""
    assert record.trials[0].frame is not None


def test_a_no_that_was_followed_by_a_crash_is_carried_out_later(tmp_path: Path, monkeypatch: Any) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("experiment.lab.session_setup.delete_refused", crash_on_second(crash))
    with pytest.raises(KeyboardInterrupt):
        run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n"))
    place = SessionPlace(tmp_path / "data", "01", None)
    assert any(name.endswith(".mp4") for name in left(place.dataset))
    assert any("`mimicry rebuild` deletes it" in message for message in differences(place))
    assert {trial.frame for trial in session_record(read_history(place)).trials} == {None}

    said: list[str] = []
    finish_deletion(place.dataset, said.append)

    assert left(place.dataset) == []
    assert said
    assert said[0].startswith("sub-01: the participant did not agree to the use of the recording")
    assert [one for one in differences(place) if not one.startswith("journal: ")] == []
    finish_deletion(place.dataset, said.append)
    assert len(said) == 1, "nothing is left to do"


def crash_on_second(crash: Any) -> Any:
    """Crash at the end of the session; at its beginning there is nothing to delete."""
    calls: list[object] = []

    def act(recorder: object) -> None:
        calls.append(recorder)
        if len(calls) == 2:
            crash()

    return act


def test_a_deletion_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    """Half of the files are gone, and no line says so."""
    plan = plan_with_debriefing(tmp_path)
    monkeypatch.setattr("experiment.lab.session_setup.delete_refused", lambda _: None)
    report: SessionReport = run(plan, tmp_path / "data", on_screen=asked("n"))
    place = report.place
    frames = sorted(place.frames.rglob("*.png"))
    for file in frames[: len(frames) // 2]:
        file.unlink()

    finish_deletion(place.dataset, lambda _: None)

    assert left(place.dataset) == []
    (line,) = read_lines(place.journal, RecordingsDeletedLine)
    assert {file.relative_to(place.dataset).as_posix() for file in frames} <= {file.file for file in line.files}
    assert differences(place) == []


def test_after_a_no_a_resumed_session_is_not_filmed(tmp_path: Path) -> None:
    report = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n"))
    plan = plan_with_debriefing(tmp_path)

    assert consent_at_start(plan, report.place.dataset).state == "refused"
    other = replace(plan, session="post")
    assert consent_at_start(other, report.place.dataset).state == "not-asked", "it is about this session only"


def test_forget_deletes_a_withdrawn_session_as_any_other(tmp_path: Path) -> None:
    report = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n"))

    forget(report.place.dataset, "01")

    assert not report.place.journal.exists()


def test_no_deletes_the_film_of_a_second_person_as_well(tmp_path: Path) -> None:
    place = SessionPlace(tmp_path / "data", "01", None)

    def answer(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "May it be used?" not in texts_of(screen):
            return False
        folder = place.film_of("partner")
        folder.mkdir()
        (folder / "part-01.mp4").write_bytes(b"film")
        participant.press("n", flip.time_s + 0.1)
        return True

    run(plan_with_debriefing(tmp_path), place.dataset, on_screen=answer)

    assert not any(folder.exists() for folder in place.films)


def test_a_damaged_journal_stops_neither_the_deletion_of_others_nor_a_session(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("experiment.lab.session_setup.delete_refused", lambda _: None)
    run(replace(plan_with_debriefing(tmp_path), participant="02"), tmp_path / "data", on_screen=asked("n"))
    damaged = SessionPlace(tmp_path / "data", "01", None)
    damaged.journal.parent.mkdir()
    damaged.journal.write_bytes(b'{"use": true\n{"n": 5}\n')

    said: list[str] = []
    finish_deletion(tmp_path / "data", said.append)

    assert said[0].startswith("sub-01: whether its recording must be deleted cannot be found out")
    assert said[1].startswith("sub-02: the participant did not agree")
    assert left(tmp_path / "data") == []


def test_a_no_that_was_edited_into_a_yes_does_not_count(tmp_path: Path, monkeypatch: Any) -> None:
    """The recording is still there, for example because the computer stopped before its deletion."""
    monkeypatch.setattr("experiment.lab.session_setup.delete_refused", lambda _: None)
    place = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n")).place
    text = place.journal.read_text()
    place.journal.write_text(text.replace('"agreed":false', '"agreed":true').replace('"use":"no"', '"use":"yes"'))

    history = read_history(place)
    record = session_record(history)

    assert (history.use_refused, history.use_is_open) == (False, False)
    assert record.withheld == "the journal was changed, so it is not certain that the recording may be used"
    assert {trial.frame for trial in record.trials} == {None}
    assert any("until the journal is restored, nothing of it is used" in warning for warning in record.warnings)


@pytest.mark.parametrize("is_copied_before", [True, False])
def test_a_no_deletes_copies_of_the_session_that_come_back_later(
    tmp_path: Path, monkeypatch: Any, *, is_copied_before: bool
) -> None:
    """A folder that was restored from a backup is a copy of the session, with or without the refusal."""
    plan, place = stopped_at_the_question(tmp_path)
    backup = tmp_path / "backup"
    if is_copied_before:
        shutil.copytree(place.source, backup)
    with monkeypatch.context() as patch:
        patch.setattr("experiment.lab.session_setup.delete_refused", lambda _: None)
        run(plan, place.dataset, on_screen=asked("n"), resume=ResumableSession(plan, Options()))
    if not is_copied_before:
        shutil.copytree(place.source, backup)
    finish_deletion(place.dataset, lambda _: None)
    copy = SessionPlace(place.dataset, "11", None)
    shutil.copytree(backup, copy.source)
    assert any(name.endswith(".mp4") for name in left(place.dataset))

    said: list[str] = []
    finish_deletion(place.dataset, said.append)

    assert left(place.dataset) == []
    assert len(said) == 1
    assert said[0].startswith("sub-11: the participant did not agree to the use of the recording")
    assert not copy.behaviour.exists()


def test_deletion_waits_for_the_process_that_encodes_the_film(tmp_path: Path, monkeypatch: Any) -> None:
    """It outlives a session that was killed; what it writes later would stay."""
    monkeypatch.setattr("experiment.lab.session_setup.delete_refused", lambda _: None)
    monkeypatch.setattr("experiment.record.film.completion._PATIENCE_S", 0.1)
    place = run(plan_with_debriefing(tmp_path), tmp_path / "data", on_screen=asked("n")).place
    writing = ReceivedFrames(place.film, 7, inside=place.dataset, encoder=os.getpid())
    writing.add([FrameNote(1, 1.0, "arrival", None, "")])

    said: list[str] = []
    finish_deletion(place.dataset, said.append)
    assert "another process still writes the film" in said[0]
    assert place.film.is_dir()

    writing.close()
    next(place.film.glob("*_received.tsv")).unlink()
    finish_deletion(place.dataset, said.append)
    assert left(place.dataset) == []
