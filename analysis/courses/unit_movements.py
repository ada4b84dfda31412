"""Movement of the landmarks in the direction of a unit, to date a movement.

The strength of a unit is one of 43 numbers that a fit finds together, and is never below 0. That is right for how
strong a movement is, but the begin of a rise is lost in it. Here the movement ``d`` of all landmarks from rest is
projected onto one direction for each unit::

    z_u = w_u . d,      w_u = C^-1 s_u / (s_u' C^-1 s_u)                                                     (1)

with the mean response ``s_u`` of the landmarks to the unit, and the covariance ``C`` of what moves them without it: the
errors of the detector and the movements of the other half of the face (the matched filter, [1]_). So ``z_u`` is 0 at
rest on average, may be negative, and is 1 on average at full strength. ``s_u`` and ``C`` were learned from drawn people
by ``scripts/evaluate courses --learn``. ``d`` is the mean of the face and its mirror image.

``z_u`` does not separate the units of one half of the face. If several of them move, their parts are separated by the
mean responses ``R``, with ``R_uv`` the response of ``z_u`` to unit ``v``::

    z = R a                                                                                                  (2)

for those that move. This adds noise, so units that do not move are left out of it.

References
----------
.. [1] Turin, An introduction to matched filters, IRE Transactions on Information Theory 6 (1960), 311-329.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from analysis.courses.course_columns import MOVEMENT
from analysis.face.arrays import FloatArray
from analysis.face.fitting.fitted_face import FittedFace
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.movements.from_rest import landmark_movement

LEARNED = Path(__file__).with_name("unit_movements.json")


@dataclass(frozen=True, slots=True, eq=False)
class Directions:
    """What was learned."""

    units: tuple[str, ...]
    """(U,) units without a side."""
    weights: FloatArray
    """(U, 68, 2) ``w`` of equation 1, 1 / mm, to the right and up."""
    responses: FloatArray
    """(U, U) ``R`` of equation 2."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures."""
        return tuple(MOVEMENT + unit for unit in self.units)


@lru_cache(maxsize=1)
def directions() -> Directions:
    """Return the learned directions."""
    content = json.loads(LEARNED.read_text("utf-8"))
    units = content["units"]
    return Directions(
        tuple(units),
        np.array([one["weights"] for one in units.values()], dtype=np.float64),
        np.array([[one["responses"][other] for other in units] for one in units.values()], dtype=np.float64),
    )


def unit_movements(fit: FittedFace, landmarks: Landmarks, model: FaceModel) -> FloatArray:
    """Return the (U,) movements of a face in the directions of the units.

    Parameters
    ----------
    fit : FittedFace
        Pose and person.
    landmarks : Landmarks
        The detected landmarks.
    model : FaceModel
        The face model.
    """
    return np.asarray(np.tensordot(directions().weights, landmark_movement(fit, landmarks, model)))


def separated(
    measures: Mapping[str, FloatArray], unit: str, moving: Collection[str], learned: Directions | None = None
) -> FloatArray | None:
    """Return the (N,) movement of a unit without the parts of others that move.

    None for a unit without a direction, and if the measures have no movements, as in tables of other programs.

    Parameters
    ----------
    measures : mapping of str to (N,) float array
        All measures.
    unit : str
        The unit, without a side.
    moving : collection of str
        Units that move in this trial.
    learned : Directions, optional
        Default: those of the program.
    """
    known = learned or directions()
    if unit not in known.units or MOVEMENT + unit not in measures:
        return None
    chosen = [number for number, name in enumerate(known.units) if name == unit or name in moving]
    courses = np.array([measures[known.measures[number]] for number in chosen])
    parts = np.linalg.solve(known.responses[np.ix_(chosen, chosen)], courses)
    return np.asarray(parts[chosen.index(known.units.index(unit))])
