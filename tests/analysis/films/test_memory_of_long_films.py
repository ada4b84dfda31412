"""Memory does not grow with the length of a film."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis.courses.course_files import measure_columns
from analysis.courses.frames import CourseFrame, FrameFace
from analysis.courses.neutral_face import detect_frame
from analysis.face.arrays import ImageArray
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.films import chunks, measured_films, rest
from analysis.films.chunks import ChunkTask
from analysis.films.film_results import FilmResult
from analysis.films.measured_films import FilmOptions, measure_films, plan_films
from experiment.record.film.reading import FilmRow
from tests.analysis.courses.filmed_session import face
from tests.analysis.films.filmed import empty_film

SHORT, LONG = 600, 2400  # the short one has two pieces: as many are in memory together
GROWTH_KB = 1.0 * (LONG - SHORT)
"""Times, numbers of the rows and the search for the face at rest need 0.7 kB a frame; a row alone is 3 kB."""


@pytest.fixture
def without_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same face in each frame, with values at once: searching and fitting thousands of faces takes long."""
    landmarks = detect_frame(face("neutral"))
    rng = np.random.default_rng(4)
    values = len(measure_columns(load_model()))

    def track(frames: Iterable[tuple[FilmRow, ImageArray]]) -> Iterator[FrameFace]:
        for row, _ in frames:
            moved = landmarks.points_px + rng.normal(0.0, 0.2, (68, 2))
            yield FrameFace(row, Landmarks(moved, landmarks.image_size, landmarks.face_box, 1.0, 1.0, 0.1))

    def measure(task: ChunkTask) -> list[CourseFrame]:
        return [
            CourseFrame(row.index, row.time_s, "", rng.random(values - 6), rng.random(6), tuple(rng.random(6).tolist()))
            for row in task.chunk.rows
        ]

    monkeypatch.setattr(chunks, "track_faces", track)
    monkeypatch.setattr(rest, "_strengths", lambda faces, _: [0.0] * len(faces))
    monkeypatch.setattr(measured_films, "measure_chunk", measure)


def peak_kb(film: Path, folder: Path) -> float:
    model = load_model()
    tracemalloc.start()
    planned = plan_films([film], FilmOptions(), folder=folder, model=model)
    (result,) = measure_films(planned, FilmOptions(), folder=folder, model_name=DEFAULT_MODEL)
    peak = tracemalloc.get_traced_memory()[1] / 1e3
    tracemalloc.stop()
    assert isinstance(result, FilmResult)
    with (folder / f"{film.stem}.csv").open() as lines:
        assert sum(1 for _ in lines) == result.frames + 1
    return peak


@pytest.mark.usefixtures("without_work")
def test_a_film_that_is_four_times_as_long_needs_hardly_more_memory(tmp_path: Path) -> None:
    films = {frames: empty_film(tmp_path / f"{frames}.mp4", frames=frames) for frames in (SHORT, LONG)}
    peak_kb(films[SHORT], tmp_path / "first")  # loads modules

    short_kb, long_kb = (peak_kb(film, tmp_path / film.stem) for film in films.values())

    assert long_kb - short_kb < GROWTH_KB
