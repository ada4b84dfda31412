"""Coverage of intervals with neighbouring camera frames as retakes.

A drawn person holds an expression, and five frames of it are measured, 70 ms apart. In *calm* frames the head moves by
a few tenths of a degree, the expression trembles by some hundredths, and the noise of the camera is new. In *restless*
frames the person also blinks and speaks: lids, jaw and lips move at random from frame to frame.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.evaluation.uncertainty.repeated_people import (
    GOOD,
    GOOD_SESSIONS,
    PEOPLE,
    GroupTask,
    MeasuredSet,
    people_of,
    session_photographs,
)
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.measurement import NEUTRAL, MeasuredFace, measure_person
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model
from analysis.face.similarity.metrics import Metric, metric
from analysis.face.similarity.parts import below_floor
from analysis.face.similarity.uncertainty import LearnedUncertainty, pair_features, retake_scatter
from analysis.inference.intervals import mean_by_t

CALM, RESTLESS = "calm", "restless"
FRAMES, CAPTURED = 5, 2
"""Frames of an imitation, and the number of the one that is scored."""
_SESSION, _TARGET_SESSION = 0, 1
_TREMOR, _HEAD_DEG = 0.03, 0.3
_RESTLESS = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0, "jawOpen": 0.4, "mouthPucker": 0.5, "mouthPress": 0.5}
"""Largest random strength of each unit; units that a face model does not have are left out."""
_SEED = 7


@dataclass(frozen=True, slots=True)
class FilmedScore:
    """A score of a frame, with those of its neighbours."""

    person: str
    matching: bool
    condition: str
    pair: tuple[float, ...]
    frames: Sequence[float]
    """Scores of all frames in order of time."""
    truth: float

    @property
    def score(self) -> float:
        """Score of the captured frame."""
        return self.frames[CAPTURED]


@dataclass(frozen=True, slots=True)
class FrameCoverage:
    """Coverage without and with neighbouring frames."""

    condition: str
    number: int
    plain: float
    retakes: float
    """Share of intervals that contain the truth, without and with neighbouring frames."""
    retakes_low: float
    retakes_high: float
    """95 % interval of the share over people, by Student's t."""
    plain_width: float
    retakes_width: float
    scatter: float
    """Median scatter of the frames."""
    wider: float
    """Share of intervals that the frames make wider."""


FILMED_METRICS = ("combined", "appearance", "units")


def filmed_group(names: Sequence[str], work: tuple[GroupTask, Sequence[MeasuredSet]]) -> dict[str, list[FilmedScore]]:
    """Return `filmed_scores` of a group, with the default model.

    Parameters
    ----------
    names : sequence of str
        Metrics that are not pooled.
    work : (GroupTask, sequence of MeasuredSet)
        The group and its measured sessions.
    """
    return filmed_scores(*work, names, load_model())


def filmed_scores(
    task: GroupTask, sets: Sequence[MeasuredSet], names: Sequence[str], model: FaceModel
) -> dict[str, list[FilmedScore]]:
    """Film people who imitate each other, and score the frames by metric.

    Parameters
    ----------
    task : GroupTask
        The group.
    sets : sequence of MeasuredSet
        Its measured sessions.
    names : sequence of str
        Metrics that are not pooled.
    model : FaceModel
        The model to fit.
    """
    faces: dict[tuple[str, str], dict[int, MeasuredFace]] = defaultdict(dict)
    for one in sets:
        for expression, face in one.faces.items():
            if one.condition == GOOD and not below_floor(face, model):
                faces[one.person, expression][one.number] = face
    films = {
        (person, expression, condition): frames
        for condition in (CALM, RESTLESS)
        for person, expression, frames in _films(task, condition, model)
    }
    # People of two face models have the same names.
    whose = task.store.generator.name
    return {
        name: [replace(row, person=f"{whose} {row.person}") for row in _rows(films, faces, metric(name), model)]
        for name in names
    }


