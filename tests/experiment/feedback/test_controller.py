"""A training trial from the session's side, with a measurer that reads its numbers out of the picture's colour."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from experiment.clock import ManualClock
from experiment.feedback.controller import Training
from experiment.feedback.hint_forecast import SOME
from experiment.feedback.hold import Moment
from experiment.feedback.measuring import SynchronousMeasuring
from experiment.feedback.messages import FAULTS, LiveTarget, MeasurerInfo
from experiment.feedback.trial_state import NO_FEEDBACK, TrialState, progress_text
from experiment.ports.camera import CameraFrame
from experiment.ports.display import Flip
from experiment.protocol.plan import Feedback, Hold, Repetition, Trial
from experiment.record.journal_lines import LiveLine
from experiment.screens.screen import LiveImage, Screen, Text
from tests.experiment.feedback.fakes import EVERYTHING, ColourMeasurer, frame, plan_of, trial_of

FLIP_S = 1.0 / 60.0


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "smile.png"
    Image.new("RGB", (60, 60), "grey").save(path)
    return path


class Runner:
    """Runs one trial flip by flip, with a camera of 30 pictures a second."""

    def __init__(self, trial: Trial, *, language: str = "en") -> None:
        self.clock = ManualClock()
        self.measuring = SynchronousMeasuring(ColourMeasurer(), clock=self.clock)
        self.training = Training(plan_of(trial, language=language), self.measuring, clock=self.clock)
        self.training.begin(trial, self.clock.now())
        self.flips = 0
        self.moments: list[Moment] = []
        self.screens: list[Screen] = []
        self.columns: list[LiveLine] = []

    def run(self, seconds: float, camera: Callable[[float], CameraFrame | None]) -> Runner:
        for _ in range(round(seconds / FLIP_S)):
            if self.flips % 2 == 0:
                taken = camera(self.clock.now())
                if taken is not None:
                    self.training.offer(taken)
            self.screens.append(self.training.screen(self.clock.now()))
            self.clock.time_s += FLIP_S
            moment = self.training.flipped(Flip(self.flips, self.clock.now()))
            if moment is not None:
                self.moments.append(moment)
            self.columns += self.training.rows()
            self.flips += 1
        return self

    def camera(self, similarity: int = 50, *, fault: str | None = None) -> Callable[[float], CameraFrame]:
        return lambda time_s: frame(self.flips, time_s, similarity=similarity, fault=fault)

    @property
    def texts(self) -> list[str]:
        return [element.text for element in self.screens[-1].elements if isinstance(element, Text)]

    @property
    def number(self) -> str:
        """The similarity on the screen."""
        return "".join(text for text in self.texts if text.isdigit())


def test_the_gauge_climbs_calmly_to_what_is_measured(picture: Path) -> None:
    runner = Runner(trial_of(picture)).run(1.0, lambda time_s: frame(0, time_s, similarity=20))
    assert runner.number == "20"
    runner.run(0.2, runner.camera(80))
    on_its_way = int(runner.number)
    runner.run(2.0, runner.camera(80))

    assert 35 < on_its_way < 60
    assert runner.number == "80"


def test_the_similarity_of_a_still_face_is_reduced_on_the_screen_and_not_in_the_record(
    picture: Path,
) -> None:
    runner = Runner(trial_of(picture, hold=Hold(similarity=0.4, frames=60)))
    runner.run(2.0, lambda time_s: frame(runner.flips, time_s, similarity=60, blue=20))
    assert runner.number == "12"
    assert not runner.moments
    runner.training.answer(runner.clock.now())
    fields = runner.training.end()
    captured = runner.training.afterwards()

    assert fields["similarity"] == pytest.approx(0.6)
    assert captured is not None
    texts = [element.text for element in captured.elements if isinstance(element, Text)]
    assert "".join(text for text in texts if text.isdigit()) == "12"


def test_the_hint_names_what_is_missing_and_disappears_when_fulfilled(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.5, runner.camera(10))
    assert "Pull the mouth corners up" in runner.texts
    assert dict(runner.screens[-1].hint) == {"mouthSmileLeft": SOME, "mouthSmileRight": SOME}
    runner.run(4.0, runner.camera(80))

    assert "Very close" in runner.texts
    assert runner.screens[-1].hint == ()


def test_no_hint_is_shown_in_the_first_second(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(0.9, runner.camera(10))

    assert not any(screen.hint for screen in runner.screens)
    assert not {"Pull the mouth corners up", "Very close"} & set(runner.texts)


def test_a_hint_that_does_not_help_is_removed_without_very_close(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(6.0, runner.camera(10))

    assert any(screen.hint for screen in runner.screens)
    assert runner.screens[-1].hint == ()
    assert "Very close" not in runner.texts


def test_hints_are_in_the_language_of_the_plan(picture: Path) -> None:
    runner = Runner(trial_of(picture), language="ja")
    runner.run(1.5, runner.camera(10))

    assert "口角を上げてください" in runner.texts


def test_a_held_expression_locks_its_best_raw_moment(picture: Path) -> None:
    runner = Runner(trial_of(picture, hold=Hold(similarity=0.7, frames=60)))
    runner.run(0.5, runner.camera(20)).run(1.0, runner.camera(80))
    best_s = runner.clock.now()
    runner.run(FLIP_S, runner.camera(95)).run(1.5, runner.camera(80))

    assert len(runner.moments) == 1
    assert runner.moments[0] == Moment(best_s, 0.95, "hold")


def test_the_end_of_a_hold_by_time_keeps_the_best_moment_of_its_last_half_second(picture: Path) -> None:
    """No similarity ends it; the first repetition of the best face is too early to count."""
    held = replace(trial_of(picture, hold=Hold(None, 120, on_key=False)), repetition=Repetition(1, 3, 2, 5))
    runner = Runner(held)
    runner.run(1.0, runner.camera(99)).run(0.7, runner.camera(60))
    best_s = runner.clock.now()
    runner.run(FLIP_S, runner.camera(90)).run(0.3 - FLIP_S, runner.camera(70))
    moment = runner.training.answer(runner.clock.now(), by="time")
    fields = runner.training.end()

    assert not runner.moments
    assert moment == Moment(best_s, 0.9, "time")
    assert fields["locked_by"] == "time"
    assert fields["hold"] == {"similarity": None, "frames": 120, "on_key": False}
    assert {"Set 1 of 3, repetition 2 of 5", "Hold until the bar is full."} <= set(runner.texts)


def test_a_target_of_single_movements_shows_the_bars_of_these_movements_only(picture: Path) -> None:
    """The measurement sees a smile on both sides, but the target is drawn with the left one."""
    whole = trial_of(picture)
    drawn = replace(whole, target=replace(whole.target, units={"mouthSmileLeft": 0.8, "jawOpen": 0.0}))
    labels = [Runner(trial).run(0.5, lambda time_s: frame(0, time_s)).texts for trial in (whole, drawn)]

    assert {"mouth corner up, left", "mouth corner up, right"} <= set(labels[0])
    assert [text for text in labels[1] if text.startswith("mouth")] == ["mouth corner up, left"]


def test_there_is_no_bar_for_a_movement_that_landmarks_hardly_show(picture: Path) -> None:
    """The target presses the lips more than it smiles; only a target drawn with pressed lips shows that."""
    whole = trial_of(picture)
    drawn = replace(whole, target=replace(whole.target, units={"mouthPressLeft": 0.8}))
    units = ("mouthSmileLeft", "mouthPressLeft")
    target = LiveTarget(np.array([0.5, 0.9]), np.zeros(6))
    labels = []
    for trial in (whole, drawn):
        state = TrialState(trial, plan_of(trial), 0.0)
        state.add(None, MeasurerInfo(units, (), {"smile": target}), 0.0)
        labels.append([bar.label for bar in state.view(fault=None, mirror=None).units])

    assert labels == [["mouth corner up, left"], ["lips pressed, left"]]


def test_what_is_stored_is_not_smoothed(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.0, runner.camera(20)).run(0.1, runner.camera(90))
    moment = runner.training.answer(runner.clock.now())
    fields = runner.training.end()
    rows = next(runner.training.rows())

    assert moment.similarity == pytest.approx(0.9)
    assert fields["similarity"] == fields["best_similarity"] == pytest.approx(0.9)
    assert fields["locked_by"] == "key"
    assert rows.similarity[-1] == pytest.approx(0.9)


def test_the_record_of_a_trial_has_its_hold(picture: Path) -> None:
    held = Runner(trial_of(picture, hold=Hold(similarity=0.7, frames=60, on_key=False)))
    free = Runner(trial_of(picture))

    for runner in (held, free):
        runner.run(0.2, runner.camera(20))

    assert held.training.end()["hold"] == {"similarity": 0.7, "frames": 60, "on_key": False}
    assert free.training.end()["hold"] is None


def test_every_shown_frame_is_in_the_rows_once_with_its_delay(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(3.5, runner.camera(50))
    fields = runner.training.end()
    everything = [*runner.columns, *runner.training.rows()]
    frames = [number for columns in everything for number in columns.frame]
    delays = [delay for columns in everything for delay in columns.shown_ms]

    assert len(everything) == 4
    assert frames == list(range(0, runner.flips, 2))
    assert fields["frames_shown"] == fields["frames_measured"] == len(frames)
    assert delays == pytest.approx([1000 * FLIP_S] * len(frames), abs=0.01)
    assert json.dumps([line.to_json() for line in everything])
    assert json.dumps(fields)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no-face", "not in the picture"),
        ("several-faces", "more than one"),
        ("turned", "turned away"),
        ("dark", "too dark"),
        ("too-small", "too far"),
        ("blurred", "blurred"),
        ("fit", "not clear"),
    ],
)
def test_a_fault_is_shown_with_its_remedy_and_clears_by_itself(picture: Path, fault: str, said: str) -> None:
    assert fault in FAULTS
    runner = Runner(trial_of(picture))
    runner.run(1.0, runner.camera(50)).run(1.0, runner.camera(fault=fault))
    assert any(said in text for text in runner.texts)
    assert runner.number == ""
    runner.run(0.5, runner.camera(50))

    assert runner.number == "50"
    assert not any(said in text for text in runner.texts)


def test_a_lost_face_breaks_a_hold(picture: Path) -> None:
    runner = Runner(trial_of(picture, hold=Hold(similarity=0.7, frames=60)))
    runner.run(0.8, runner.camera(80)).run(1.0, runner.camera(fault="no-face")).run(0.8, runner.camera(80))
    assert runner.moments == []
    runner.run(0.4, runner.camera(80))

    assert len(runner.moments) == 1


def test_a_camera_that_stopped_is_shown_as_a_fault(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.0, runner.camera(50)).run(1.5, lambda _: None)

    assert any("camera sends no pictures" in text for text in runner.texts)


@pytest.mark.parametrize(
    ("state", "said"), [("starting", "starting"), ("restarting", "starting again"), ("failed", "press SPACE")]
)
def test_the_state_of_a_missing_measuring_process_is_shown(picture: Path, state: str, said: str) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.0, runner.camera(50))
    runner.measuring.state = state  # type: ignore[assignment]
    runner.run(0.1, lambda _: None)
    assert any(said in text for text in runner.texts)
    runner.measuring.state = "ready"
    runner.run(0.5, runner.camera(50))

    assert runner.number == "50"


def test_a_control_group_is_measured_but_sees_only_the_target(picture: Path) -> None:
    nothing = Feedback(gauge=False, mirror=False, emotions=False, difference=False, hint=False)
    runner = Runner(trial_of(picture, feedback=nothing))
    runner.run(1.5, runner.camera(fault="no-face")).run(1.0, runner.camera(64))
    runner.training.answer(runner.clock.now())
    fields = runner.training.end()

    assert runner.texts == ["Imitate this face", "Face 1 of 1", "Press SPACE at your best"]
    assert fields["similarity"] == pytest.approx(0.64)


def test_the_record_of_a_trial_counts_hints_and_faults(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.5, runner.camera(10)).run(1.0, runner.camera(fault="dark"))
    fields = runner.training.end()

    assert fields["hints"] == {"mouthSmile more": 1}
    assert fields["troubles"] == {"dark": 30}
    assert fields["similarity"] is None


@pytest.mark.parametrize("away", ["no-face", None])
def test_a_hint_is_not_suspended_if_the_face_was_not_measured(picture: Path, away: str | None) -> None:
    runner = Runner(trial_of(picture))
    runner.run(2.0, runner.camera(10)).run(3.0, runner.camera(fault=away) if away else lambda _: None)
    runner.run(2.5, runner.camera(10))

    assert "Pull the mouth corners up" in runner.texts


def test_very_close_is_not_shown_before_hints_are_chosen(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(0.9, runner.camera(80))
    assert "Very close" not in runner.texts
    runner.run(0.5, runner.camera(80))

    assert "Very close" in runner.texts


@pytest.mark.parametrize("hint", [True, False])
def test_the_forecast_is_computed_only_if_hints_are_shown(picture: Path, hint: bool) -> None:
    runner = Runner(trial_of(picture, feedback=Feedback(hint=hint)))
    runner.run(1.5, runner.camera(10))
    reading = runner.measuring._measurer.measure(frame(0, 0.0, similarity=10).image)

    assert (reading.forecast is not None) is hint
    assert runner.training.end()["hints"] == ({"mouthSmile more": 1} if hint else {})


def test_a_frame_from_before_the_trial_is_not_shown_in_it(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.training.offer(frame(0, runner.clock.now() - 0.5, similarity=99))
    runner.run(0.1, lambda _: None)

    assert runner.number == ""


def test_a_screen_on_which_nothing_changed_is_the_same_object(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(1.0, runner.camera(50))
    runner.run(0.1, lambda _: None)

    assert runner.screens[-1] is runner.screens[-2]
    assert runner.screens[-8] is not runner.screens[-10]


def test_a_long_trial_keeps_a_second_of_rows_and_one_window(picture: Path) -> None:
    runner = Runner(trial_of(picture, hold=Hold(similarity=0.99, frames=60)))
    for _ in range(5):
        runner.run(2.0, runner.camera(50))

        assert len(runner.training._log._rows) <= 31
        assert len(runner.training._current().hold._samples) <= 31


def test_what_was_captured_is_shown_until_the_next_trial(picture: Path) -> None:
    trial = trial_of(picture, hold=Hold(similarity=0.7, frames=60))
    runner = Runner(trial)
    runner.run(0.5, runner.camera(20)).run(1.0, runner.camera(80)).run(FLIP_S, runner.camera(95))
    runner.run(1.0, runner.camera(80))
    assert runner.moments
    runner.training.end()

    shown = runner.training.afterwards()

    assert shown is not None
    assert shown.kind == "blank"
    texts = [element.text for element in shown.elements if isinstance(element, Text)]
    assert "Captured" in texts
    assert "".join(text for text in texts if text.isdigit()) == "95"
    mirrors = [element for element in shown.elements if isinstance(element, LiveImage)]
    assert [int(element.image[0, 0, 0]) for element in mirrors] == [95]  # the frame that was kept, not the newest
    runner.training.begin(trial, runner.clock.now())
    assert runner.training.afterwards() is None


def test_the_best_attempt_at_a_target_is_shown_in_the_next_one(picture: Path) -> None:
    trial, other = trial_of(picture), trial_of(picture, target="other")
    runner = Runner(trial)
    for similarity in (64, 48):
        runner.training.begin(trial, runner.clock.now())
        runner.run(2.0, runner.camera(similarity))
        runner.training.answer(runner.clock.now())
        runner.training.end()
    runner.training.begin(trial, runner.clock.now())
    runner.run(0.5, runner.camera(20))
    assert "Best 64" in runner.texts
    runner.training.begin(other, runner.clock.now())
    runner.run(0.5, runner.camera(20))

    assert not [text for text in runner.texts if text.startswith("Best")]


def test_after_a_time_out_the_best_of_the_attempt_is_shown(picture: Path) -> None:
    runner = Runner(trial_of(picture))
    runner.run(2.0, runner.camera(71)).run(2.0, runner.camera(30))
    runner.training.end()
    shown = runner.training.afterwards()

    assert shown is not None
    texts = [text.text for text in texts_of(shown)]
    assert {"Time is up", "Best this time"} <= set(texts)
    assert "".join(text for text in texts if text.isdigit()) == "71"


def test_a_control_group_sees_that_its_time_is_up(picture: Path) -> None:
    runner = Runner(trial_of(picture, feedback=NO_FEEDBACK))
    runner.run(1.0, runner.camera(64))
    runner.training.end()
    shown = runner.training.afterwards()

    assert shown is not None
    assert [text.text for text in texts_of(shown)] == ["Imitate this face", "Face 1 of 1", "Time is up"]


def test_the_screen_says_which_level_face_and_round_it_is(picture: Path) -> None:
    levels = [
        replace(trial_of(picture), id=f"{block}-{round_}-{number}", block=block, round=round_)
        for block in ("easy", "hard")
        for round_ in (1, 2)
        for number in (1, 2, 3)
    ]
    said = [progress_text(plan_of(*levels), levels[number]) for number in (1, 3, 8)]
    assert said == [
        "Level 1 of 2, face 2 of 3",
        "Level 1 of 2, face 1 of 3, round 2",
        "Level 2 of 2, face 3 of 3",
    ]

    assert progress_text(plan_of(*levels[:3]), levels[2]) == "Face 3 of 3"
    test = replace(levels[0], kind="experiment")
    assert progress_text(plan_of(test), test) == ""


def test_the_mirror_has_an_arrow_while_a_hint_is_to_be_followed(picture: Path) -> None:
    def mirror(runner: Runner) -> int:
        """Return the number of colours in the mirror image."""
        image = next(one for one in runner.screens[-1].elements if isinstance(one, LiveImage) and one.mirrored).image
        return len(np.unique(image.reshape(-1, 3), axis=0))

    runner = Runner(trial_of(picture, feedback=replace(EVERYTHING, difference=False)))
    runner.run(0.5, runner.camera(10))
    assert mirror(runner) == 1
    runner.run(1.0, runner.camera(10))
    assert mirror(runner) > 2
    runner.run(1.5, runner.camera(80))
    assert runner.screens[-1].hint == ()
    assert "Pull the mouth corners up" in runner.texts, "it stays, as done"

    assert mirror(runner) == 1


def test_there_is_no_arrow_without_a_measurement(picture: Path) -> None:
    runner = Runner(trial_of(picture, feedback=replace(EVERYTHING, difference=False)))
    runner.run(1.5, runner.camera(10))
    pictures = []
    for fault in (None, "turned"):
        runner.run(1.0, runner.camera(10, fault=fault))
        pictures.append(next(one for one in runner.screens[-1].elements if isinstance(one, LiveImage)).image)

    colours = [len(np.unique(image.reshape(-1, 3), axis=0)) for image in pictures]
    assert colours[0] > 2
    assert colours[1] == 1


def test_a_control_group_does_not_see_what_was_captured(picture: Path) -> None:
    runner = Runner(trial_of(picture, feedback=None))
    runner.run(1.0, runner.camera(64))
    runner.training.answer(runner.clock.now())
    runner.training.end()

    assert runner.training.afterwards() is None


def test_everything_but_hints_can_be_loaded_before_the_trial_begins(picture: Path) -> None:
    trial = trial_of(picture, hold=Hold(similarity=0.7, frames=60))
    runner = Runner(trial)
    loaded = {replace(text, at=(0.0, 0.0)) for screen in runner.training.rehearsal(trial) for text in texts_of(screen)}
    runner.run(1.5, runner.camera(10)).run(1.0, runner.camera(fault="dark")).run(1.0, lambda _: None)
    runner.run(2.5, runner.camera(83))
    said = {replace(text, at=(0.0, 0.0)) for screen in runner.screens for text in texts_of(screen)}

    hints_alone = {"Pull the mouth corners up"}
    assert {text.text for text in said - loaded} == hints_alone


def texts_of(screen: Screen) -> list[Text]:
    return [element for element in screen.elements if isinstance(element, Text)]
