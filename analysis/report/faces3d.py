"""The faces of the 3D view as compact texts in the page.

Each array is compressed (zlib) and written as base64; the script of the page unpacks an array when its face is shown.
Coordinates are stored axis by axis: all x, then all y, then all z. A neutral face has whole steps of `NEUTRAL_STEP_MM`;
a movement has whole steps of its own, at most 127 to both sides.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray
from analysis.face.models.model import MATERIALS, FaceModel
from analysis.face.render.difference_colours import ANCHORS
from analysis.report.trial_view import LARGEST_MM, MeasuredTrial
from analysis.tables.measured_session import MeasuredSession

NEUTRAL_STEP_MM = 0.02
_MOST_STEPS = 127


@dataclass(frozen=True, slots=True)
class Movement:
    """The movement of all vertices from rest."""

    step_mm: float
    steps: str

    @staticmethod
    def of(movement_mm: FloatArray) -> Movement:
        """Return a movement in at most 127 steps to both sides.

        Parameters
        ----------
        movement_mm : (V, 3) float array
            Movement of each vertex.
        """
        step_mm = max(float(np.abs(movement_mm).max(initial=0.0)) / _MOST_STEPS, 1e-6)
        return Movement(round(step_mm, 6), packed(np.round(movement_mm / step_mm).clip(-127, 127).astype(np.int8).T))


def surface_data(model: FaceModel) -> dict[str, Any]:
    """Return what all faces of a page share: triangles, materials and colours."""
    wide = len(model.mean) > np.iinfo(np.uint16).max
    materials = np.zeros(len(model.mean), dtype=np.uint8) if model.materials is None else model.materials
    return {
        "triangles": packed(model.triangles.astype("<u4" if wide else "<u2")),
        "wide": wide,
        "materials": packed(materials.astype(np.uint8)),
        "names": MATERIALS,
        "step": NEUTRAL_STEP_MM,
        "largest": LARGEST_MM,
        "colours": ANCHORS,
    }


def session_faces(
    session: MeasuredSession, trials: tuple[MeasuredTrial, ...], model: FaceModel, *, faces: bool
) -> dict[str, Any]:
    """Return the faces of a session; empty without a trial.

    Parameters
    ----------
    session : MeasuredSession
        The measured faces.
    trials : tuple of MeasuredTrial
        What to show.
    model : FaceModel
        The model that fitted the faces.
    faces : bool
        Whether to show the shape of the person's face; else the model's mean face.
    """
    if not trials:
        return {}
    neutral = trials[0].mimic.face.intensity_fit.neutral_mm(model) if faces else model.mean
    targets: Mapping[str, Movement] = {
        name: Movement.of(session.targets[name].intensity_fit.displacement_mm(model))
        for name in dict.fromkeys(trial.trial.target for trial in trials)
    }
    moved = [Movement.of(trial.mimic.face.intensity_fit.displacement_mm(model)) for trial in trials]
    return {
        "neutral": packed(np.round(neutral / NEUTRAL_STEP_MM).clip(-32768, 32767).astype("<i2").T),
        "targets": {name: [one.step_mm, one.steps] for name, one in targets.items()},
        "trials": [
            {"id": trial.trial.id, "target": trial.trial.target, "moved": [one.step_mm, one.steps]}
            for trial, one in zip(trials, moved, strict=True)
        ],
    }


def packed(array: NDArray[Any]) -> str:
    """Return an array as base64 of its compressed bytes.

    Parameters
    ----------
    array : array
        Of any type; its bytes are stored row by row.
    """
    return base64.b64encode(zlib.compress(np.ascontiguousarray(array).tobytes(), 9)).decode("ascii")
