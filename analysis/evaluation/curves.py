"""How scores hold when the picture gets worse: head turned, face small, blurred, noisy, badly lit.

Everyone shows exactly the expressions of one target person, so whatever changes along a curve comes from the picture.
The target person is always photographed well. Where only the head turns, people are calibrated facing the camera;
under every other condition their neutral pictures are as bad as the others, as they would be in one session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.cast import Means, Member, measure_cast
from analysis.evaluation.shots import Shot, Studio
from analysis.evaluation.sizes import Size
from analysis.face.measurement import NEUTRAL
from analysis.face.models.emotions import EMOTIONS
from analysis.face.models.model import FaceModel
from analysis.face.render.scene import Lighting, Scene
from analysis.face.similarity.metrics import Metric
from analysis.face.synthetic.expressions import prototype
from analysis.face.synthetic.people import FACE_PX, Person, draw_person, sized
from analysis.tables.similarity_table import similarity_table
from analysis.tables.statistics import Pooled

STRENGTH = 0.9
_NEUTRALS = 2
"""Pictures at rest of each condition are enough: they differ by the noise of the camera only."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing about a picture that gets worse."""

    name: str
    unit: str
    values: tuple[float, ...]
    usual: float
    """The value at which every other curve is taken."""
    scene: Callable[[Scene, float], Scene]
    turns_head: bool = False
    logarithmic: bool = False
    """To be drawn so."""


def _pose(scene: Scene, **degrees: float) -> Scene:
    return replace(scene, pose=replace(scene.pose, **degrees))


def _light(scene: Scene, azimuth_deg: float) -> Scene:
    return replace(scene, light=Lighting(key_azimuth_deg=azimuth_deg, key_elevation_deg=20, key=1.0, room=0.15))


def _sensor(scene: Scene, **values: float) -> Scene:
    return replace(scene, sensor=replace(scene.sensor, **values))


CONDITIONS = (
    Condition("head turned to the side", "degrees", (-20, -15, -10, 0, 10, 15, 20), 0,
              lambda scene, value: _pose(scene, yaw_deg=value), turns_head=True),
    Condition("head up or down", "degrees", (-20, -15, -10, 0, 10, 15, 20), 0,
              lambda scene, value: _pose(scene, pitch_deg=value), turns_head=True),
    Condition("width of the face", "px", (100, 140, FACE_PX, 600), FACE_PX, sized, logarithmic=True),
    Condition("blur, standard deviation", "% of the face's width", (0.2, 1.0, 2.0, 3.0), 0.2,
              lambda scene, value: _sensor(scene, blur_px=value / 100 * FACE_PX)),
    Condition("noise, standard deviation", "of 255 levels", (2.5, 10, 20, 40), 2.5,
              lambda scene, value: _sensor(scene, noise=value)),
    Condition("one lamp, from the front to the side", "degrees", (0, 45, 90), 0, _light),
    Condition("exposure", "of the usual", (0.25, 0.5, 1.0, 2.0), 1.0,
              lambda scene, value: _sensor(scene, exposure=value)),
)  # fmt: skip


def followed(size: Size) -> tuple[Condition, ...]:
    """The conditions an evaluation of this size follows."""
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
    change: float
    """Mean absolute change of the matching cells against the same faces at the usual value."""
    largest_change: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One condition, from good to bad."""

    condition: Condition
    measured: tuple[float, ...]
    """Fraction of the pictures a face was measured in, one of each value."""
    points: Mapping[str, tuple[Point, ...]]
    """By metric."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """The people of the curves, measured under every condition."""

    target: Member
    conditions: tuple[Condition, ...]
    under: Mapping[tuple[str, float], Sequence[Member]]
    """By name of the condition and its value; one entry a person."""
    pictures: int


def watch_people(studio: Studio, size: Size, means: Means, *, seed: int) -> Watched:
    """Photograph and measure everyone under every condition."""
    rng = np.random.default_rng(seed)
    names = studio.generator.model().bases["units"].names
    rest = np.zeros(len(names))
    shown = {emotion: STRENGTH * prototype(emotion, names) for emotion in EMOTIONS}

    def shots(who: Person, neutral_scene: Scene, scene: Scene) -> list[Shot]:
        neutrals = [
            Shot(who, NEUTRAL, rest, neutral_scene, frame=frame) for frame in range(min(size.neutrals, _NEUTRALS))
        ]
        return [*neutrals, *(Shot(who, label, face, scene, frame=20) for label, face in shown.items())]

    components = len(studio.generator.model().identity)
    target = draw_person("watched-target", components, rng)
    people = [draw_person(f"watched-{k}", components, rng) for k in range(size.watched)]
    cast = {target.name: shots(target, target.scene, target.scene)}
    conditions = followed(size)
    for condition in conditions:
        for value in condition.values:
            for who in people:
                scene = condition.scene(who.scene, value)
                neutral_scene = who.scene if condition.turns_head else scene
                cast[_entry(who.name, condition, value)] = shots(who, neutral_scene, scene)
    seen = measure_cast(studio, cast, means, "worse and worse pictures")
    under = {
        (condition.name, value): [seen[_entry(who.name, condition, value)] for who in people]
        for condition in conditions
        for value in condition.values
    }
    return Watched(seen[target.name], conditions, under, sum(map(len, cast.values())))


def curve(watched: Watched, condition: Condition, metrics: Sequence[Metric], model: FaceModel) -> Curve:
    """Score everyone against the target person, at every value of one condition."""
    points = {metric.name: tuple(_points(watched, condition, metric, model)) for metric in metrics}
    expected = len(EMOTIONS)
    measured = tuple(
        float(np.mean([len(member.faces) / expected for member in watched.under[condition.name, value]]))
        for value in condition.values
    )
    return Curve(condition, measured, points)


def _points(watched: Watched, condition: Condition, metric: Metric, model: FaceModel) -> list[Point]:
    targets = watched.target.take(0)
    tables = {
        value: [
            similarity_table(targets, member.take(0), metric, model) for member in watched.under[condition.name, value]
        ]
        for value in condition.values
    }
    usual = [dict(zip(table.imitated, table.scores[table.matching], strict=True)) for table in tables[condition.usual]]
    points = []
    for value in condition.values:
        pooled = Pooled.of(tables[value])
        changes = [
            abs(score - before[name])
            for table, before in zip(tables[value], usual, strict=True)
            for name, score in zip(table.imitated, table.scores[table.matching], strict=True)
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
    return points


def _entry(person: str, condition: Condition, value: float) -> str:
    return f"{person}, {condition.name} {value:g}"