def _rows(
    films: Mapping[tuple[str, str, str], Sequence[MeasuredFace]],
    faces: Mapping[tuple[str, str], Mapping[int, MeasuredFace]],
    chosen: Metric,
    model: FaceModel,
) -> Iterator[FilmedScore]:
    truths: dict[tuple[str, str, str, str], float] = {}
    for (person, imitated, condition), frames in films.items():
        own = [face for number, face in faces.get((person, imitated), {}).items() if number != _SESSION]
        for (target_person, shown), targets in faces.items():
            others = [face for number, face in targets.items() if number != _TARGET_SESSION]
            if target_person == person or _TARGET_SESSION not in targets or min(len(own), len(others)) < 3:
                continue
            key = (person, imitated, target_person, shown)
            if key not in truths:
                truths[key] = float(np.mean([chosen.score(a, b, model) for a in others for b in own]))
            target = targets[_TARGET_SESSION]
            scores = [chosen.score(target, face, model) for face in frames]
            pair = pair_features(target, frames[CAPTURED], model)
            yield FilmedScore(person, shown == imitated, condition, pair, scores, truths[key])


def _films(task: GroupTask, condition: str, model: FaceModel) -> Iterator[tuple[str, str, list[MeasuredFace]]]:
    """Yield person, expression and frames of completely measured imitations."""
    names = task.store.generator.model().bases["units"].names
    for k, person, shown in people_of(task):
        photographs = session_photographs(task, k, person, shown, (GOOD, _SESSION))
        neutral = [one for one in photographs if one.label == NEUTRAL]
        for at, one in enumerate(photographs):
            if one.label == NEUTRAL:
                continue
            rng = task.rng(k, GOOD_SESSIONS + PEOPLE, at, _SEED, int(condition == RESTLESS))
            frames = []
            for number in range(FRAMES):
                moved = _moved(one.expression, names, condition, rng)
                scene = one.scene
                pose = replace(
                    scene.pose,
                    yaw_deg=scene.pose.yaw_deg + float(rng.normal(0.0, _HEAD_DEG)),
                    pitch_deg=scene.pose.pitch_deg + float(rng.normal(0.0, _HEAD_DEG)),
                )
                frames.append(replace(one, expression=moved, scene=replace(scene, pose=pose), frame=100 + number))
            detected = [task.store.detect(each) for each in (*neutral, *frames)]
            try:
                measured = measure_person(person.name, detected, model)
            except FaceError:
                continue
            strong = not any(below_floor(face, model) for face in measured.faces)
            if measured.identity is not None and len(measured.faces) == FRAMES and strong:
                yield person.name, one.label, list(measured.faces)


def _moved(units: FloatArray, names: Sequence[str], condition: str, rng: np.random.Generator) -> FloatArray:
    moved = units * (1.0 + rng.normal(0.0, _TREMOR, len(units)))
    if condition == RESTLESS:
        for name, most in _RESTLESS.items():
            if name in names:
                moved[list(names).index(name)] += float(rng.uniform(0.0, most))
    return np.asarray(np.clip(moved, 0.0, 1.0))


def frame_coverages(rows: Sequence[FilmedScore], learned: LearnedUncertainty) -> list[FrameCoverage]:
    """Return the coverage by condition; both kinds of scores count the same.

    Parameters
    ----------
    rows : sequence of FilmedScore
        The scores of one metric.
    learned : LearnedUncertainty
        What was learned about it, from other people.
    """
    found = []
    for condition in dict.fromkeys(row.condition for row in rows):
        here = [row for row in rows if row.condition == condition]
        scatter = [retake_scatter(row.frames) for row in here]
        plain = [learned.uncertainty(row.score, row.pair) for row in here]
        wide = [learned.uncertainty(row.score, row.pair, retake_sd=sd) for row, sd in zip(here, scatter, strict=True)]
        matching = np.array([row.matching for row in here])
        weights = np.where(matching, 1.0 / max(matching.sum(), 1), 1.0 / max((~matching).sum(), 1))
        inside = [
            np.array([one.low <= row.truth <= one.high for one, row in zip(certain, here, strict=True)])
            for certain in (plain, wide)
        ]
        people = np.array([row.person for row in here])
        own = [float(np.average(inside[1][people == one], weights=weights[people == one])) for one in np.unique(people)]
        low, high = mean_by_t(own, unit="people").interval or (0.0, 1.0)
        widths = [np.array([one.high - one.low for one in certain]) for certain in (plain, wide)]
        found.append(
            FrameCoverage(
                condition,
                len(here),
                float(np.average(inside[0], weights=weights)),
                float(np.average(inside[1], weights=weights)),
                max(low, 0.0),
                min(high, 1.0),
                float(np.median(widths[0])),
                float(np.median(widths[1])),
                float(np.median([sd for sd in scatter if sd is not None])),
                float((widths[1] > widths[0] + 1e-12).mean()),
            )
        )
    return found
