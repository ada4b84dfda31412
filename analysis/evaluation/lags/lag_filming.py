"""Draw the films of a person and find the face; keep landmarks between runs."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.courses.frames import FrameFace, track_faces
from analysis.courses.neutral_face import BOXES
from analysis.evaluation.courses import film_artist, known_course
from analysis.evaluation.courses.conditions import DrawnFilm, FilmedPerson
from analysis.evaluation.courses.film_artist import FilmArtist, compressed
from analysis.evaluation.lags.lag_people import AFTER_S, BASELINE_S, RATE_HZ, SHOWN_S, LagPerson
from analysis.evaluation.photographs import drawing_code, generator_digest, write_whole
from analysis.face.clip_faces import ANCHOR
from analysis.face.landmarks.fingerprint import detection_fingerprint
from analysis.face.synthetic.generators import Generator
from experiment.record.film.reading import FilmRow

_NEUTRAL_S = tuple(0.3 * number for number in range(10))


@dataclass(frozen=True, slots=True)
class LagCamera:
    """Films one person."""

    person: LagPerson
    generator: Generator
    """The face model of the person."""
    cache: Path
    """Folder of the kept landmarks."""

    def trial(self, film: DrawnFilm) -> tuple[FrameFace, ...]:
        """Return the faces of a trial, from the baseline to the end of the film."""
        first, last = -int(BASELINE_S * RATE_HZ), int((SHOWN_S + AFTER_S) * RATE_HZ)
        return self._faces(film, [(number + film.phase) / RATE_HZ for number in range(first, last)])

    def target(self, film: DrawnFilm) -> tuple[FrameFace, ...]:
        """Return the faces of a target, whose first frame is shown at its onset."""
        return self._faces(film, [number / RATE_HZ for number in range(int(SHOWN_S * RATE_HZ))])

    def neutrals(self) -> tuple[FrameFace, ...]:
        """Return the person in single frames at rest."""
        return self._faces(self.person.neutral, _NEUTRAL_S, still=True)

    def _faces(self, film: DrawnFilm, times_s: Sequence[float], *, still: bool = False) -> tuple[FrameFace, ...]:
        file = self.cache / "lag-films" / f"{self._digest(film, times_s, still=still)}.pickle"
        if not file.exists():
            found = self._find(film, times_s, still=still)
            write_whole(file, pickle.dumps(found))
            return found
        kept: tuple[FrameFace, ...] = pickle.loads(file.read_bytes())
        return kept

    def _find(self, film: DrawnFilm, times_s: Sequence[float], *, still: bool) -> tuple[FrameFace, ...]:
        person = FilmedPerson("", self.person.identity, ())
        artist = FilmArtist(person, film, self.generator.renderer(samples=1, fast=True))
        images = [artist.draw(number, time_s) for number, time_s in enumerate(times_s)]
        if film.crf is not None:
            images = compressed(images, film.crf, film.rate_hz)
        rows = [
            FilmRow(number, time_s, "driver", None, "", "", "drawn", number * ANCHOR if still else number)
            for number, time_s in enumerate(times_s)
        ]
        return tuple(track_faces(zip(rows, images, strict=True)))

    def _digest(self, film: DrawnFilm, times_s: Sequence[float], *, still: bool) -> str:
        digest = hashlib.sha256(self.person.identity.tobytes())
        codes = [Path(module.__file__ or "").read_text("utf-8") for module in (film_artist, known_course)]
        parts = (generator_digest(self.generator), drawing_code(), detection_fingerprint(BOXES), repr(film))
        for part in (*parts, repr(tuple(times_s)), str(still), *codes):
            digest.update(part.encode())
        return digest.hexdigest()[:24]
