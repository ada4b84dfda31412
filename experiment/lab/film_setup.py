"""Film a session: start and record the film, complete interrupted parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock
from experiment.ports.recording_permission import RecordingPermission
from experiment.protocol.plan import SessionPlan
from experiment.record.camera_offset import KEY
from experiment.record.encryption import PublicKey
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.journal_lines import FilmEndLine, FilmStartLine, StoredFile
from experiment.record.layout import FILM_FOLDERS, FilmedPerson, SessionPlace
from experiment.record.recorder import Recorder

if TYPE_CHECKING:
    from experiment.record.film.film import Film
    from experiment.record.film.part import Finished

NICE_BESIDE_USUAL = 5
"""Niceness of the encoding process where the drawing thread has no real-time priority."""
FrameHandler = Callable[[CameraFrame], None]


@dataclass(frozen=True, slots=True)
class FilmOptions:
    """Who is filmed, and how."""

    person: FilmedPerson = "participant"
    niceness: int = 0
    """Priority of the encoding process: 0 as the session, more is lower."""


@contextmanager
def filming(
    plan: SessionPlan,
    recorder: Recorder,
    *,
    camera: Mapping[str, Any],
    permission: RecordingPermission,
    clock: Clock,
    options: FilmOptions | None = None,
) -> Iterator[Film | None]:
    """Film a session if its plan asks for it.

    Yields None if not, or if filming was refused.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    recorder : Recorder
        Gets a line when the film begins and one for every part.
    camera : mapping
        Facts about the camera; they may have the size of its pictures. Empty without a camera.
    permission : RecordingPermission
        Of the participant at the start of the session.
    clock : Clock
        Clock of the session.
    options : FilmOptions, optional
        Who is filmed, and the priority of the encoding process.

    Raises
    ------
    RecordError
        If the film cannot begin or be completed.
    """
    options = options or FilmOptions()
    person = options.person
    for one in FILM_FOLDERS if person == "participant" else ():
        _complete_interrupted(recorder, one)
    if not plan.films or not camera or permission.state == "refused":
        yield None
        return
    from experiment.record.film.film import Film, FilmSettings, next_part
    from experiment.record.film.video import encoder_facts

    place = recorder.place
    folder = place.film_of(person)
    key = read_history(place).start.encrypt_for
    settings = FilmSettings(
        folder=folder,
        dataset=place.dataset,
        first_part=next_part(folder),
        rate_hz=plan.camera.rate_hz,
        size_px=_largest(plan.camera.size_px, camera.get("size_px")),
        whole_session=plan.camera.film,
        key=None if key is None else PublicKey(key),
        niceness=options.niceness,
    )
    film = Film(settings, clock=clock)
    try:
        recorder.write(
            FilmStartLine(
                settings.first_part,
                settings.whole_session,
                settings.key is not None,
                encoder_facts(),
                person,
                camera.get(KEY),
            )
        )
        yield film
    except BaseException:
        with suppress(RecordError):  # the first error is the one to show
            _record(recorder, film.close(), person, closed=True)
        raise
    _record(recorder, film.close(), person, closed=True)


def both(first: FrameHandler | None, second: FrameHandler | None) -> FrameHandler | None:
    """Return a handler of camera frames that calls both."""
    if first is None or second is None:
        return first or second

    def handle(frame: CameraFrame) -> None:
        first(frame)
        second(frame)

    return handle


def _largest(asked_px: tuple[int, int], given_px: Sequence[int] | None) -> tuple[int, int]:
    """Return the size with more pixels."""
    given = (int(given_px[0]), int(given_px[1])) if given_px else asked_px
    return max(asked_px, given, key=lambda size: size[0] * size[1])


def _complete_interrupted(recorder: Recorder, person: FilmedPerson) -> None:
    """Complete and record the parts that an interruption left open."""
    place = recorder.place
    folder = place.film_of(person)
    if not folder.is_dir():
        return
    from experiment.record.film.completion import finish_parts

    known = {line.part for line in read_history(place).film if line.person == person}
    _record(recorder, finish_parts(folder, known), person, closed=False)


def _record(recorder: Recorder, parts: Sequence[Finished], person: FilmedPerson, *, closed: bool) -> None:
    place, folder = recorder.place, recorder.place.film_of(person)
    for part in parts:
        recorder.write(
            FilmEndLine(
                part=part.number,
                closed=closed,
                frames=part.frames,
                lost=part.lost,
                table=_stored(place, folder / part.table, part.table_sha256),
                files=tuple(_stored(place, folder / name, sha256) for name, sha256 in part.files),
                person=person,
            )
        )


def _stored(place: SessionPlace, file: Path, sha256: str) -> StoredFile:
    return StoredFile(file.relative_to(place.dataset).as_posix(), sha256)
