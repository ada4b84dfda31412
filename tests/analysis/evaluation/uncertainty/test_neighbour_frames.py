"""Coverage of intervals with neighbouring camera frames, and the frames themselves."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.evaluation.uncertainty import neighbour_frames
from analysis.evaluation.uncertainty.frames_section import frames_section
from analysis.evaluation.uncertainty.neighbour_frames import (
    CALM,
    FRAMES,
    RESTLESS,
    FilmedScore,
    filmed_scores,
    frame_coverages,
)
from analysis.evaluation.uncertainty.repeated_people import PEOPLE, GroupTask, people_of
from analysis.face.models.registry import load_model
from analysis.face.similarity.uncertainty import KnownUncertainty
from tests.analysis.evaluation.uncertainty.test_repeated_people import Album
from tests.analysis.face.similarity.test_uncertainty import STILL, learned

KNOWN = learned(quantiles=(-2.0, 2.0))  # a spread of 0.1


def rows(noise: float, condition: str, seed: int) -> list[FilmedScore]:
    """Scores whose errors are normal, with a spread of 0.1 or that of the frames if it is larger."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(400):
        truth = float(rng.uniform(-0.3, 0.3))
        shared = float(rng.normal(0.0, 0.1)) if noise < 0.1 else 0.0
        frames = (truth + shared + rng.normal(0.0, noise, FRAMES)).tolist()
        found.append(FilmedScore(f"p{number % 8}", number % 3 == 0, condition, STILL, frames, truth))
    return found


def test_frames_leave_calm_intervals_and_widen_restless_ones_until_they_contain_the_truth() -> None:
    calm, restless = frame_coverages([*rows(0.01, CALM, 1), *rows(0.3, RESTLESS, 2)], KNOWN)

    assert (calm.condition, calm.number, calm.wider) == (CALM, 400, 0.0)
    assert calm.plain == calm.retakes == pytest.approx(0.95, abs=0.03)
    assert calm.scatter == pytest.approx(0.01, abs=0.002)
    assert restless.plain < 0.6
    assert restless.retakes > 0.85  # the scatter of five frames is itself uncertain
    assert restless.retakes_width > 2 * restless.plain_width
    assert restless.wider > 0.9


def test_the_section_has_a_row_for_each_metric_and_kind_of_frames() -> None:
    known = KnownUncertainty("", "", {"units": KNOWN})

    lines = frames_section({"units": [*rows(0.01, CALM, 1), *rows(0.3, RESTLESS, 2)]}, known)

    assert [line.split("|")[1:3] for line in lines if line.startswith("| `")] == [
        [" `units` ", " calm "],
        [" `units` ", " restless "],
    ]
    assert any("of 8 of the judged people" in line for line in lines)


def test_the_frames_of_an_imitation_differ_a_little_and_restless_ones_in_mouth_and_lids() -> None:
    album = Album()  # finds no face
    task = GroupTask(album, "judge", 0)  # type: ignore[arg-type]
    assert filmed_scores(task, [], ("units",), load_model()) == {"units": []}
    names = list(load_model().bases["units"].names)
    frames = [one for one in album.photographs if one.frame >= 100]
    half = len(frames) // 2

    assert half == PEOPLE * 6 * FRAMES
    shown = {person.name: expressions for _, person, expressions in people_of(task)}
    changes = [np.abs(one.expression - shown[one.person.name][one.label]) for one in frames]
    calm, restless = np.array(changes[:half]), np.array(changes[half:])
    assert 0.0 < calm.max() < 0.15
    moving = [names.index(name) for name in neighbour_frames._RESTLESS if name in names]
    assert len(moving) > 2
    assert restless[:, moving].max(axis=0).min() > 0.3
    assert np.delete(restless, moving, axis=1).max() < 0.15
