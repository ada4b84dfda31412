"""Files of the targets that the program draws, rendered once and cached.

They are pictures, and videos of faces that move.

Without a poser, the person is the one on the target pictures that ship, so that one study can use both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from analysis.face.models.drawn_face import DrawnFace
from analysis.face.models.posers import DEFAULT_POSER
from analysis.face.synthetic.drawn_course import DrawnMovement
from analysis.paths import cache_folder
from experiment.display.psychopy_import import require_display_server
from experiment.errors import ProtocolError
from experiment.lab.kept_files import is_kept, keep, keep_picture
from experiment.lab.rendered_courses import SUFFIX, drawing_hash, movement_key, render_movement

Drawn = DrawnFace | DrawnMovement
"""A face that stands still, or one that moves."""
_LONGEST_NAME = 120
"""Longest file name with readable strengths; longer ones become a hash."""


def locate_drawn(faces: Sequence[Drawn], folder: Path | None = None) -> list[Path]:
    """Return the file of every drawn face, in order, without rendering any.

    Parameters
    ----------
    faces
        The faces.
    folder
        Folder of the files; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the face model cannot be read.
    """
    from analysis.face.errors import FaceModelError
    from analysis.face.models.registry import load_model

    place = folder or cache_folder("blends")
    try:
        model = load_model()
    except FaceModelError as error:
        raise _cannot_render(error) from error
    return [
        place / f"{movement_key(face, model)}{SUFFIX}"
        if isinstance(face, DrawnMovement)
        else place / f"{drawing_hash(model)[:12]}_{_key(face)}.png"
        for face in faces
    ]


def render_drawn(faces: Sequence[Drawn], folder: Path | None = None) -> list[Path]:
    """Return the file of every drawn face, in order; render missing ones.

    Parameters
    ----------
    faces
        The faces.
    folder
        Folder of the files; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the faces cannot be rendered, or their files cannot be written.
    """
    from analysis.face.errors import FaceModelError
    from analysis.face.models.registry import load_model

    files = locate_drawn(faces, folder)
    missing = {file: face for file, face in zip(files, faces, strict=True) if not is_kept(file)}
    stills = {file: face for file, face in missing.items() if not isinstance(face, DrawnMovement)}
    try:
        if stills:
            _render(stills)
        for file, face in missing.items():
            if isinstance(face, DrawnMovement):
                render_movement(face, load_model(), file)
                keep(file)
    except FaceModelError as error:
        raise _cannot_render(error) from error
    except OSError as error:
        place = files[0].parent
        raise ProtocolError(f"{place}: drawn targets cannot be kept there ({error.strerror or error})") from error
    return files


def render_for_session(faces: Sequence[Drawn]) -> list[Path]:
    """Do the same as `render_drawn` for a session, which needs a window too.

    Drawing takes up to minutes: a missing display is reported before it.

    Parameters
    ----------
    faces
        The faces.

    Raises
    ------
    DisplayError
        If faces must be drawn, and no window can be opened.
    ProtocolError
        If the faces cannot be rendered, or their files cannot be written.
    """
    if not all(is_kept(file) for file in locate_drawn(faces)):
        require_display_server()
    return render_drawn(faces)


def _render(missing: Mapping[Path, DrawnFace]) -> None:
    """Render pictures into their files; an interrupted run leaves no partial file."""
    from analysis.face.models.registry import load_model
    from analysis.face.render.portraits import draw_portraits
    from analysis.terminal import progress

    files = {file.name: file for file in missing}
    next(iter(missing)).parent.mkdir(parents=True, exist_ok=True)
    pictures = draw_portraits(load_model(), {file.name: face for file, face in missing.items()})
    for name, picture in progress(pictures, total=len(files), title="drawing targets"):
        keep_picture(files[name], picture)


def _cannot_render(error: Exception) -> ProtocolError:
    return ProtocolError(f"the targets that the program draws cannot be drawn: {error}")


def _key(face: DrawnFace) -> str:
    shown = [f"{name}-{strength:g}" for name, strength in sorted(face.strengths.items()) if strength]
    key = "_".join([*([] if face.poser == DEFAULT_POSER else [face.poser]), *(shown or ["neutral"])])
    return key if len(key) <= _LONGEST_NAME else hashlib.sha256(key.encode()).hexdigest()[:24]
