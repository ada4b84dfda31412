"""OpenGL off screen: no display and no graphics card are needed."""

from __future__ import annotations

from typing import Any

import moderngl

from analysis.face.errors import FaceModelError


def create_context() -> Any:
    """Return a new OpenGL context of the calling thread.

    Raises
    ------
    FaceModelError
        If OpenGL is not available.
    """
    create: Any = moderngl.create_context
    try:
        return create(standalone=True, backend="egl", require=330)
    except Exception as error:  # moderngl raises bare Exception
        raise FaceModelError(
            f"faces cannot be drawn: no OpenGL 3.3 through EGL ({error}); on Debian install libegl1 and libgl1-mesa-dri"
        ) from error
