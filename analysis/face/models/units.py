"""Names of the single facial movements (units) of the face model that ships.

They are ARKit's blend shapes, without tongue and gaze. This module imports no arrays, so that protocols are checked
fast.
"""

from __future__ import annotations

BOTH_SIDES = (
    *("browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown"),
    *("mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
)
"""Units with a left and a right half; left is the left of the person."""

_MIDDLE = (
    *("browInnerUp", "cheekPuff", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose", "mouthFunnel"),
    *("mouthLeft", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower"),
    "mouthShrugUpper",
)

UNITS = tuple(sorted((*_MIDDLE, *(f"{name}{side}" for name in BOTH_SIDES for side in ("Left", "Right")))))
"""The 43 units, in alphabetical order."""
