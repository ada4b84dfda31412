"""The face of a simulated person in a viewing trial, in every camera frame.

A trial has two sequences, because the display decides when the target appears: the time before the target, and the time
from its onset to the end of the trial. Both contain movements that have nothing to do with the target
(`unrelated_movement`); the second one also has the reaction to the target (`mimicry`).

Drawing takes most of the time of a simulation. Therefore a face that has hardly changed is not drawn again: strengths
change in steps of `STEP`, and the head has few positions. The truth has the face that is shown, step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray
from experiment.simulation.face_schedule import FaceSequence, FaceState
from experiment.simulation.person import SimulatedPerson
from experiment.simulation.watching.mimicry import MimicryTraits, Reaction
from experiment.simulation.watching.unrelated_movement import gaze_directions, head_positions, unrelated_movement

STEP = 0.012
"""Smallest change of a strength that is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class ViewingFace:
    """The face in one viewing trial."""

    before: FaceSequence
    """From the fixation cross on."""
    during: FaceSequence
    """From the onset of the target on, to the end of the trial."""
    reaction: Reaction


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """Makes the faces of one person who watches targets."""

    person: SimulatedPerson
    units: tuple[str, ...]
    """(E,) names of the units of the face model."""
    rate_hz: float
    """Frame rate of the camera."""
    gain: float = 1.0
    """Factor of the strength of mimicry (`--mimicry`)."""

    def watch(self, name: str, number: int, target: FloatArray, *, before: int) -> ViewingFace:
        """Return the face in one trial.

        Parameters
        ----------
        name : str
            Name of the trial; the names of the sequences begin with it.
        number : int
            Number that identifies the trial of the session; it seeds the reaction and all unrelated movements.
        target : (T, E) float array
            Units of the target in every camera frame from its onset to the end of the trial; zero after its offset.
        before : int
            Camera frames from the fixation cross to the onset.
        """
        rng = np.random.default_rng([self.person.seed, 13, number])
        reaction = Reaction.draw(MimicryTraits.of(self.person.seed), len(self.units), rng, gain=self.gain)
        frames = before + len(target)
        other = unrelated_movement(self.person, self.units, frames, rate_hz=self.rate_hz, trial=number)
        moved = other.units
        moved[before:] += reaction.course(target, self.rate_hz)
        moved = in_steps(np.clip(moved, 0.0, 1.0), STEP)
        lids = np.array([unit.startswith("eyeBlink") for unit in self.units])
        units = np.maximum(moved, np.outer(other.lids, lids))
        shown = (units, other.poses, other.gaze)
        return ViewingFace(
            self._sequence(f"{name}-before", shown, slice(None, before)),
            self._sequence(name, shown, slice(before, None)),
            reaction,
        )

    def _sequence(
        self, name: str, shown: tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]], part: slice
    ) -> FaceSequence:
        """Return the sequence of some frames; equal faces are one state."""
        units, poses, gaze = (values[part] for values in shown)
        heads, eyes = head_positions(self.person), gaze_directions()
        numbers: dict[bytes, int] = {}
        states: list[FaceState] = []
        order = []
        for face, pose, look in zip(units, poses, gaze, strict=True):
            state = FaceState(face, heads[pose], eyes[look])
            if state.key not in numbers:
                numbers[state.key] = len(states)
                states.append(state)
            order.append(numbers[state.key])
        return FaceSequence(name, tuple(states), tuple(order), loop_from=len(order) - 1)


def in_steps(values: FloatArray, step: float) -> FloatArray:
    """Return courses that change only when a value has changed by at least a step.

    Parameters
    ----------
    values : (T, E) float array
        Courses of E values, at least 0.
    step : float
        Smallest change. Values that are all below half a step become zero.
    """
    out = np.zeros_like(values)
    held = np.zeros(values.shape[1])
    for frame, value in enumerate(values):
        if value.max(initial=0.0) < step / 2:
            held = np.zeros_like(held)
        elif np.abs(value - held).max() >= step:
            held = np.round(value, 4)
        out[frame] = held
    return out
