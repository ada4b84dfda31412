"""The six basic emotions as blends of face units.

Target faces show them. Each is a prototype of the Facial Action Coding System (Ekman, Friesen & Hager, FACS
Investigator's Guide, 2002, table 10-1; Friesen & Ekman, EMFACS, 1983), translated into the ARKit-named units of the
model. Where a guide lists variants, one is taken that recognisers name. The strengths are our choice;
`docs/drawn-faces.md` says how well drawn faces are named. They are also the shapes of the basis ``emotions`` of a face
model. Models without learned responses are fitted with it (`analysis.face.fitting.emotion_responses`).

In anger, action units 9, 15, 16, 20 and 22 are not in every variant of the prototype: they square the open mouth.

This module imports no arrays, so that protocols are checked fast.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.face.errors import FaceModelError

EMOTIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
"""The six basic emotions, in the order of every table and array."""

ACTION_UNITS: Mapping[str, str] = {
    "anger": "AU4+5+7+9+10+15+16+20+22+25",
    "disgust": "AU4+6+7+9+10+17+25",
    "fear": "AU1+2+4+5+7+16+20+25",
    "happiness": "AU6+12+25",
    "sadness": "AU1+4+7+15+17",
    "surprise": "AU1+2+5+26",
}
"""Action units (FACS) of each emotion."""

_BOTH_SIDES: Mapping[str, Mapping[str, float]] = {
    "anger": {
        "browDown": 1.4,
        "noseSneer": 0.9,
        "eyeSquint": 0.5,
        "eyeWide": 0.4,
        "mouthUpperUp": 0.7,
        "mouthLowerDown": 1.0,
        "mouthStretch": 0.6,
        "mouthFrown": 0.3,
        "mouthFunnel": 0.2,
        "jawOpen": 0.1,
    },
    "disgust": {
        "noseSneer": 1.0,
        "mouthUpperUp": 1.0,
        "browDown": 0.5,
        "cheekSquint": 0.6,
        "eyeSquint": 0.4,
        "mouthShrugLower": 0.6,
    },
    "fear": {
        "browInnerUp": 1.2,
        "browOuterUp": 0.2,
        "browDown": 0.8,
        "eyeWide": 1.0,
        "eyeSquint": 0.3,
        "mouthStretch": 1.0,
        "mouthLowerDown": 0.7,
        "mouthFrown": 0.3,
        "mouthUpperUp": 0.2,
        "jawOpen": 0.1,
    },
    "happiness": {
        "mouthSmile": 1.0,
        "cheekSquint": 0.5,
        "eyeSquint": 0.2,
        "mouthUpperUp": 0.9,
        "mouthLowerDown": 0.4,
        "mouthDimple": 0.3,
        "jawOpen": 0.12,
    },
    "sadness": {
        "browInnerUp": 1.2,
        "browDown": 1.2,
        "eyeSquint": 0.3,
        "mouthFrown": 1.0,
        "mouthShrugLower": 0.6,
        "mouthStretch": 0.2,
    },
    "surprise": {
        "browInnerUp": 1.0,
        "browOuterUp": 1.0,
        "eyeWide": 0.7,
        "jawOpen": 0.5,
    },
}
"""Coefficients at full strength. A few exceed 1, the largest movement of the model. A name stands for its left and
right unit where the model has both."""


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
    return with_sides(_BOTH_SIDES[emotion], unit_names, emotion)


def with_sides(strengths: Mapping[str, float], unit_names: tuple[str, ...], emotion: str) -> dict[str, float]:
    """Return the coefficients of units, with both sides of those that have two.

    Parameters
    ----------
    strengths : mapping
        Coefficients by the name without a side.
    unit_names : tuple of str
        The units of the model.
    emotion : str
        What they show, for the message.

    Raises
    ------
    FaceModelError
        If the model lacks one of the units.
    """
    blend = {}
    for name, strength in strengths.items():
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
