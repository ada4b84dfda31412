"""Draw the films of a person and find the face; keep landmarks between runs."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.courses.frames import FrameFace, track_faces
from analysis.courses.neutral_face import BOXES
from analysis.evaluation.courses import film_artist, known_course
from analysis.evaluation.courses.conditions import BASELINE_S, DURATION_S, DrawnFilm, FilmedPerson
from analysis.evaluation.courses.film_artist import FilmArtist, compressed
from analysis.evaluation.courses.known_course import Sway
from analysis.evaluation.photographs import drawing_code, generator_digest, write_whole
from analysis.face.clip_faces import ANCHOR
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.synthetic import glasses
from analysis.face.synthetic.generators import Generator
from experiment.record.film.reading import FilmRow

NEUTRAL_FRAMES = 10
_NEUTRAL_STEP_S = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class TrackedFilm:
    """The faces found in a film, and in the frames at rest that calibrate it."""

    film: DrawnFilm
    faces: tuple[FrameFace, ...]
    """Their times are seconds from the onset of the target."""
    neutrals: tuple[FrameFace, ...]
    """The same person at rest, looking into the camera, with the same skin, beard and glasses."""


def track_films(person: FilmedPerson, generator: Generator, cache: Path) -> list[TrackedFilm]:
    """Return the faces found in the films of a person, kept ones without drawing.

    Parameters
    ----------
    person : FilmedPerson
        The person.
    generator : Generator
        The face model of the person.
    cache : Path
        Folder of the kept landmarks.
    """
    camera = _Camera(person, generator, cache)
    return [
        TrackedFilm(film, camera.faces(film), camera.faces(_neutral(person, film), still=True)) for film in person.films
    ]


def _neutral(person: FilmedPerson, film: DrawnFilm) -> DrawnFilm:
    usual = person.films[0]
    return DrawnFilm(
        "neutral",
        (),
        (),
        Sway(usual.seed),
        replace(usual.scene, appearance=film.scene.appearance),
        usual.phase,
        usual.seed,
        glasses=film.glasses,
    )


class _Camera:
    def __init__(self, person: FilmedPerson, generator: Generator, cache: Path) -> None:
        self._person, self._generator, self._cache = person, generator, cache

    def faces(self, film: DrawnFilm, *, still: bool = False) -> tuple[FrameFace, ...]:
        """Return the faces of a film, or of single frames at rest."""
        file = self._cache / "films" / f"{self._digest(film, still=still)}.pickle"
        if not file.exists():
            found = tuple(self._track(film, still=still))
            write_whole(file, pickle.dumps(found))
            return found
        kept: tuple[FrameFace, ...] = pickle.loads(file.read_bytes())
        return kept

    def _track(self, film: DrawnFilm, *, still: bool) -> Iterator[FrameFace]:
        times = [_NEUTRAL_STEP_S * k for k in range(NEUTRAL_FRAMES)] if still else frame_times(film)
        artist = FilmArtist(self._person, film, self._generator.renderer(samples=1, fast=True))
        images = [artist.draw(number, time_s) for number, time_s in enumerate(times)]
        if film.crf is not None:
            images = compressed(images, film.crf, film.rate_hz)
        rows = [
            FilmRow(number, time_s, "driver", None, "", "", "drawn", number * ANCHOR if still else number)
            for number, time_s in enumerate(times)
        ]
        yield from track_faces(zip(rows, images, strict=True))

    def _digest(self, film: DrawnFilm, *, still: bool) -> str:
        digest = hashlib.sha256(self._person.identity.tobytes())
        codes = [Path(module.__file__ or "") for module in (film_artist, known_course, glasses)]
        parts = [
            generator_digest(self._generator),
            drawing_code(),
            detection_fingerprint(BOXES),
            repr(film),
            str(still),
        ]
        for part in (*parts, *(code.read_text("utf-8") for code in codes)):
            digest.update(part.encode())
        return digest.hexdigest()[:24]


def frame_times(film: DrawnFilm) -> list[float]:
    """Return the times of the frames of a film, s from the onset of the target."""
    first = -int(BASELINE_S * film.rate_hz)
    return [(number + film.phase) / film.rate_hz for number in range(first, int(DURATION_S * film.rate_hz))]
