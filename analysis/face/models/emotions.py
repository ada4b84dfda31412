"""The six basic emotions as blends of face units.

Each is the prototype of its emotion in the Facial Action Coding System: the action units of the Investigator's Guide
(Ekman, Friesen & Hager, FACS, 2002, table 10-1) and of EMFACS (Friesen & Ekman, 1983), translated into the ARKit-named
units of the model. Where a guide lists variants, the one that moves the 68 landmarks is taken. The intensities are our
choice: at full strength people name the emotion at once. They are part of the model's file.

This module imports no arrays, so that protocols are checked fast.

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

from analysis.face.errors import FaceModelError

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""The six basic emotions, in the order of every table and array."""

ACTION_UNITS: Mapping[str, str] = {
    "anger": "AU4+5+7+10+23/24",
    "disgust": "AU9+10+15+17",
    "fear": "AU1+2+4+5+20+25",
    "happiness": "AU6+12+25",
    "sadness": "AU1+4+15+17",
    "surprise": "AU1+2+5+26",
}
"""Action units (FACS) of each emotion, as in the table above."""

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
"""Coefficients at full strength. A name stands for its left and right unit where the model has both."""


def without_side(unit: str) -> str:
    """Return the name of a unit without ``Left`` or ``Right``."""
    return unit.removesuffix("Left").removesuffix("Right")


def recipe(emotion: str, unit_names: tuple[str, ...]) -> dict[str, float]:
    """Return the coefficients of the units that make one emotion at full strength.

    Parameters
    ----------
    emotion : str
        One of `EMOTIONS`.
    unit_names : tuple of str
        The units of the model.

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


def blend_strengths(blend: Mapping[str, float], unit_names: tuple[str, ...]) -> dict[str, float]:
    """Return the coefficients of the units that make a mixture of emotions.

    They may exceed 1 where several emotions share a unit, as in the picture of the mixture.

    Parameters
    ----------
    blend : mapping
        Strength of each emotion.
    unit_names : tuple of str
        The units of the model.
    """
    strengths: dict[str, float] = {}
    for emotion, share in blend.items():
        for unit, full in recipe(emotion, unit_names).items() if share else ():
            strengths[unit] = strengths.get(unit, 0.0) + share * full
    return strengths
