"""Films of drawn people: usual, with one changed condition, and to learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.evaluation.courses.known_course import Form, Movement, Sway, draw_blinks
from analysis.face.arrays import FloatArray
from analysis.face.render.scene import Scene
from analysis.face.synthetic.people import draw_identity
from analysis.face.synthetic.scenes import draw_laboratory_scene, posed
from experiment.record.film.video import CRF

BASELINE_S, DURATION_S = 1.0, 2.0
RATE_HZ = 30.0
UPPER, LOWER = ("browDown", "browInnerUp", "browOuterUp"), ("mouthSmile", "jawOpen", "mouthFrown")
"""Units of the upper and the lower face: one of each moves in a film, at its own time."""
ACTIONS: Mapping[str, str] = {
    "mouthSmile": "lip corner puller",
    "browDown": "brow lowerer",
    "browInnerUp": "inner brow raiser",
    "browOuterUp": "outer brow raiser",
    "jawOpen": "jaw drop",
    "mouthFrown": "lip corner depressor",
}
STRENGTHS, ONSETS_S, RISES_S, HOLDS_S = (0.1, 1.0), (0.2, 0.6), (0.2, 0.8), (0.2, 0.5)
"""Ranges of the movements, drawn uniformly."""
USUAL = "usual"
_REPETITIONS, _STILL = 1, 3
_VARIED, _VARIED_STILL, _VARIED_HZ = 4, 2, 10.0
"""Films of varied movements and of a face at rest of a person to learn from, and the frame rate of the former."""
_MOST_OTHERS, _LARGEST_SWAY, _TURNS_DEG = 3, 4.0, (15.0, 10.0)
_GLASSES_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class DrawnFilm:
    """One trial of a drawn person."""

    condition: str
    movements: tuple[Movement, ...]
    """Empty: the person does not move."""
    blinks_s: tuple[float, ...]
    sway: Sway
    scene: Scene
    phase: float
    """Part of a frame interval between the onset of the target and the next frame."""
    seed: int
    """Selects the noise of the camera."""
    rate_hz: float = RATE_HZ
    glasses: bool = False
    crf: int | None = None
    """Quality of H.264; None: not compressed."""


@dataclass(frozen=True, slots=True, eq=False)
class FilmedPerson:
    """A drawn person and the films of the person."""

    name: str
    identity: FloatArray
    films: tuple[DrawnFilm, ...]
    number: int = field(default=0)


def _skin(skin: tuple[float, float, float]) -> Callable[[DrawnFilm], DrawnFilm]:
    def changed(film: DrawnFilm) -> DrawnFilm:
        lips = (0.84 * skin[0], 0.63 * skin[1], 0.66 * skin[2])
        return replace(film, scene=replace(film.scene, appearance=replace(film.scene.appearance, skin=skin, lips=lips)))

    return changed


def _turned(**by: float) -> Callable[[DrawnFilm], DrawnFilm]:
    def changed(film: DrawnFilm) -> DrawnFilm:
        return replace(
            film, scene=posed(film.scene, **{name: getattr(film.scene.pose, name) + deg for name, deg in by.items()})
        )

    return changed


def _form(form: Form) -> Callable[[DrawnFilm], DrawnFilm]:
    return lambda film: replace(film, movements=tuple(replace(one, form=form) for one in film.movements))


def _beard(film: DrawnFilm) -> DrawnFilm:
    return replace(film, scene=replace(film.scene, appearance=replace(film.scene.appearance, stubble=1.0)))


def _blink_at_onset(film: DrawnFilm) -> DrawnFilm:
    onset_s = min((one.onset_s for one in film.movements), default=0.4)
    return replace(film, blinks_s=(onset_s - 0.1,))


CONDITIONS: Mapping[str, Callable[[DrawnFilm], DrawnFilm]] = {
    "glasses": lambda film: replace(film, glasses=True),
    "beard": _beard,
    "light skin": _skin((0.93, 0.76, 0.67)),
    "dark skin": _skin((0.41, 0.28, 0.20)),
    "head turned by 15 degrees to the side": _turned(yaw_deg=15.0),
    "head lowered by 10 degrees": _turned(pitch_deg=-10.0),
    "head moves four times as much": lambda film: replace(film, sway=replace(film.sway, factor=4.0)),
    "no blink": lambda film: replace(film, blinks_s=()),
    "a blink at the onset": _blink_at_onset,
    "15 frames/s": lambda film: replace(film, rate_hz=15.0),
    "60 frames/s": lambda film: replace(film, rate_hz=60.0),
    f"H.264 as in a film (CRF {CRF})": lambda film: replace(film, crf=CRF),
    "strong compression (CRF 35)": lambda film: replace(film, crf=35),
    "rise: half a cosine": _form("cosine"),
    "rise: early": _form("early"),
    "rise: sigmoid": _form("sigmoid"),
    "rise: exponential": _form("exponential"),
    "rise: straight line": _form("ramp"),
}
"""What is changed in the usual films of a person."""


def draw_filmed_person(number: int, components: int, *, seed: int, conditions: int) -> FilmedPerson:
    """Draw a person and the person's films.

    Usual films come first: each unit moves once, and in three films nothing moves. Each condition then repeats four of
    them. Conditions are assigned in turn, so that each is shown by equally many people.

    Parameters
    ----------
    number : int
        Number of the person among those of the face model.
    components : int
        Number of identity components of the face model.
    seed : int
        Seed of the random numbers of all people.
    conditions : int
        Number of conditions of each person.
    """
    rng = np.random.default_rng([seed, number, components])
    scene, identity = draw_laboratory_scene(rng), draw_identity(components, rng)
    films = []
    for _ in range(_REPETITIONS):
        films += [
            _draw_film(scene, (_draw_movement(upper, rng), _draw_movement(str(lower), rng)), rng)
            for upper, lower in zip(UPPER, rng.permutation(LOWER), strict=True)
        ]
    films += [_draw_film(scene, (), rng) for _ in range(_STILL)]
    repeated = (*films[: len(UPPER)], films[-1])
    names = list(CONDITIONS)
    chosen = [names[(conditions * number + k) % len(names)] for k in range(conditions)]
    changed = [replace(CONDITIONS[name](film), condition=name) for name in chosen for film in repeated]
    return FilmedPerson(f"person-{number}", identity, (*films, *changed), number)


def draw_person_to_learn_from(number: int, components: int, units: Sequence[str], *, seed: int) -> FilmedPerson:
    """Draw a person to learn from, with films of 10 or 30 frames/s.

    In some films, the units of `ACTIONS` move as in usual ones. In the others, some of them move together with other
    units, the head is turned and moves more, and some people wear glasses. So what is learned is not mistaken about
    other units and turned heads.

    Parameters
    ----------
    number : int
        Number of the person among those of the face model.
    components : int
        Number of identity components of the face model.
    units : sequence of str
        All units of the face model, without sides.
    seed : int
        Seed of the random numbers of all people.
    """
    rng = np.random.default_rng([seed, number, components])
    scene, identity = draw_laboratory_scene(rng), draw_identity(components, rng)
    films = [
        _draw_film(scene, (_draw_movement(upper, rng), _draw_movement(str(lower), rng)), rng)
        for upper, lower in zip(UPPER, rng.permutation(LOWER), strict=True)
    ]
    films += [_draw_film(scene, (), rng) for _ in range(_VARIED_STILL)]
    others = sorted({*units} - {*ACTIONS, "eyeBlink"})
    films += [_draw_varied_film(scene, others, rng) for _ in range(_VARIED)]
    return FilmedPerson(f"learning-{number}", identity, tuple(films), number)


def _draw_varied_film(scene: Scene, others: Sequence[str], rng: np.random.Generator) -> DrawnFilm:
    moving = [*rng.choice([*ACTIONS], int(rng.integers(3)), replace=False)]
    moving += [*rng.choice(others, int(rng.integers(1, _MOST_OTHERS + 1)), replace=False)]
    yaw, pitch = (float(rng.uniform(-most, most)) for most in _TURNS_DEG)
    film = _turned(yaw_deg=yaw, pitch_deg=pitch)(
        _draw_film(scene, tuple(_draw_movement(str(unit), rng) for unit in moving), rng)
    )
    sway = replace(film.sway, factor=float(rng.uniform(1.0, _LARGEST_SWAY)))
    has_glasses = bool(rng.uniform() < _GLASSES_SHARE)
    return replace(film, condition="varied", sway=sway, rate_hz=_VARIED_HZ, glasses=has_glasses)


def _draw_movement(unit: str, rng: np.random.Generator) -> Movement:
    strength, onset_s, rise_s, hold_s = (
        float(rng.uniform(*limits)) for limits in (STRENGTHS, ONSETS_S, RISES_S, HOLDS_S)
    )
    return Movement(unit, strength, onset_s, rise_s, hold_s)


def _draw_film(scene: Scene, movements: tuple[Movement, ...], rng: np.random.Generator) -> DrawnFilm:
    return DrawnFilm(
        USUAL,
        movements,
        draw_blinks(-BASELINE_S, DURATION_S, rng),
        Sway(int(rng.integers(2**31))),
        scene,
        float(rng.uniform()),
        int(rng.integers(2**31)),
    )
