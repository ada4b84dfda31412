"""The frames that a simulated session keeps, drawn without the session.

The pictures are pixel for pixel those of a real session: the neutral frames of one calibration and the frame of the key
press of the first imitation of every target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from experiment.simulation.face_schedule import FaceState, SequenceFrame
from experiment.simulation.imitation import Imitator, habits, imitation_name
from experiment.simulation.movement import neutral_sequence
from experiment.simulation.person import SimulatedPerson
from experiment.simulation.simulated_camera import noise_number, sensor_noise

RATE_HZ = 30.0
"""Default frame rate of the camera in protocols."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrame:
    """One kept frame and its truth."""

    target: str
    """Name of the target; ``neutral`` for frames of the calibration."""
    image: ImageArray
    moment: SequenceFrame


def key_frames(
    person: SimulatedPerson,
    targets: Mapping[str, FloatArray],
    model: FaceModel,
    *,
    draw: Callable[[FaceState], ImageArray],
    neutrals: int = 10,
) -> Iterator[KeyFrame]:
    """Draw the kept frames, the neutral ones first.

    Parameters
    ----------
    person : SimulatedPerson
        The participant.
    targets : mapping
        (E,) units of each target by name.
    model : FaceModel
        The face model.
    draw : callable
        Draws a state of the person without noise (`experiment.simulation.drawing.states.state_drawer`).
    neutrals : int
        Number of neutral frames.
    """
    noise = sensor_noise(person)

    def frame(target: str, moment: SequenceFrame) -> KeyFrame:
        return KeyFrame(target, noise.expose(draw(moment.state), noise_number(moment)), moment)

    neutral = neutral_sequence(person, model)
    for number in range(neutrals):
        yield frame("neutral", SequenceFrame(neutral, number))
    imitator = Imitator(person, model.bases["units"].names, RATE_HZ)
    habit = habits(person, imitator.units)
    for target, units in targets.items():
        imitation = imitator.imitate(imitation_name(target, 1), units, habit)
        yield frame(target, SequenceFrame(imitation.sequence, imitation.timing.key))
