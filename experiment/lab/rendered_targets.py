"""Pictures of targets given as blends of emotions, rendered once and cached.

The rendered person is the one on the target pictures that ship, so that one study can use both.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from analysis.paths import cache_folder
from experiment.errors import ProtocolError

Blend = Mapping[str, float]
"""Emotion intensities from 0 to 1; empty: the face at rest."""


def locate_blends(blends: Sequence[Blend], folder: Path | None = None) -> list[Path]:
    """Return the picture file of every blend, in order, without rendering any.

    Parameters
    ----------
    blends
        The blends.
    folder
        Folder of the pictures; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the face model cannot be read.
    """
    from analysis.face.errors import FaceModelError

    try:
        shapes = _shapes_hash()
    except FaceModelError as error:
        raise _cannot_render(error) from error
    return [(folder or cache_folder("blends")) / f"{shapes}_{_key(blend)}.png" for blend in blends]


def render_blends(blends: Sequence[Blend], folder: Path | None = None) -> list[Path]:
    """Return the picture file of every blend, in order; render missing ones.

    Parameters
    ----------
    blends
        The blends.
    folder
        Folder of the pictures; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the pictures cannot be rendered or written.
    """
    from analysis.face.errors import FaceModelError

    files = locate_blends(blends, folder)
    missing = {file: blend for file, blend in zip(files, blends, strict=True) if not file.exists()}
    try:
        if missing:
            _render(missing)
    except FaceModelError as error:
        raise _cannot_render(error) from error
    except OSError as error:
        place = files[0].parent
        raise ProtocolError(f"{place}: drawn targets cannot be kept there ({error.strerror or error})") from error
    return files


def _render(missing: Mapping[Path, Blend]) -> None:
    """Render blends into their files; an interrupted run leaves no partial file."""
    from PIL import Image

    from analysis.face.models.registry import load_model
    from analysis.face.render.portraits import draw_portraits
    from analysis.terminal import progress

    files = {file.name: file for file in missing}
    next(iter(missing)).parent.mkdir(parents=True, exist_ok=True)
    pictures = draw_portraits(load_model(), {file.name: blend for file, blend in missing.items()})
    for name, picture in progress(pictures, total=len(files), title="drawing targets"):
        unfinished = files[name].with_suffix(f".{os.getpid()}.tmp")
        Image.fromarray(picture).save(unfinished, format="PNG")
        unfinished.replace(files[name])


@lru_cache(maxsize=1)
def _shapes_hash() -> str:
    """Return a hash of the shapes of the face model, for the file names."""
    from analysis.face.models.registry import load_model

    model = load_model()
    return hashlib.sha256(model.mean.tobytes() + model.bases["emotions"].shapes.tobytes()).hexdigest()[:12]


def _cannot_render(error: Exception) -> ProtocolError:
    return ProtocolError(f"the targets given as blends cannot be drawn: {error}")


def _key(blend: Blend) -> str:
    return "_".join(f"{emotion}-{strength:g}" for emotion, strength in sorted(blend.items()) if strength) or "neutral"
