"""Find installed face models by name.

They are ``.npz`` files (`analysis.face.models.readers.npz`). The folder named by ``$MIMICRY_MODELS`` is searched first:
there a laboratory can keep models whose licence forbids copying them. The folder ``data/models/`` of the program
follows. An installation made by ``pip install`` also has a folder in the user's data, since its own may be read-only.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.readers.npz import read_npz
from analysis.paths import ANALYSIS_PROGRAM, DATA, IS_CHECKOUT, user_data_folder

DEFAULT_MODEL = "makehuman"
SHIPPED_FOLDER = DATA / "models"


def folders() -> list[Path]:
    """Return the folders with models, in the order of the search.

    Imported models go to the first one.
    """
    named = os.environ.get("MIMICRY_MODELS")
    own = [] if IS_CHECKOUT else [user_data_folder("models")]
    return [*([Path(named)] if named else []), *own, SHIPPED_FOLDER]


def installed() -> dict[str, Path]:
    """Return the file of every installed model, by name, in alphabetical order."""
    files: dict[str, Path] = {}
    for folder in reversed(folders()):
        files.update({file.stem: file for file in folder.glob("*.npz")})
    return dict(sorted(files.items()))


def load_model(name: str = DEFAULT_MODEL) -> FaceModel:
    """Return an installed model by its name, or the model in an ``.npz`` file.

    Read once per process.

    Raises
    ------
    FaceModelError
        If the model is not installed, or its file is damaged.
    """
    if name.endswith(".npz"):
        return _read(Path(name))
    files = installed()
    if name not in files:
        known = ", ".join(files) or "none"
        raise FaceModelError(f"no face model is called {name!r}; installed: {known} (see: {ANALYSIS_PROGRAM} models)")
    return _read(files[name])


@lru_cache(maxsize=4)
def _read(file: Path) -> FaceModel:
    return read_npz(file)
