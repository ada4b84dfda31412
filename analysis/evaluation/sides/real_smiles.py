"""Single movements in photographs of real smiles: a person at rest and smiling."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.evaluation.photographs import detect_file
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, Picture, measure_person
from analysis.face.models.registry import load_model
from analysis.face.movements.measured import MEASURED_UNITS
from analysis.face.movements.strengths import learned_movements, strengths_mm

MOST_COMMON = 5
"""Number of other movements that the page names."""


@dataclass(frozen=True, slots=True, eq=False)
class RealSmiles:
    """The strengths of smiles."""

    strengths_mm: FloatArray
    """(N, U) of every measured smile."""

    @property
    def text(self) -> str:
        """The result in words."""
        learned, found = learned_movements(), self.strengths_mm
        left, right = (found[:, learned.number(f"mouthSmile{side}")] for side in ("Left", "Right"))
        above = (found > learned.limit_mm).mean(axis=0)
        order = [int(one) for one in np.argsort(-above) if not MEASURED_UNITS[one].startswith("mouthSmile")]
        common = ", ".join(f"`{MEASURED_UNITS[one]}` {100 * above[one]:.0f} %" for one in order[:MOST_COMMON])
        ratio = np.minimum(left, right) / np.maximum(np.maximum(left, right), 1e-9)
        limits = [learned.limit_mm[learned.number(f"mouthSmile{side}")] for side in ("Left", "Right")]
        both = ((left > limits[0]) & (right > limits[1])).sum()
        return (
            f"{len(found)} people, one neutral picture and one smile each. The lip corner puller is above its limit on"
            f" both sides in {int(both)}; its median is {np.median(left):.1f} mm on the left and"
            f" {np.median(right):.1f} mm on the right (correlation {np.corrcoef(left, right)[0, 1]:.2f}). The median of"
            f" the smaller side divided by the larger one is {np.median(ratio):.2f}. Other movements above their limits"
            f" most often: {common}."
        )


def real_smiles(folder: Path, cache: Path) -> RealSmiles:
    """Measure all pairs ``NNN_neutral.jpg`` and ``NNN_smiling.jpg`` of a folder.

    Parameters
    ----------
    folder : Path
        The folder of the photographs.
    cache : Path
        Folder of landmarks kept between runs.
    """
    model, found = load_model(), []
    for neutral in sorted(folder.glob("*_neutral.jpg")):
        smiling = neutral.with_name(neutral.name.replace("_neutral", "_smiling"))
        pictures = [Picture(neutral, NEUTRAL), Picture(smiling, "smile")]
        try:
            person = measure_person(neutral.name, [detect_file(one, cache) for one in pictures], model)
        except FaceError:
            continue
        found += [strengths_mm(face, model) for face in person.faces if person.calibration == "neutral"]
    return RealSmiles(np.array(found))
