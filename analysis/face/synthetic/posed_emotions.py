"""The six emotions as drawn people pose them without a target.

These are other variants of the prototypes of the Facial Action Coding System than those of the targets
(`analysis.face.models.emotions`), and weaker: anger with a closed mouth, a narrow smile. The measurement of emotions
has learned both, and a smile with closed lips (`analysis.face.fitting.emotion_responses`).
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.face.models.emotions import with_sides

_POSED: Mapping[str, Mapping[str, float]] = {
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

CLOSED_SMILE: Mapping[str, float] = {
    "mouthSmile": 0.9,
    "cheekSquint": 0.4,
    "mouthRollUpper": 0.35,
    "mouthRollLower": 0.35,
    "mouthPress": 0.3,
    "mouthDimple": 0.3,
}
"""A smile with closed, thinned lips (AU6+12+14+24+28). Drawn for the measurement of emotions alone."""


def posed_recipe(emotion: str, unit_names: tuple[str, ...]) -> dict[str, float]:
    """Return the coefficients of the units of one emotion at full strength.

    Parameters
    ----------
    emotion : str
        One of `analysis.face.models.emotions.EMOTIONS`.
    unit_names : tuple of str
        The units of the model.

    Raises
    ------
    FaceModelError
        If the model lacks a unit of the emotion.
    """
    return with_sides(_POSED[emotion], unit_names, emotion)
