"""A session that films: the film, its lines in the journal, permission, interruption, and what follows."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab.session_options import OpenDevices, Options, ResumableSession, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.protocol.plan import Break, CameraSettings, Clause, Consent, SessionPlan, Step
from experiment.record.deletion import forget
from experiment.record.encryption import KEY_VARIABLE, make_key_pair
from experiment.record.errors import RecordError
from experiment.record.film.completion import film_parts
from experiment.record.film.reading import FilmPart, frames_of
from experiment.record.history import History, read_history
from experiment.record.journal import read_journal
from experiment.record.layout import SessionPlace
from experiment.record.session_timing import session_timing
from experiment.record.verification import Verification, verify_session
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera, Participant, texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.record.helpers import validate


class LargeClockCamera(ClockCamera):
    """Pictures large enough for a video."""

    def read(self) -> CameraFrame | None:
        frame = super().read()
        if frame is None:
            return None
        return replace(frame, image=frame.image.repeat(4, axis=0).repeat(4, axis=1))


def filmed_plan(folder: Path, *, whole_session: bool = False, consent: bool = False) -> SessionPlan:
    """Two filmed trials, a break, one without film; with consent to filming before them if asked for."""
    targets = make_targets(folder / "targets")
    clauses = (Clause("filming", "You are filmed.", required=False, recording=True),)
    steps: tuple[Step, ...] = (
        *((Consent("consent", "consent", "Consent", "Please read.", clauses),) if consent else ()),
        make_trial(targets[0], 0, film=True),
        make_trial(targets[1], 1, film=True),
        Break("rest", "rest", "Rest."),
        make_trial(targets[2], 2, film=whole_session),
    )
    camera = CameraSettings((64, 48), 30.0, 1, 1, film=whole_session)
    return make_plan(folder, steps, camera=camera)


def run(
    plan: SessionPlan, dataset: Path, *, on_screen: Any = None, resume: ResumableSession | None = None
) -> SessionReport:
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    participant = Participant(keyboard)

    def answer(screen: Screen, flip: Flip) -> bool:
        return on_screen is not None and bool(on_screen(screen, flip, participant))

    participant.on_screen = answer
    display = SimulatedDisplay(clock, observers=[participant])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    devices = OpenDevices(clock, opened, LargeClockCamera(clock))
    try:
        return record_session(plan, dataset, Options(), devices=devices, resume=resume)
    finally:
        clock.release()


def say(answer: str) -> Any:
    """A participant who answers the consent with a key."""

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if "You are filmed." in texts_of(screen):
            participant.press(answer, flip.time_s + 0.1)
            return True
        return False

    return on_screen


def rows_of(part: FilmPart, trial: str) -> list[float]:
    return [row.time_s for row in part.rows if row.trial_id == trial and row.time_s is not None]


def indices_are_complete(part: FilmPart, trials: set[str]) -> bool:
    indices = [row.index for row in part.rows if row.trial_id in trials]
    return indices == list(range(indices[0], indices[-1] + 1))


def raw_times(history: History, trial: int) -> tuple[float, float]:
    """Fixation and end of the target on the clock of the session."""
    one, shift_s = history.trials[trial], history.segments[-1].shift_s
    assert one.fixation_s is not None
    return one.fixation_s - shift_s, one.offset_s - shift_s


def test_filmed_trials_are_filmed_from_before_the_fixation_to_after_the_blank(tmp_path: Path) -> None:
    plan = filmed_plan(tmp_path)

    report = run(plan, tmp_path / "data")

    history = read_history(report.place)
    (part,) = film_parts(report.place.film)
    blank_s = plan.steps[0].inter_trial_frames / 60  # type: ignore[union-attr]
    for number in (0, 1):
        fixation_s, offset_s = raw_times(history, number)
        times_s = rows_of(part, f"trial-0{number}")
        assert times_s[0] < fixation_s + (0 if number == 0 else 1 / 30)
        assert times_s[-1] > offset_s + blank_s - 1.5 / 30
    assert indices_are_complete(part, {"trial-00", "trial-01"})
    assert {row.trial_id for row in part.rows} == {"trial-00", "trial-01"}
    (line,) = history.film
    assert line.frames == part.frames
    assert sum(line.lost.values()) == sum(part.lost.values())
    assert line.closed
    assert line.files[0].file == "sourcedata/sub-01/film/part-01.mp4"
    (begun,) = [entry for entry in read_journal(report.place.journal).entries if entry.event == "film-start"]
    assert begun.data["encoder"]["codec"] == "libx264"
    assert any(sentence.startswith("  film: ") for sentence in session_timing(report.place).sentences())


def test_a_whole_session_is_filmed_between_the_trials_too(tmp_path: Path) -> None:
    report = run(filmed_plan(tmp_path, whole_session=True), tmp_path / "data")

    (part,) = film_parts(report.place.film)
    assert indices_are_complete(part, {row.trial_id for row in part.rows})
    assert {row.trial_id for row in part.rows} == {"", "trial-00", "trial-01", "trial-02"}


def test_a_session_without_film_has_none(tmp_path: Path) -> None:
    report = run(make_plan(tmp_path), tmp_path / "data")

    assert not report.place.film.exists()
    assert read_history(report.place).film == []


@pytest.mark.parametrize("whole_session", [False, True])
def test_a_participant_who_refuses_to_be_filmed_is_not_filmed(tmp_path: Path, whole_session: bool) -> None:
    plan = filmed_plan(tmp_path, consent=True, whole_session=whole_session)

    report = run(plan, tmp_path / "data", on_screen=say("n"))

    assert report.ending == "complete"
    assert len(read_history(report.place).trials) == 3
    assert not report.place.film.exists()


def test_a_whole_session_is_filmed_from_the_consent_on(tmp_path: Path) -> None:
    plan = filmed_plan(tmp_path, consent=True, whole_session=True)

    report = run(plan, tmp_path / "data", on_screen=say("y"))

    history = read_history(report.place)
    agreed_s = next(answer.onset_s for answer in history.answers if answer.form == "consent")
    (part,) = film_parts(report.place.film)
    first_s = part.rows[0].time_s
    assert first_s is not None
    assert first_s + history.segments[0].shift_s >= agreed_s - 0.05
    assert indices_are_complete(part, {row.trial_id for row in part.rows})


def test_a_pause_interrupts_the_film_of_a_trial(tmp_path: Path) -> None:
    paused: list[float] = []

    def on_screen(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "target" and not paused:
            participant.press("escape", flip.time_s + 0.1)
            paused.append(flip.time_s)
            return True
        if screen.kind == "pause":
            participant.press("space", flip.time_s + 3.0)
            return True
        return False

    report = run(filmed_plan(tmp_path), tmp_path / "data", on_screen=on_screen)

    (part,) = film_parts(report.place.film)
    times_s = [row.time_s for row in part.rows if row.time_s is not None]
    gaps_s = [b - a for a, b in itertools.pairwise(times_s)]
    assert 2.0 < max(gaps_s) < 3.2
    assert sum(gap > 0.5 for gap in gaps_s) == 1


def test_a_resumed_session_continues_the_film_in_a_new_part(tmp_path: Path) -> None:
    plan = filmed_plan(tmp_path)

    def end(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "target" and len(participant.targets) == 2:
            participant.press("escape", flip.time_s + 0.1)
            return True
        if screen.kind == "pause":
            participant.press("q", flip.time_s + 0.1)
            participant.press("y", flip.time_s + 0.5)
            return True
        return False

    first = run(plan, tmp_path / "data", on_screen=end)
    assert first.ending == "ended"
    report = run(plan, tmp_path / "data", resume=ResumableSession(plan, Options()))

    history = read_history(report.place)
    one, two = film_parts(report.place.film)
    assert [line.part for line in history.film] == [1, 2]
    assert {row.trial_id for row in one.rows} == {"trial-00", "trial-01"}
    assert {row.trial_id for row in two.rows} == {"trial-01"}


def test_a_part_without_its_end_in_the_journal_is_completed_when_the_session_is_resumed(tmp_path: Path) -> None:
    plan = filmed_plan(tmp_path)

    def fail(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "target" and len(participant.targets) == 3:
            raise RecordError("as after a power cut")
        return False

    with pytest.raises(RecordError, match="power cut"):
        run(plan, tmp_path / "data", on_screen=fail)
    journal = tmp_path / "data" / "sourcedata" / "sub-01" / "journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    end = next(i for i, line in enumerate(lines) if b'"film-end"' in line)
    journal.write_bytes(b"".join(lines[:end]))

    report = run(plan, tmp_path / "data", resume=ResumableSession(plan, Options()))

    first = read_history(report.place).film[0]
    assert not first.closed
    assert first.frames == film_parts(report.place.film)[0].frames


def test_the_film_of_an_encrypted_session_is_encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key_pair(tmp_path / "key.txt", tmp_path / "key.pub")
    plan = filmed_plan(tmp_path)

    report = run(replace(plan, camera=replace(plan.camera, encrypt_for=key.text)), tmp_path / "data")

    (part,) = film_parts(report.place.film)
    assert part.frames > 0
    assert all(path.name.endswith(".mp4.age") for path in part.files)
    assert not list((tmp_path / "data").rglob("*.mp4"))
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "key.txt"))
    assert len(list(frames_of(part))) == part.frames


def test_a_data_set_with_a_film_is_valid_and_forgets_it(tmp_path: Path) -> None:
    run(filmed_plan(tmp_path), tmp_path / "data")

    assert validate(tmp_path / "data")[0] == []
    forget(tmp_path / "data", "01")

    assert list((tmp_path / "data").rglob("part-*")) == []


@pytest.mark.parametrize("damage", ["a byte", "a row", "missing", "another film"])
def test_verify_finds_a_film_that_was_changed(tmp_path: Path, damage: str) -> None:
    place = run(filmed_plan(tmp_path), tmp_path / "data").place
    video, table = place.film / "part-01.mp4", place.film / "part-01_frames.tsv"
    assert film_findings(place) == []

    if damage == "a byte":
        content = bytearray(video.read_bytes())
        content[-20] ^= 1
        video.write_bytes(content)
    elif damage == "a row":
        table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
    elif damage == "missing":
        video.unlink()
    else:
        (place.film / "part-07.mp4").write_bytes(b"film")

    expected = {"a byte": video, "a row": table, "missing": video, "another film": place.film / "part-07.mp4"}
    assert film_findings(place) == [expected[damage]]


def film_findings(place: SessionPlace) -> list[Path]:
    found = Verification(place.dataset)
    verify_session(place, found)
    return [difference.file for difference in found.differences if difference.check in ("film", "consent")]


def test_a_camera_that_is_unplugged_leaves_a_film_that_continues_when_it_is_back(tmp_path: Path) -> None:
    clock = VirtualClock()
    keyboard = SimulatedKeyboard(clock)
    first = LargeClockCamera(clock)

    def unplug(screen: Screen, flip: Flip) -> bool:
        if screen.target == "disgust" and first.gone is None:
            first.gone = (flip.time_s + 0.1, float("inf"))
            return True
        return False

    plan = filmed_plan(tmp_path)
    display = SimulatedDisplay(clock, observers=[Participant(keyboard, on_screen=unplug)])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    devices = OpenDevices(clock, opened, first, reopen_camera=lambda: LargeClockCamera(clock))
    try:
        report = record_session(plan, tmp_path / "data", Options(), devices=devices)
    finally:
        clock.release()

    (part,) = film_parts(report.place.film)
    times_s = [row.time_s for row in part.rows if row.time_s is not None]
    assert report.ending == "complete"
    assert len(list(frames_of(part))) == part.frames
    assert times_s == sorted(times_s)
    assert first.closed
    assert first.gone is not None
    assert times_s[0] < first.gone[0] < times_s[-1]
    assert {row.trial_id for row in part.rows} == {"trial-00", "trial-01"}
