"""What a target asks of a face: strengths of units, known where the target was rendered, measured where it was not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.errors import AnalysisError
from analysis.face.measurement import NEUTRAL, Picture, detect_face, measure_person
from analysis.face.models.emotions import recipe
from analysis.face.models.model import FaceModel
from experiment.protocol.plan import Target

BLENDS_FILE = "targets.json"
"""Lies beside pictures that were rendered and says from which blend (`analysis.face.render.portraits`)."""


def goal_of(target: Target, model: FaceModel) -> FloatArray:
    """(E,) strengths of the units of the model that a target shows.

    Known exactly for targets that a protocol gives as blends and for the pictures that ship; any other picture is
    measured as the analysis would. A picture in which no face can be measured asks for nothing: (E,) zeros.
    """
    blend = target.blend or _known_blend(target.image)
    if blend is not None:
        return units_of_blend(blend, model)
    return _measured(target, model)


def units_of_blend(blend: Mapping[str, float], model: FaceModel) -> FloatArray:
    """(E,) strengths of the units in a mixture of emotions."""
    names = model.bases["units"].names
    strengths = np.zeros(len(names))
    for emotion, share in blend.items():
        parts = recipe(emotion, names)
        strengths += share * np.array([parts.get(name, 0.0) for name in names])
    return np.clip(strengths, 0.0, 1.0)


def _known_blend(image: Path) -> Mapping[str, float] | None:
    file = image.with_name(BLENDS_FILE)
    try:
        blends = json.loads(file.read_text(encoding="utf-8"))["blends"]
        blend = blends[image.stem]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {str(emotion): float(strength) for emotion, strength in blend.items()}


def _measured(target: Target, model: FaceModel) -> FloatArray:
    shown = Picture(target.image, "target")
    pictures = [shown] if target.neutral is None else [Picture(target.neutral, NEUTRAL), shown]
    try:
        person = measure_person(target.name, [detect_face(picture) for picture in pictures], model)
    except AnalysisError:
        return np.zeros(len(model.bases["units"].names))
    found = [face for face in person.faces if face.picture == shown]
    if not found or found[0].intensity_fit.basis != "units":
        return np.zeros(len(model.bases["units"].names))
    return np.asarray(found[0].intensity_fit.expression, dtype=np.float64)
