"""The frames a session with a simulated participant would keep, without the session: for studies of many people.

Pixel for pixel those of a real run: the neutral frames of one calibration and the frame of the key press of the first
attempt at every target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.model import FaceModel
from analysis.face.render.sensor import SensorNoise
from experiment.simulation import movement
from experiment.simulation.drawn_pictures import PersonDrawer
from experiment.simulation.face_schedule import Moment
from experiment.simulation.imitation import attempt_name, habits, imitate
from experiment.simulation.movement import FaceState
from experiment.simulation.person import Person
from experiment.simulation.simulated_camera import noise_number, sensor_noise

RATE_HZ = 30.0
"""Of the camera, as protocols ask for unless they say otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrame:
    """One kept frame and the truth about it."""

    target: str
    """Name of the target; ``neutral`` for frames of the calibration."""
    image: ImageArray
    moment: Moment[FaceState]


def key_frames(
    person: Person,
    goals: Mapping[str, FloatArray],
    model: FaceModel,
    drawer: PersonDrawer,
    *,
    neutrals: int = 10,
) -> Iterator[KeyFrame]:
    """Draw the frames one after the other, the neutral ones first.

    Parameters
    ----------
    goals
        (E,) strengths of the units each target shows, by its name (`experiment.simulation.target_units`).
    """
    noise = sensor_noise(person)
    calibration = movement.calibration(person, model)
    for frame in range(neutrals):
        yield _film("neutral", Moment(calibration, frame), drawer, noise)
    units = model.bases["units"].names
    habit = habits(person, units)
    for target, goal in goals.items():
        act, _, timing = imitate(attempt_name(target, 1), goal, person, habit, units, rate_hz=RATE_HZ)
        yield _film(target, Moment(act, timing.key), drawer, noise)


def _film(target: str, moment: Moment[FaceState], drawer: PersonDrawer, noise: SensorNoise) -> KeyFrame:
    return KeyFrame(target, noise.expose(drawer.draw(moment.state), noise_number(moment)), moment)
