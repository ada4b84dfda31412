"""A complete hold has a sound; other ends of a training trial, and sessions without a sound device, have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiment.clock import MonotonicClock, VirtualClock
from experiment.errors import SoundError
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.lab.session_options import Options
from experiment.lab.session_setup import open_sound
from experiment.ports.display import Flip
from experiment.protocol.plan import Feedback, Hold, SessionPlan
from experiment.record.history import RecordedTrial, read_history
from experiment.screens.moving_targets import SOUND_RATE_HZ
from experiment.screens.screen import Screen
from experiment.screens.sounds import AMPLITUDE, SUCCESS_HZ, success_sound
from tests.experiment.devices import Participant
from tests.experiment.feedback.fakes import ColourMeasurer
from tests.experiment.plans import make_plan, make_targets, make_trial
from tests.experiment.session.training_run import run_training
from tests.experiment.sounds import SimulatedSound

HELD, TOO_HIGH = Hold(0.4, 30), Hold(0.9, 30)
"""A hold that the camera's face reaches, and one that it does not."""


def held_plan(folder: Path, *, hold: Hold = HELD, feedback: Feedback | None = None) -> SessionPlan:
    """One training trial of two seconds at most."""
    targets = make_targets(folder / "targets", ("anger",))
    trial = make_trial(targets[0], 0, kind="training", feedback=feedback or Feedback(), hold=hold)
    return make_plan(folder, (trial,), targets=targets)


def train(
    plan: SessionPlan, folder: Path, *, presses: bool = False, has_sound: bool = True
) -> tuple[RecordedTrial, SimulatedSound | None]:
    made: list[SimulatedSound] = []

    def press(screen: Screen, flip: Flip, participant: Participant) -> bool:
        if screen.kind == "feedback" and presses and not participant.pressed_s:
            participant.press("space", flip.time_s + 0.2)
        return False

    def device(clock: VirtualClock) -> SimulatedSound:
        made.append(SimulatedSound(clock))
        return made[0]

    report = run_training(
        plan,
        folder / "data",
        lambda clock: SynchronousMeasuring(ColourMeasurer(), clock=clock),
        on_screen=press,
        sound=device if has_sound else None,
    )
    (trial,) = read_history(report.place).trials
    return trial, made[0] if made else None


def test_a_complete_hold_has_a_sound_right_after_it(tmp_path: Path) -> None:
    trial, sound = train(held_plan(tmp_path), tmp_path)

    assert sound is not None
    assert (trial.outcome, trial.details["locked_by"]) == ("response", "hold")
    assert np.array_equal(sound.loaded[-1], success_sound())
    shown_s = trial.offset_s - trial.onset_s
    assert trial.details["success_sound_s"] == pytest.approx(shown_s, abs=0.02)
    assert sound.time_of("start") - sound.time_of("load") > shown_s, "it is loaded before the target"


@pytest.mark.parametrize(("hold", "presses", "outcome"), [(TOO_HIGH, True, "response"), (TOO_HIGH, False, "timeout")])
def test_a_key_press_and_a_time_out_have_no_sound(tmp_path: Path, hold: Hold, presses: bool, outcome: str) -> None:
    trial, sound = train(held_plan(tmp_path, hold=hold), tmp_path, presses=presses)

    assert sound is not None
    assert trial.outcome == outcome
    assert "start" not in [name for name, _ in sound.calls]
    assert "success_sound_s" not in trial.details


def test_a_protocol_can_switch_the_sound_off(tmp_path: Path) -> None:
    plan = held_plan(tmp_path, feedback=Feedback(sound=False))
    _, sound = train(plan, tmp_path)

    assert sound is not None
    assert sound.calls == []
    assert open_sound(plan, Options(), clock=MonotonicClock()) is None


def test_a_session_without_a_sound_device_has_no_sound_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = held_plan(tmp_path)
    trial, _ = train(plan, tmp_path, has_sound=False)
    assert trial.outcome == "response"
    assert "success_sound_s" not in trial.details

    def refuse(*_: object) -> None:
        raise SoundError("no sound can be played")

    monkeypatch.setattr("experiment.display.ptb_sound.PtbSound.__init__", refuse)
    assert open_sound(plan, Options(), clock=MonotonicClock()) is None
    assert capsys.readouterr().err == ("sound: no sound can be played; complete holds have no sound in this session\n")


def test_the_sound_rises_from_one_tone_to_the_next() -> None:
    samples = success_sound()
    halves = np.split(samples[:, 0], 2)
    peaks_hz = [float(np.argmax(np.abs(np.fft.rfft(half)))) * SOUND_RATE_HZ / len(half) for half in halves]

    assert peaks_hz == pytest.approx(SUCCESS_HZ, abs=10.0)
    assert float(np.abs(samples).max()) == pytest.approx(AMPLITUDE, abs=0.01)
    assert np.array_equal(samples[:, 0], samples[:, 1])
