"""Changes of scores when the picture gets worse.

The head is turned, or the face is small, blurred, noisy or badly lit. Everyone shows exactly the expressions of one
target person, so every change along a curve comes from the picture. The target person is always photographed well.
Where only the head turns, people are calibrated facing the camera. In every other condition their neutral pictures are
as bad as the others, as in one session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.members import DrawnStudy, Member, measure_members
from analysis.evaluation.sizes import Size
from analysis.face.measurement import NEUTRAL
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Lighting, Scene
from analysis.face.similarity.metrics import Metric
from analysis.face.synthetic.expressions import prototype
from analysis.face.synthetic.people import Person, Photograph, draw_person
from analysis.face.synthetic.scenes import FACE_PX, posed, sized
from analysis.tables.similarity_table import SimilarityTable, similarity_table
from analysis.tables.statistics import Pooled

STRENGTH = 0.9
_NEUTRALS = 2
"""Largest number of neutral pictures of a condition: they differ only by the noise of the camera."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One property of a picture that gets worse."""

    name: str
    unit: str
    values: tuple[float, ...]
    usual: float
    """The value of this property along every other curve."""
    scene: Callable[[Scene, float], Scene]
    """Returns the scene with the property at a value."""
    turns_head: bool = False
    logarithmic: bool = False
    """Whether the axis is logarithmic."""


def _light(scene: Scene, azimuth_deg: float) -> Scene:
    return replace(scene, light=Lighting(key_azimuth_deg=azimuth_deg, key_elevation_deg=20, key=1.0, room=0.15))


def _sensor(scene: Scene, **values: float) -> Scene:
    return replace(scene, sensor=replace(scene.sensor, **values))


CONDITIONS = (
    Condition("head turned to the side", "degrees", (-20, -15, -10, 0, 10, 15, 20), 0,
              lambda scene, value: posed(scene, yaw_deg=value), turns_head=True),
    Condition("head up or down", "degrees", (-20, -15, -10, 0, 10, 15, 20), 0,
              lambda scene, value: posed(scene, pitch_deg=value), turns_head=True),
    Condition("width of the face", "px", (100, 140, FACE_PX, 600), FACE_PX, sized, logarithmic=True),
    Condition("blur, standard deviation", "% of the face's width", (0.2, 1.0, 2.0, 3.0), 0.2,
              lambda scene, value: _sensor(scene, blur_px=value / 100 * FACE_PX)),
    Condition("noise, standard deviation", "of 255 levels", (2.5, 10, 20, 40), 2.5,
              lambda scene, value: _sensor(scene, noise=value)),
    Condition("one lamp, from the front to the side", "degrees", (0, 45, 90), 0, _light),
    Condition("exposure", "of the usual", (0.25, 0.5, 1.0, 2.0), 1.0,
              lambda scene, value: _sensor(scene, exposure=value)),
)  # fmt: skip


def conditions_of(size: Size) -> tuple[Condition, ...]:
    """Return the conditions of an evaluation of this size."""
    if size.whole_curves:
        return CONDITIONS
    return tuple(replace(one, values=(one.usual, one.values[-1])) for one in CONDITIONS[:1])


@dataclass(frozen=True, slots=True)
class Point:
    """One metric at one value of one condition."""

    rank1: float
    matching: float
    """Mean of the matching cells."""
    others: float
    """Mean of the other cells."""
    change: float
    """Mean absolute change of the matching cells from the same faces at the usual value."""
    largest_change: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One condition, from good to bad."""

    condition: Condition
    measured: tuple[float, ...]
    """Proportion of pictures with a measured face, one of each value."""
    points: Mapping[str, tuple[Point, ...]]
    """The points of each metric."""


@dataclass(frozen=True, slots=True, eq=False)
class ConditionPanel:
    """People measured in every condition, and their target person."""

    target: Member
    conditions: tuple[Condition, ...]
    members: Mapping[tuple[str, float], Sequence[Member]]
    """The people by name and value of the condition."""
    pictures: int


def measure_conditions(study: DrawnStudy) -> ConditionPanel:
    """Photograph and measure everyone in every condition."""
    rng = np.random.default_rng(study.seed)
    model = study.store.generator.model()
    names = model.bases["units"].names
    still = np.zeros(len(names))
    shown = {emotion: STRENGTH * prototype(emotion, names) for emotion in EMOTIONS}
    neutrals = range(min(study.size.neutrals, _NEUTRALS))

    def photographs_of(person: Person, neutral_scene: Scene, scene: Scene) -> list[Photograph]:
        at_rest = [Photograph(person, NEUTRAL, still, neutral_scene, frame=frame) for frame in neutrals]
        return [*at_rest, *(Photograph(person, label, face, scene, frame=20) for label, face in shown.items())]

    target = draw_person("curve-target", len(model.identity), rng)
    people = [draw_person(f"curve-{k}", len(model.identity), rng) for k in range(study.size.curve_people)]
    photographs = {target.name: photographs_of(target, target.scene, target.scene)}
    conditions = conditions_of(study.size)
    keys = [(condition, value) for condition in conditions for value in condition.values]
    for condition, value in keys:
        for person in people:
            scene = condition.scene(person.scene, value)
            neutral_scene = person.scene if condition.turns_head else scene
            photographs[_entry(person, condition, value)] = photographs_of(person, neutral_scene, scene)
    measured = measure_members(study.store, photographs, study.measuring, title="worse and worse pictures")
    members = {
        (condition.name, value): [measured[_entry(person, condition, value)] for person in people]
        for condition, value in keys
    }
    return ConditionPanel(measured[target.name], conditions, members, sum(map(len, photographs.values())))


def score_curve(panel: ConditionPanel, condition: Condition, metrics: Sequence[Metric], *, model: FaceModel) -> Curve:
    """Score everyone against the target person at every value of one condition.

    Parameters
    ----------
    panel : ConditionPanel
        The people and their comparisons.
    condition : Condition
        The condition of the curve.
    metrics : sequence of Metric
        Metrics to score with.
    model : FaceModel
        The fitted model.
    """
    points = {metric.name: _points(panel, condition, metric, model) for metric in metrics}
    measured = tuple(
        float(np.mean([len(member.measured) / len(EMOTIONS) for member in panel.members[condition.name, value]]))
        for value in condition.values
    )
    return Curve(condition, measured, points)


def _points(panel: ConditionPanel, condition: Condition, metric: Metric, model: FaceModel) -> tuple[Point, ...]:
    targets = panel.target.take(0)
    tables = {
        value: [
            similarity_table(targets, member.take(0), metric, model=model)
            for member in panel.members[condition.name, value]
        ]
        for value in condition.values
    }
    usual = [_matching(table) for table in tables[condition.usual]]
    points = []
    for value in condition.values:
        pooled = Pooled.of(tables[value])
        changes = [
            abs(score - before[name])
            for table, before in zip(tables[value], usual, strict=True)
            for name, score in _matching(table).items()
            if name in before
        ]
        found = len(pooled.matching) > 0
        points.append(
            Point(
                rank1=pooled.rank1(),
                matching=float(pooled.matching.mean()) if found else float("nan"),
                others=float(pooled.others.mean()) if found else float("nan"),
                change=float(np.mean(changes)) if changes else float("nan"),
                largest_change=float(np.max(changes)) if changes else float("nan"),
            )
        )
    return tuple(points)


def _matching(table: SimilarityTable) -> dict[str, float]:
    """Return the score of each mimic with its own target."""
    return dict(zip(table.imitated, table.scores[table.matching], strict=True))


def _entry(person: Person, condition: Condition, value: float) -> str:
    return f"{person.name}, {condition.name} {value:g}"
