"""Plan a recorded session again from its journal alone."""

from __future__ import annotations

import io
import tempfile
import wave
from pathlib import Path, PurePosixPath, PureWindowsPath

import cv2
import numpy as np

from experiment.errors import ExperimentError
from experiment.protocol.language.clip_files import CLIP_ENDINGS
from experiment.protocol.language.problems import ProtocolProblemsError
from experiment.protocol.language.sound_files import SOUND_ENDINGS
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.record.assignments import assignment_from_json
from experiment.record.history import History

_DEPTH = 4
"""Folders above the protocol in the temporary folder, for files that are named by ``../``."""


class CannotPlanError(Exception):
    """The record lacks something that the plan needs; the message says what."""


def plan_again(history: History) -> SessionPlan:
    """Return the plan of a recorded session, made from what its journal has.

    Pictures are replaced by empty ones where the data set has no copy: the order does not depend on them.

    Raises
    ------
    CannotPlanError
        If the protocol cannot be read without other files, or this program does not accept it.
    """
    start = history.start
    there = Path(start.protocol.file)
    if not start.protocol.sources and there.is_file():
        return _planned(history, there)  # an old record does not name the other files
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, *map(str, range(_DEPTH)))
        folder.mkdir(parents=True)
        protocol = folder / PurePosixPath(PureWindowsPath(start.protocol.file).as_posix()).name
        _write_files(history, folder)
        protocol.write_text(start.protocol.text, encoding="utf-8")
        return _planned(history, protocol)


def _planned(history: History, protocol: Path) -> SessionPlan:
    """Return the plan of a session from a protocol file.

    Raises
    ------
    CannotPlanError
        If this program does not accept the protocol, or it is another one.
    """
    start = history.start
    try:
        plan = design(
            load_protocol(protocol, live_metric=start.live_metric),
            participant=start.participant,
            session=start.session,
            seed=start.seed,
            language=start.language,
            assignment=assignment_from_json(start.assignment, start.groups),
            render=lambda blends: [protocol.with_name("rendered.png") for _ in blends],
            stills=lambda _: (protocol.with_name("still.png"), None),
        )
    except ProtocolProblemsError as error:
        raise CannotPlanError(f"its protocol: {error.problems[0].message}") from error
    except (ExperimentError, ValueError, OSError) as error:
        raise CannotPlanError(str(error)) from error
    if plan.protocol_text != start.protocol.text:
        raise CannotPlanError(f"the protocol in {protocol} is another one")
    return plan


def _write_files(history: History, folder: Path) -> None:
    """Write the files that the protocol names."""
    texts = history.start.protocol.base_texts
    named = {PurePosixPath(source.file).name: source.file for source in history.start.protocol.sources}
    copies = {sha256: name for stored in history.stimuli for name, sha256 in stored.files.items()}
    for name, text in texts.items():
        _put(folder, named.get(name, name), text.encode())
    for source in history.start.protocol.sources:
        if source.text is not None:
            _put(folder, source.file, source.text.encode())
        elif source.kind == "sound":
            _put(folder, source.file, _silence())
        elif source.kind in ("target", "picture"):
            copy = history.place.dataset / "stimuli" / copies.get(source.sha256, "")
            _put(folder, source.file, copy.read_bytes() if copy.is_file() else _empty_picture(source.file))


def _put(folder: Path, name: str, content: bytes) -> None:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.parents[_DEPTH - 1].resolve()):
        raise CannotPlanError(f"{name} is outside the protocol's folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _silence() -> bytes:
    """Return a short silent sound in place of that of a page.

    It is a WAV file; the reader goes by the content, not by the name.
    """
    content = io.BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(48_000)
        written.writeframes(bytes(9600))
    return content.getvalue()


def _empty_picture(name: str) -> bytes:
    suffix = PurePosixPath(name).suffix.lower() or ".png"
    if suffix in CLIP_ENDINGS:
        raise CannotPlanError(f"the data set has no copy of the clip {name}")
    if suffix in SOUND_ENDINGS:
        raise CannotPlanError(f"the data set has no copy of the sound {name}")
    done, content = cv2.imencode(suffix, np.zeros((900, 900, 3), np.uint8))
    if not done:
        raise CannotPlanError(f"a picture in the format of {name} cannot be made")
    return content.tobytes()
