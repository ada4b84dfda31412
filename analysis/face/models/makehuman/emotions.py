"""The six basic emotions as blends of face units.

Each is the prototype of its emotion in the Facial Action Coding System: the action units of the Investigator's Guide
(Ekman, Friesen & Hager, FACS, 2002, table 10-1) and of EMFACS (Friesen & Ekman, 1983), said with the ARKit-named units
of the model. Where a guide lists variants, the one that 68 landmarks can see is taken. Intensities are our choice: they
make one face at full strength that people name at once, and they are part of the model's file.

=========  ===========================  ==============================================================================
emotion    action units                 as units of the model
=========  ===========================  ==============================================================================
anger      4 + 5 + 7 + 10 + 23/24       browDown, eyeSquint, eyeWide, noseSneer, mouthPress, mouthRoll, mouthFrown
disgust    9 + 10 + 15 + 17             noseSneer, mouthUpperUp, cheekSquint, browDown, mouthFrown, mouthShrugLower
fear       1 + 2 + 4 + 5 + 20 + 25      browInnerUp, browOuterUp, browDown, eyeWide, mouthStretch, mouthLowerDown
happiness  6 + 12 + 25                  cheekSquint, mouthSmile, eyeSquint, mouthUpperUp, mouthLowerDown
sadness    1 + 4 + 15 + 17              browInnerUp, browDown, mouthFrown, mouthShrugLower, eyeBlink (a drooping lid)
surprise   1 + 2 + 5 + 26               browInnerUp, browOuterUp, eyeWide, jawOpen
=========  ===========================  ==============================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.face.errors import FaceModelError
from analysis.face.models.model import EMOTIONS, ExpressionBasis

_BOTH_SIDES: Mapping[str, Mapping[str, float]] = {
    "anger": {
        "browDown": 1.0,
        "eyeSquint": 0.55,
        "eyeWide": 0.25,
        "noseSneer": 0.35,
        "mouthPress": 0.55,
        "mouthRollUpper": 0.35,
        "mouthRollLower": 0.35,
        "mouthFrown": 0.35,
    },
    "disgust": {
        "noseSneer": 1.0,
        "mouthUpperUp": 0.85,
        "cheekSquint": 0.55,
        "eyeSquint": 0.45,
        "browDown": 0.55,
        "mouthFrown": 0.35,
        "mouthShrugLower": 0.35,
    },
    "fear": {
        "browInnerUp": 0.9,
        "browOuterUp": 0.45,
        "browDown": 0.25,
        "eyeWide": 1.0,
        "mouthStretch": 0.9,
        "mouthLowerDown": 0.6,
        "jawOpen": 0.18,
    },
    "happiness": {
        "mouthSmile": 0.9,
        "cheekSquint": 0.6,
        "eyeSquint": 0.3,
        "mouthUpperUp": 0.45,
        "mouthLowerDown": 0.25,
    },
    "sadness": {
        "browInnerUp": 1.0,
        "browDown": 0.25,
        "mouthFrown": 0.95,
        "mouthShrugLower": 0.65,
        "eyeBlink": 0.18,
    },
    "surprise": {
        "browInnerUp": 0.8,
        "browOuterUp": 1.0,
        "eyeWide": 0.8,
        "jawOpen": 0.6,
    },
}
"""A name stands for its left and right unit where there are two."""


def without_side(unit: str) -> str:
    """The name that stands for the left and the right unit; one that has no sides as it is."""
    return unit.removesuffix("Left").removesuffix("Right")


def recipe(emotion: str, unit_names: tuple[str, ...]) -> dict[str, float]:
    """The units of one emotion at full strength.

    Raises
    ------
    FaceModelError
        If the model lacks a unit of the emotion.
    """
    blend = {}
    for name, strength in _BOTH_SIDES[emotion].items():
        sides = [unit for unit in (name, f"{name}Left", f"{name}Right") if unit in unit_names]
        if not sides:
            raise FaceModelError(f"the emotion {emotion} needs the unit {name}, which the model lacks")
        blend.update(dict.fromkeys(sides, strength))
    return blend


def compose(units: ExpressionBasis) -> ExpressionBasis:
    """The basis of the six emotions."""
    shapes = []
    for emotion in EMOTIONS:
        blend = recipe(emotion, units.names)
        strengths = np.array([blend.get(name, 0.0) for name in units.names])
        shapes.append(np.tensordot(strengths, units.shapes, axes=1))
    return ExpressionBasis(names=EMOTIONS, shapes=np.stack(shapes))
