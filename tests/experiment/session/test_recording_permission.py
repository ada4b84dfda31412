"""Without agreement to being filmed, no frame is kept, passed on or shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiment.camera.handover import FrameHandlers
from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.commands.run import print_report
from experiment.display.opening import verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.errors import SessionError
from experiment.lab.session_checks import ensure_not_recorded
from experiment.lab.session_options import SessionReport
from experiment.ports.camera import CameraFrame, FrameTime
from experiment.ports.display import Flip
from experiment.ports.recording_permission import RecordingPermission
from experiment.protocol.plan import Calibration, Clause, Consent, Feedback, Step
from experiment.record.consent.at_start import declined_sentence
from experiment.screens.screen import Screen
from tests.experiment.devices import ClockCamera, texts_of
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.simulated_run import Run, run_script

CONSENT = Consent(
    "consent",
    "consent",
    "",
    "Text",
    (Clause("part", "Take part?"), Clause("film", "Film me?", required=False, recording=True)),
)


def steps_with(tmp_path: Path, *first: Step, **changes: object) -> tuple[Step, ...]:
    targets = make_targets(tmp_path / "targets")
    return (
        *first,
        Calibration("baseline", "baseline", "Calm face", None, 3),
        make_trial(targets[0], 0, **changes),
        make_trial(targets[1], 1),
    )


def run_answering(tmp_path: Path, steps: tuple[Step, ...], answers: dict[str, str], **more: Any) -> Run:
    """Answer the clauses by the words on the screen."""
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        for words, key in answers.items():
            if words in texts_of(screen):
                keyboards[0].press(key, flip.time_s + 0.1)
                return True
        return False

    return run_script(make_plan(tmp_path, steps), tmp_path, script, keyboards, **more)


def pictures(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "data").rglob("*") if path.suffix in (".png", ".age", ".mkv", ".mp4")]


def camera_pictures(tmp_path: Path) -> list[Path]:
    return [path for path in pictures(tmp_path) if "stimuli" not in path.parts]


def test_refused_recording_keeps_no_frame_and_the_session_goes_on(tmp_path: Path) -> None:
    cameras: list[ClockCamera] = []
    steps = steps_with(tmp_path, CONSENT)

    done = run_answering(tmp_path, steps, {"Take part?": "y", "Film me?": "n"}, cameras=cameras)

    assert done.ending == "complete"
    assert camera_pictures(tmp_path) == []
    assert [trial.outcome for trial in done.history.trials] == ["response", "response"]
    assert [trial.problem for trial in done.history.trials] == ["recording-refused"] * 2
    assert cameras[0].closed
    assert ("skipped", {"step": "baseline", "reason": "recording-refused"}) in done.events
    states = [data for event, data in done.events if event == "recording-permission"]
    assert states == [{"state": "pending", "source": ""}, {"state": "refused", "source": "consent"}]
    assert "calibration" not in done.participant.screen_kinds
    table = next((tmp_path / "data").rglob("*_events.tsv")).read_text()
    assert table.count("recording-refused") == 2


def test_refused_recording_leaves_trials_with_live_feedback_out(tmp_path: Path) -> None:
    steps = steps_with(tmp_path, CONSENT, kind="training", feedback=Feedback())

    done = run_answering(tmp_path, steps, {"Take part?": "y", "Film me?": "n"})

    assert [trial.id for trial in done.history.trials] == ["trial-01"]
    assert ("skipped", {"step": "trial-00", "reason": "recording-refused"}) in done.events


def test_agreed_recording_keeps_frames(tmp_path: Path) -> None:
    done = run_answering(tmp_path, steps_with(tmp_path, CONSENT), {"Take part?": "y", "Film me?": "y"})

    assert len(camera_pictures(tmp_path)) == 3 + 2 * 6
    assert [trial.problem for trial in done.history.trials] == [None, None]


def test_before_the_consent_is_answered_no_frame_is_kept(tmp_path: Path) -> None:
    done = run_answering(tmp_path, (*steps_with(tmp_path), CONSENT), {"Take part?": "y", "Film me?": "y"})

    assert done.ending == "complete"
    assert camera_pictures(tmp_path) == []
    assert {trial.problem for trial in done.history.trials} == {"consent-pending"}


def test_a_later_agreement_does_not_undo_a_refusal(tmp_path: Path) -> None:
    again = Consent("again", "again", "", "Text", (Clause("film2", "Film me now?", required=False, recording=True),))
    steps = steps_with(tmp_path, CONSENT, again)

    run_answering(tmp_path, steps, {"Take part?": "y", "Film me?": "n", "Film me now?": "y"})

    assert camera_pictures(tmp_path) == []


@pytest.mark.parametrize("state", ["pending", "refused"])
def test_the_camera_passes_no_frame_on_without_permission(state: Any) -> None:
    clock = VirtualClock()
    frames: list[CameraFrame] = []
    times: list[FrameTime] = []
    handlers = FrameHandlers(on_frame=frames.append, on_times=times.extend, permission=RecordingPermission(state))
    camera = CameraThread(ClockCamera(clock), clock=clock, rate_hz=30, handlers=handlers)

    request = camera.capture(clock.now() + 0.5, before=2, after=2)
    clock.sleep_until(clock.now() + 2.0)

    assert camera.state().frames > 20
    assert camera.state().usable
    assert camera.latest() is None
    assert camera.collect(5, from_s=0.0) == []
    assert request.result().frame is None
    clock.release()
    camera.close()
    assert (frames, times) == ([], [])


def test_a_frame_from_before_the_agreement_is_not_covered() -> None:
    permission = RecordingPermission("pending")
    permission.grant(10.0, source="consent")

    assert not permission.covers(9.99)
    assert permission.covers(10.0)


def test_a_later_refusal_says_that_what_was_recorded_is_kept(tmp_path: Path) -> None:
    """A second consent is declined after trials."""
    again = Consent("again", "again", "", "Text", (Clause("keep", "Keep going?"),))
    shown: list[str] = []
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        shown.append(texts_of(screen))
        answers = {"Take part?": "y", "Film me?": "y", "Keep going?": "n"}
        keys = [key for words, key in answers.items() if words in shown[-1]]
        for key in keys:
            keyboards[0].press(key, flip.time_s + 0.1)
        return bool(keys)

    done = run_script(make_plan(tmp_path, (*steps_with(tmp_path, CONSENT), again)), tmp_path, script, keyboards)

    assert done.ending == "declined"
    assert done.history.kept == ["15 camera frames", "2 trials", "2 answers"]
    assert "What was recorded before is kept." in shown[-1]
    assert declined_sentence(done.history).endswith(
        "recorded before and kept: 15 camera frames, 2 trials, 2 answers (`run_experiment.py forget` deletes a "
        "participant)"
    )


def test_run_does_not_advise_to_resume_a_declined_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Terminal and refusal say when it was declined and what is stored."""
    plan = make_plan(tmp_path, steps_with(tmp_path, CONSENT))
    keyboards: list[SimulatedKeyboard] = []

    def script(screen: Screen, flip: Flip) -> bool:
        if "Take part?" in texts_of(screen):
            keyboards[0].press("n", flip.time_s + 0.1)
            return True
        return False

    done = run_script(plan, tmp_path, script, keyboards)
    verdict = verify_display(SimulatedDisplay(VirtualClock()), plan.display, clock=VirtualClock())
    print_report(SessionReport("declined", done.history.place, verdict, done.totals), tmp_path / "data")
    printed = capsys.readouterr().out

    assert "consent was declined at " in printed
    assert "no camera frame is recorded, only the answers to this consent" in printed
    with pytest.raises(SessionError, match=r"consent was declined at .*choose another participant id") as refused:
        ensure_not_recorded(tmp_path / "data", plan)
    for text in (printed, str(refused.value)):
        assert "resume" not in text
