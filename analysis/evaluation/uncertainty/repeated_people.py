"""Drawn people who are photographed again and again with the same expressions.

The people of a group imitate the same six expressions, each with their own strength and with stray movements. A session
has neutral pictures and one picture of each expression. In good sessions only small things change: head, light, camera
noise. In each of the other sessions one thing is bad: the head is turned, the face is small, or the picture is dark or
blurred. The skin of every second group wrinkles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.photographs import PhotographStore
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, measure_person
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Scene
from analysis.face.synthetic.expressions import CLEAR_SPREAD, STRAY, personal_expression
from analysis.face.synthetic.people import Person, Photograph, draw_person
from analysis.face.synthetic.scenes import sized

GOOD = "good"
GOOD_SESSIONS = 5
"""Good sessions of each person; the mean score of the others is the truth of one of them."""
PEOPLE = 4
"""People of a group."""
SEED = 20261
_STILL_DEG = 5.0
_STRENGTH = (0.4, 1.1)
_NEUTRALS = 3
"""Largest number of neutral pictures of a session."""


@dataclass(frozen=True, slots=True)
class GroupTask:
    """One group of drawn people, as a value that can be sent to other processes."""

    store: PhotographStore
    part: str
    """``learn`` or ``judge``; the people of the two parts are different."""
    number: int

    def rng(self, *place: int) -> np.random.Generator:
        """Return the random numbers of a place in this group: a person, a session."""
        return np.random.default_rng((SEED, int(self.part == "judge"), self.number, *place))


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSet:
    """The measured faces of one session of one person."""

    person: str
    condition: str
    """`GOOD`, or what is bad: a name in `CONDITIONS`."""
    number: int
    """Number of the session of this condition, from 0."""
    faces: Mapping[str, MeasuredFace]
    """The faces by expression, without those that could not be measured."""


def _turned(scene: Scene, rng: np.random.Generator) -> Scene:
    yaw, pitch = rng.uniform(8.0, 15.0) * rng.choice((-1.0, 1.0)), rng.uniform(-7.5, 7.5)
    return replace(scene, pose=replace(scene.pose, yaw_deg=float(yaw), pitch_deg=float(pitch)))


def _small(scene: Scene, rng: np.random.Generator) -> Scene:
    return sized(scene, float(rng.uniform(95.0, 140.0)))


def _dark(scene: Scene, rng: np.random.Generator) -> Scene:
    sensor = replace(scene.sensor, exposure=float(rng.uniform(0.15, 0.4)), noise=float(rng.uniform(3.0, 6.0)))
    return replace(scene, sensor=sensor)


def _blurred(scene: Scene, rng: np.random.Generator) -> Scene:
    return replace(scene, sensor=replace(scene.sensor, blur_px=float(rng.uniform(1.5, 4.0))))


CONDITIONS: Mapping[str, tuple[Callable[[Scene, np.random.Generator], Scene], bool]] = {
    "turned": (_turned, False),
    "small": (_small, True),
    "dark": (_dark, True),
    "blurred": (_blurred, True),
}
"""What is bad in the other sessions, and whether the neutral pictures are as bad."""
_SESSIONS = (
    ("turned", 0),
    ("small", 0),
    ("dark", 0),
    *((GOOD, number) for number in range(GOOD_SESSIONS)),
    ("blurred", 0),
)
"""Conditions and numbers of the sessions of a person; the place of each selects its random numbers."""


def measured_sets(task: GroupTask, model: FaceModel) -> list[MeasuredSet]:
    """Photograph and measure the people of a group in every session.

    Parameters
    ----------
    task : GroupTask
        The group.
    model : FaceModel
        The model to fit.

    Returns
    -------
    list of MeasuredSet
        Without sessions of which no face could be measured.
    """
    found = []
    for k, person, shown in people_of(task):
        for condition, number in _SESSIONS:
            photographs = session_photographs(task, k, person, shown, (condition, number))
            if (one := _measured(task.store, photographs, person, model)) is not None:
                found.append(MeasuredSet(person.name, condition, number, one))
    return found


def people_of(task: GroupTask) -> Iterator[tuple[int, Person, Mapping[str, FloatArray]]]:
    """Yield number, person and expressions (units by name) of a group."""
    rng = task.rng()
    drawn = task.store.generator.model()
    names = drawn.bases["units"].names
    shared = {one: personal_expression(one, names, rng, spread=CLEAR_SPREAD, left_out=0.0) for one in EMOTIONS}
    for k in range(PEOPLE):
        person = draw_person(f"{task.part}-{task.number}-{k}", len(drawn.identity), rng, wrinkles=task.number % 2 == 1)
        shown = {
            one: np.clip(units * rng.uniform(*_STRENGTH) + rng.uniform(0.0, STRAY, len(units)), 0.0, 1.0)
            for one, units in shared.items()
        }
        yield k, person, shown


def session_photographs(
    task: GroupTask, k: int, person: Person, shown: Mapping[str, FloatArray], session: tuple[str, int]
) -> list[Photograph]:
    """Return the photographs of one session, neutral ones first.

    Parameters
    ----------
    task : GroupTask
        The group.
    k : int
        Number of the person in the group.
    person : Person
        The person.
    shown : mapping
        Coefficients of the units of each expression.
    session : (str, int)
        Condition and number of the session.
    """
    return _session(person, shown, session[0], task.rng(k, _SESSIONS.index(session)))


def _session(
    person: Person, shown: Mapping[str, FloatArray], condition: str, rng: np.random.Generator
) -> list[Photograph]:
    change, also_neutral = CONDITIONS.get(condition, (None, False))
    light = person.scene.light
    turned_lamp = light.key_azimuth_deg + float(rng.normal(0.0, 6.0))
    light = replace(light, key_azimuth_deg=turned_lamp, key=light.key * float(rng.uniform(0.9, 1.1)))
    sensor = replace(person.scene.sensor, noise=float(rng.uniform(1.0, 4.0)), blur_px=float(rng.uniform(0.3, 0.8)))
    scene = replace(person.scene, light=light, sensor=sensor)
    if change is not None and also_neutral:
        scene = change(scene, rng)
    of_session = replace(person, scene=scene)
    still = np.zeros(len(next(iter(shown.values()))))
    labels = [NEUTRAL] * int(rng.integers(1, _NEUTRALS + 1)) + list(shown)
    found = []
    for label in labels:
        taken = of_session.turned_at_random(_STILL_DEG, rng)
        if change is not None and not also_neutral and label != NEUTRAL:
            taken = change(taken, rng)
        found.append(Photograph(person, label, shown.get(label, still), taken, frame=int(rng.integers(64))))
    return found


def _measured(
    store: PhotographStore, photographs: list[Photograph], person: Person, model: FaceModel
) -> dict[str, MeasuredFace] | None:
    try:
        measured = measure_person(person.name, [store.detect(one) for one in photographs], model)
    except FaceError:
        return None
    if measured.calibration != "neutral":
        return None
    return {face.picture.expression: face for face in measured.faces}
