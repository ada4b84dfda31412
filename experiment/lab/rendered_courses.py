"""Render the frames of drawn faces that move, before a session.

A frame is rendered only if its strengths differ from those of the frame before. The frames are kept in a lossless video
(FFV1 in Matroska) whose name is a hash of everything that decides its pixels.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.face.arrays import ImageArray
from analysis.face.models.drawn_face import DrawnFace
from analysis.face.synthetic.drawn_course import DrawnMovement
from analysis.terminal import limit_threads

if TYPE_CHECKING:
    from analysis.face.models.model import FaceModel
    from analysis.face.render.portraits import PortraitPainter

SUFFIX = ".mkv"
_MOST_PROCESSES = 8
_FEW_FRAMES = 12
"""With fewer frames to draw, a second process takes longer to start than it saves."""
_Strengths = Mapping[str, float]


def movement_key(movement: DrawnMovement, model: FaceModel) -> str:
    """Return a hash of everything that decides the frames of a movement.

    Parameters
    ----------
    movement
        The movement.
    model
        The face model.
    """
    content = [drawing_hash(model), movement.poser, movement.course.rate_hz, movement.rows()]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:24]


@lru_cache(maxsize=4)
def drawing_hash(model: FaceModel) -> str:
    """Return a hash of the face model and of the program that draws it."""
    import analysis.face.render as render
    from analysis.face.models import emotions
    from analysis.face.models.poser_shapes import SHAPES_FILE

    digest = hashlib.sha256(model.mean.tobytes() + model.identity.tobytes())
    for name in sorted(model.bases):
        digest.update(model.bases[name].shapes.tobytes())
    for file in (*sorted(Path(render.__path__[0]).glob("*.py")), Path(emotions.__file__), SHAPES_FILE):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def render_movement(movement: DrawnMovement, model: FaceModel, file: Path) -> None:
    """Render the frames of a movement into a video.

    An interruption leaves no partial file.

    Parameters
    ----------
    movement
        The movement.
    model
        The face model.
    file
        The video.
    """
    from analysis.face.render.lossless import write_lossless
    from analysis.terminal import progress

    rows, starts = movement.rows(), movement.starts()
    distinct = list({_frame_key(rows[start]): rows[start] for start in starts}.values())
    faces = [DrawnFace(row, movement.poser) for row in distinct]
    frames = progress(_drawn(faces, model), total=len(distinct), title="drawing frames")
    pictures = {_frame_key(row): frame for row, frame in zip(distinct, frames, strict=True)}
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    write_lossless(
        unfinished,
        ((start, pictures[_frame_key(rows[start])]) for start in starts),
        rate_hz=movement.course.rate_hz,
        length=movement.course.length,
    )
    unfinished.replace(file)


def _frame_key(strengths: _Strengths) -> str:
    return json.dumps(strengths, sort_keys=True)


def _drawn(faces: Sequence[DrawnFace], model: FaceModel) -> Iterator[ImageArray]:
    """Yield the picture of every face; several processes draw if there are many."""
    from analysis.face.render.portraits import PortraitPainter

    jobs = min(os.cpu_count() or 1, _MOST_PROCESSES, len(faces) // _FEW_FRAMES)
    if jobs > 1:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=limit_threads) as pool:
            yield from pool.map(_draw, faces, repeat(model.name))
        return
    painter = PortraitPainter(model, samples=1)
    try:
        yield from map(painter.draw, faces)
    finally:
        painter.close()


def _draw(face: DrawnFace, model: str) -> ImageArray:
    """Draw one frame in a process that only draws."""
    return _painter(model).draw(face)


@lru_cache(maxsize=1)
def _painter(model: str) -> PortraitPainter:
    from analysis.face.models.registry import load_model
    from analysis.face.render.portraits import PortraitPainter

    return PortraitPainter(load_model(model), samples=1)
