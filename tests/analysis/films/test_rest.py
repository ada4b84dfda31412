"""The face at rest that is searched for in a film."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.courses.frames import FrameFace
from analysis.courses.neutral_face import detect_frame
from analysis.face.models.registry import load_model
from analysis.films.rest import find_rest
from experiment.record.film.reading import FilmRow
from tests.analysis.courses.filmed_session import face

RATE_HZ = 30


def film(*stretches: tuple[float, int, float], rng: np.random.Generator) -> list[FrameFace]:
    """Return the same face in stretches of a film: begin, s, number of frames, and movement of the landmarks, px."""
    still = detect_frame(face("neutral"))
    faces: list[FrameFace] = []
    for begin_s, count, movement_px in stretches:
        for number in range(count):
            moved = still.points_px + rng.normal(0.0, 1.0, still.points_px.shape) * movement_px
            row = FilmRow(len(faces), begin_s + number / RATE_HZ, "film", None, "", "", "film.mp4", len(faces))
            faces.append(FrameFace(row, replace(still, points_px=moved)))
    return faces


def test_the_quietest_interval_is_found(rng: np.random.Generator) -> None:
    found = find_rest(film((0.0, 30, 0.8), (1.0, 15, 0.1), (1.5, 30, 0.8), rng=rng), load_model())

    assert found is not None
    assert 1.0 <= found[1].begin_s < found[1].end_s <= 1.5


def test_a_few_frames_between_two_gaps_are_no_candidate(rng: np.random.Generator) -> None:
    """They hardly move because they are few."""
    whole = film((0.0, 30, 0.8), (2.0, 30, 0.2), (4.05, 2, 0.2), rng=rng)
    gone = [*whole[:-2], *(FrameFace(one.row, None, "no-face") for one in whole[-2:])]

    found, without = find_rest(whole, load_model()), find_rest(gone, load_model())

    assert found is not None
    assert without is not None
    assert 2.0 <= found[1].begin_s < found[1].end_s <= 3.0
    assert found[1].candidates == without[1].candidates


def test_a_film_shorter_than_an_interval_is_used_as_a_whole(rng: np.random.Generator) -> None:
    found = find_rest(film((0.0, 4, 0.2), rng=rng), load_model())

    assert found is not None
    assert (found[1].begin_s, found[1].end_s, found[1].candidates) == (0.0, 3 / RATE_HZ, 1)


def test_without_a_face_nothing_is_found(rng: np.random.Generator) -> None:
    gone = [FrameFace(one.row, None, "no-face") for one in film((0.0, 5, 0.2), rng=rng)]

    assert find_rest(gone, load_model()) is None
