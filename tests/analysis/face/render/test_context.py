from __future__ import annotations

import moderngl
import pytest

from analysis.face.errors import FaceModelError
from analysis.face.render.context import create_context


def test_a_machine_without_opengl_is_reported_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise Exception("libEGL.so not loaded")  # moderngl raises bare Exception

    monkeypatch.setattr(moderngl, "create_context", fail)

    with pytest.raises(FaceModelError, match=r"libEGL\.so not loaded.*install libegl1"):
        create_context()
