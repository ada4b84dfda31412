"""What is in the place of the hint is calm: it can be read, and nothing asks for a change while a hold runs."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np

from analysis.face.arrays import FloatArray
from experiment.feedback.hint_choice import AFTER_HOLD_S, HintChooser
from experiment.feedback.hint_forecast import hint_matrix, possible_hints
from experiment.feedback.hint_policy import SHOWN_S
from experiment.feedback.messages import LiveReading, LiveTarget, MeasurerInfo

NAMES = ("browInnerUp", "browDownLeft", "browDownRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight", "eyeWideLeft")
TARGET = np.array([0.7, 0.0, 0.0, 0.5, 0.6, 0.6, 0.4])
HINTS = possible_hints(NAMES)
INFO = MeasurerInfo(NAMES, HINTS, {"target": LiveTarget(TARGET, np.zeros(6))})
RATE_HZ = 30.0
STEP_S = 1.0 / RATE_HZ


def similarity_of(own: FloatArray) -> float:
    return 1.0 - float(np.abs(TARGET - own).mean())


def noisy_reading(own: FloatArray, rng: np.random.Generator) -> LiveReading:
    """Read a face with the noise of live measurements, in strengths and in forecasts."""
    after = np.clip(own + hint_matrix(HINTS, NAMES), 0.0, 1.0)
    gains = (np.abs(TARGET - own) - np.abs(TARGET - after)).mean(axis=1)
    return LiveReading(
        None,
        similarity_of(own) + rng.normal(0.0, 0.01),
        intensities=np.clip(own + rng.normal(0.0, 0.03, len(own)), 0.0, 1.0),
        forecast=gains + rng.normal(0.0, 0.02, len(gains)),
    )


def course(seconds: float, *, seed: int) -> list[tuple[str, bool]]:
    """Run a trainee who follows the hints at a rate of 0.3 a second; return sentences, and whether one asks."""
    rng, chooser, own = np.random.default_rng(seed), HintChooser("en"), np.array([0.1, 0.4, 0.3, 0.0, 0.1, 0.3, 0.0])
    said = []
    for frame in range(round(seconds * RATE_HZ)):
        reading = noisy_reading(own, rng)
        chooser.add(reading, frame * STEP_S, INFO, shown=reading.similarity)
        if chooser.asked is not None:
            way = np.array([float(name in chooser.asked.units) for name in NAMES]) * np.sign(chooser.asked.amount)
            own = np.clip(own + 0.3 * STEP_S * way, 0.0, 1.0)
        said.append((chooser.sentence, chooser.asked is not None))
    return said


def test_every_hint_stays_for_three_seconds_in_the_same_words() -> None:
    for seed in range(4):
        said = course(43.0, seed=seed)
        runs = [(sentence, len(list(run)) * STEP_S) for sentence, run in groupby(said, key=lambda one: one[0])]

        assert [sentence for sentence, lasted_s in runs[:-1] if sentence and lasted_s < 3.0 - STEP_S] == []
        assert 3 <= len(runs) <= 43.0 / SHOWN_S + 3, "changes within 43 s"


def test_a_hint_that_was_followed_is_done_before_it_goes() -> None:
    runs = [key for key, _ in groupby(course(43.0, seed=0))]

    assert any(before == (sentence, True) and not asks for before, (sentence, asks) in pairwise(runs))
    asked_again = [one for (one, asked), (other, asks) in pairwise(runs) if one == other and asks and not asked]
    assert asked_again == []


def test_there_is_no_hint_while_an_expression_is_held_and_shortly_after() -> None:
    rng, chooser, far = np.random.default_rng(1), HintChooser("en"), np.zeros(len(NAMES))

    def sentences(from_s: float, to_s: float, *, is_held: bool) -> list[str]:
        said = []
        for frame in range(round(from_s * RATE_HZ), round(to_s * RATE_HZ)):
            chooser.add(noisy_reading(far, rng), frame * STEP_S, INFO, shown=0.5, is_held=is_held)
            said.append(chooser.sentence)
        return said

    first = sentences(0.0, 2.0, is_held=False)[-1]
    assert first not in ("", "Hold it ...")
    assert set(sentences(2.0, 2.5, is_held=True)) == {"Hold it ..."}
    assert chooser.hint is None
    assert set(sentences(2.5, 2.4 + AFTER_HOLD_S, is_held=False)) == {"Hold it ..."}

    assert sentences(2.4 + AFTER_HOLD_S, 4.0, is_held=False)[-1] not in ("", "Hold it ...")


def test_very_close_stays_for_three_seconds_though_the_similarity_crosses_its_limit() -> None:
    chooser = HintChooser("en")
    said = []
    for frame in range(round(12.0 * RATE_HZ)):
        shown = 0.75 + 0.03 * np.sin(frame * STEP_S * 4.0)
        reading = LiveReading(None, shown, intensities=TARGET, forecast=np.zeros(len(HINTS)))
        chooser.add(reading, frame * STEP_S, INFO, shown=shown)
        said.append(chooser.sentence)

    assert [sentence for sentence, _ in groupby(said)] == ["", "Very close"]


def test_very_close_can_be_read_before_a_hint_replaces_it() -> None:
    rng, chooser, said = np.random.default_rng(2), HintChooser("en"), []
    for frame in range(round(6.0 * RATE_HZ)):
        at_target = frame * STEP_S < 1.5
        near = LiveReading(None, 0.9, intensities=TARGET, forecast=np.zeros(len(HINTS)))
        reading = near if at_target else noisy_reading(np.zeros(len(NAMES)), rng)
        chooser.add(reading, frame * STEP_S, INFO, shown=0.9 if at_target else 0.3)
        said.append(chooser.sentence)
    runs = [(sentence, len(list(run)) * STEP_S) for sentence, run in groupby(said)]

    assert [sentence for sentence, _ in runs[:2]] == ["", "Very close"]
    assert SHOWN_S - STEP_S <= runs[1][1] < SHOWN_S + 1.0
