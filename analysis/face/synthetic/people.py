"""Drawn people, and photographs of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.fitting.camera import Pose, principal_point
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import Scene
from analysis.face.synthetic.glasses import draw_glasses
from analysis.face.synthetic.own_movements import LARGEST, own_movements
from analysis.face.synthetic.scenes import FACE_PX, draw_photograph_scene, posed

IDENTITY_SPREAD = 0.8
"""Standard deviation of identity coefficients; beyond 1, faces of a linear model stop looking like people."""

WRINKLES = (0.4, 1.2)
"""Depth of the wrinkles of drawn people, from young to old."""
FOLDS = (1.2, 2.2)
"""Depth of the broad folds of people with own movements."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A drawn person."""

    name: str
    identity: FloatArray
    """(K,) coefficients of the face model."""
    scene: Scene
    """Appearance, room and camera, with the head at its usual pose."""
    movements: FloatArray | None = None
    """(E, E) units that each unit moves (`analysis.face.synthetic.own_movements`); None: those of the face model."""

    def shown(self, expression: FloatArray) -> FloatArray:
        """Return the (E,) units that the face shows when the person moves these.

        Each is at most 1.2.

        Parameters
        ----------
        expression : (E,) float array
            Coefficients of the units.
        """
        return expression if self.movements is None else np.clip(expression @ self.movements, 0.0, LARGEST)

    def turned(self, *, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Scene:
        """Return the scene with the head at other angles.

        Parameters
        ----------
        yaw_deg, pitch_deg, roll_deg : float
            As in `analysis.face.render.scene`.
        """
        return posed(self.scene, yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg)

    def turned_at_random(self, turn_deg: float | tuple[float, float, float], rng: np.random.Generator) -> Scene:
        """Return the scene with the head at random angles.

        Parameters
        ----------
        turn_deg : float or tuple
            Largest yaw; pitch and roll are at most half of it. A tuple gives largest yaw, pitch and roll.
        rng : Generator
            Source of random numbers.
        """
        largest = turn_deg if isinstance(turn_deg, tuple) else (turn_deg, turn_deg / 2, turn_deg / 2)
        yaw, pitch, roll = (rng.uniform(-1, 1, 3) * largest).tolist()
        return self.turned(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """The description of one picture of a drawn person."""

    person: Person
    label: str
    """The expression the picture is labelled with, or ``neutral``."""
    expression: FloatArray
    """(E,) coefficients of the units of the face model, 0..1."""
    scene: Scene
    frame: int = 0
    """Selects the noise of the camera."""
    take: int = 0
    """Number of this picture among those of the same expression, from 0."""
    glasses: bool = False
    """Whether the person wears dark, full-rimmed glasses."""

    @property
    def pose(self) -> Pose:
        """The true pose of the head, for the true camera."""
        optics, head = self.scene.optics, self.scene.pose
        return Pose(
            head.rotation, head.translation, optics.focal_px, principal_point((optics.width_px, optics.height_px))
        )

    def vertices_mm(self, model: FaceModel) -> FloatArray:
        """Return the (V, 3) vertices of the true face in model space."""
        shown = self.person.shown(self.expression)
        vertices: FloatArray = model.neutral(self.person.identity) + model.displacement(shown)
        return vertices

    def exact_landmarks(self, model: FaceModel) -> Landmarks:
        """Return the true positions of the landmarks."""
        optics = self.scene.optics
        points = self.pose.project(self.vertices_mm(model)[model.landmark_vertices])
        return Landmarks(points, (optics.width_px, optics.height_px))

    def draw(self, renderer: FaceRenderer) -> ImageArray:
        """Return the (H, W, 3) RGB picture."""
        vertices = self.vertices_mm(renderer.model)
        picture = renderer.render(vertices, self.scene, frame=self.frame, units=self.expression)
        if not self.glasses:
            return picture
        rest = renderer.model.neutral(self.person.identity)[renderer.model.landmark_vertices]
        return draw_glasses(picture, rest, self.scene)


class PersonDrawer:
    """Draws many pictures of one person. Use it in the thread of its renderer.

    Parameters
    ----------
    person : Person
        The person to draw.
    renderer : FaceRenderer
        Renderer of the person's face model.
    """

    def __init__(self, person: Person, renderer: FaceRenderer) -> None:
        self._person, self._renderer = person, renderer
        self._neutral = renderer.model.neutral(person.identity)

    def draw(self, expression: FloatArray, scene: Scene, *, frame: int = 0) -> ImageArray:
        """Return one (H, W, 3) RGB picture.

        Parameters
        ----------
        expression : (E,) float array
            Coefficients of the units.
        scene : Scene
            Appearance, pose, light and camera.
        frame : int
            Selects the noise of the camera.
        """
        vertices = self._neutral + self._renderer.model.displacement(self._person.shown(expression))
        return self._renderer.render(vertices, scene, frame=frame, units=expression)


def draw_person(
    name: str, components: int, rng: np.random.Generator, *, face_px: float = FACE_PX, wrinkles: bool = False
) -> Person:
    """Draw a person who faces the camera of a photographer.

    Parameters
    ----------
    name : str
        Name of the person.
    components : int
        Number of identity components of the face model.
    rng : Generator
        Source of random numbers.
    face_px : float
        Width of the head in the picture.
    wrinkles : bool
        Whether the skin wrinkles as the face moves. The depth is the person's own; all else stays the same.
    """
    scene = draw_photograph_scene(rng, face_px=face_px)
    if wrinkles:
        depth = np.random.default_rng((scene.appearance.texture_seed, 1)).uniform(*WRINKLES)
        scene = replace(scene, appearance=replace(scene.appearance, wrinkles=round(depth, 3)))
    return Person(name, draw_identity(components, rng), scene)


def with_own_movements(person: Person, model: FaceModel) -> Person:
    """Return the person with movements of their own and clear folds.

    All else stays the same. The folds follow the units, as wrinkles do, and not what the units move.

    Parameters
    ----------
    person : Person
        A drawn person.
    model : FaceModel
        The face model of the person.
    """
    rng = np.random.default_rng((person.scene.appearance.texture_seed, 2))
    movements = own_movements(model, rng)
    look = replace(person.scene.appearance, folds=round(rng.uniform(*FOLDS), 3))
    return replace(person, movements=movements, scene=replace(person.scene, appearance=look))


def draw_identity(components: int, rng: np.random.Generator) -> FloatArray:
    """Return (K,) random identity coefficients."""
    return rng.normal(size=components) * IDENTITY_SPREAD
