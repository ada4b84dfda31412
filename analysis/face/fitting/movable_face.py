"""The landmarks of one person, and the directions in which a fit moves them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.face.arrays import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MovableFace:
    """The landmarks of a person at rest, their uncertainty, and expression shapes.

    It is the same for all pictures of a person, so it is made once.
    """

    neutral_mm: FloatArray
    """(3, n) landmarks of the person at rest."""
    directions_mm: FloatArray
    """(3, n, C + E) one standard deviation along each axis of uncertainty of the neutral landmarks, then the movement
    at full strength of each expression shape."""
    axes: int
    """C."""
    by_landmark_mm: FloatArray
    """(n, 3, C + E) the same directions, landmark by landmark."""
    curvature: FloatArray
    """(6 + C,) of the prior on pose and shift of the neutral landmarks: zeros, then ones."""

    @classmethod
    def of(cls, neutral_mm: FloatArray, shapes_mm: FloatArray, axes_mm: FloatArray | None = None) -> MovableFace:
        """Return a face from its landmarks and directions.

        Parameters
        ----------
        neutral_mm : (3, n) float array
            Landmarks of the person at rest.
        shapes_mm : (3, n, E) float array
            Expression shapes.
        axes_mm : (3, n, C) float array, optional
            Axes of uncertainty; without them the landmarks at rest are exact.
        """
        axes = 0 if axes_mm is None else axes_mm.shape[2]
        directions = shapes_mm if axes_mm is None else np.concatenate((axes_mm, shapes_mm), axis=2)
        directions = np.ascontiguousarray(directions)
        by_landmark = np.ascontiguousarray(directions.transpose(1, 0, 2))
        return cls(neutral_mm, directions, axes, by_landmark, np.concatenate((np.zeros(6), np.ones(axes))))

    def moved(self, along: FloatArray) -> FloatArray:
        """Return the (3, n) landmarks after a movement.

        Parameters
        ----------
        along : (C + E,) float array
            Shift of the neutral landmarks, then strengths of the shapes.
        """
        movement = self.directions_mm.reshape(self.neutral_mm.size, len(along)).dot(along)
        points: FloatArray = movement.reshape(self.neutral_mm.shape)
        points += self.neutral_mm
        return points
