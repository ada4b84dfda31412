"""A film of a drawn person, from drawing to indices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.evaluation.courses import filming
from analysis.evaluation.courses.conditions import CONDITIONS, FilmedPerson, draw_filmed_person
from analysis.evaluation.courses.film_artist import FilmArtist, compressed
from analysis.evaluation.courses.filming import frame_times, track_films
from analysis.evaluation.courses.known_course import Movement
from analysis.evaluation.courses.measuring import measure_film
from analysis.face.models.registry import load_model
from analysis.face.synthetic.generators import Generator

SLOW_HZ = 6.0


@pytest.fixture(scope="module")
def person() -> FilmedPerson:
    """A person with one short film, in which the jaw drops."""
    drawn = draw_filmed_person(0, len(load_model().identity), seed=1, conditions=0)
    jaw = Movement("jawOpen", 0.8, onset_s=0.4, rise_s=0.4, hold_s=0.8)
    return replace(drawn, films=(replace(drawn.films[0], movements=(jaw,), blinks_s=(), rate_hz=SLOW_HZ),))


def test_frames_begin_with_the_baseline_and_have_the_phase_of_the_film(person: FilmedPerson) -> None:
    times = frame_times(replace(person.films[0], rate_hz=30.0, phase=0.25))

    assert times[0] == pytest.approx(-1.0 + 0.25 / 30)
    assert times[30] == pytest.approx(0.25 / 30)
    assert len(times) == 90


@pytest.mark.slow  # draws and tracks 28 pictures
def test_a_film_is_drawn_tracked_and_measured_and_not_drawn_again(
    person: FilmedPerson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = Generator()
    (tracked,) = track_films(person, generator, tmp_path)

    measured = measure_film("a", tracked, load_model())
    assert measured.left_out == 0
    assert measured.courses["jawOpen"][:5].max() < 0.1
    assert 0.4 < (measured.indices["jawOpen"].peak or 0.0) < 1.0
    assert measured.movement("jawOpen") == person.films[0].movements[0]

    monkeypatch.setattr(filming, "FilmArtist", None)
    (again,) = track_films(person, generator, tmp_path)
    kept, found = (one.faces[-1].landmarks for one in (again, tracked))
    assert kept is not None
    assert found is not None
    assert np.array_equal(kept.points_px, found.points_px)


@pytest.mark.slow  # draws four pictures
def test_glasses_compression_and_noise_change_a_picture_a_little(person: FilmedPerson) -> None:
    film, renderer = person.films[0], Generator().renderer(samples=1, fast=True)
    plain = FilmArtist(person, film, renderer)
    first, second = plain.draw(0, -0.95), plain.draw(1, -0.94)
    worn = FilmArtist(person, CONDITIONS["glasses"](film), renderer).draw(0, -0.95)

    assert 0.5 < np.abs(first.astype(int) - second).mean() < 5.0  # noise alone
    assert 0.003 < (np.abs(first.astype(int) - worn).max(axis=2) > 60).mean() < 0.03
    fine, coarse = (np.abs(compressed([first, second], crf, 30.0)[0].astype(int) - first).mean() for crf in (18, 40))
    assert fine < coarse < 8.0
