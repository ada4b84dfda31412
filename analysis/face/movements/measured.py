"""The movements whose strength is measured: those that 68 landmarks show.

It does not import numpy: the checks of protocols start faster.
"""

from __future__ import annotations

from analysis.face.models.movements import NAMES

MEASURED = tuple(
    NAMES[unit]
    for unit in (
        *("browInnerUp", "browOuterUp", "browDown", "eyeWide", "eyeSquint", "noseSneer", "mouthUpperUp"),
        *("mouthSmile", "mouthFrown", "mouthPucker", "mouthStretch", "jawOpen", "eyeBlink"),
    )
)
"""In the order of the action units. Landmarks hardly show the others
(`analysis.face.models.movements.VALIDITY`), or not alone: closing and rolling the lips."""
MEASURED_UNITS = tuple(unit for movement in MEASURED for unit in movement.units)
"""The same by side."""
