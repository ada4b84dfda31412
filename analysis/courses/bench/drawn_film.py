"""Draw the film of a face that moves, written by the film writer of a session."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.models.model import FaceModel
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.people import Person, PersonDrawer, draw_identity
from analysis.face.synthetic.scenes import draw_laboratory_scene, posed
from experiment.record.film.frame_queue import FrameNote
from experiment.record.film.part import Part
from experiment.record.film.reading import FilmPart, read_table

RATE_HZ = 30.0
_MOVEMENT_S = 3.0
"""Period of the expression; it begins at rest."""
_APEX = {"mouthSmile": 0.7, "cheekSquint": 0.35, "browDown": 0.4, "jawOpen": 0.2}


def draw_film(folder: Path, model: FaceModel, *, size_px: tuple[int, int], frames: int, seed: int) -> FilmPart:
    """Draw a person who smiles and lowers the brows while the head sways.

    Parameters
    ----------
    folder : Path
        An existing folder; the film is in ``film``.
    model : FaceModel
        The face model.
    size_px : (int, int)
        Width and height.
    frames : int
        Number of frames, 30 a second.
    seed : int
        Selects the person and the room.
    """
    rng = np.random.default_rng(seed)
    person = Person("filmed", draw_identity(len(model.identity), rng), draw_laboratory_scene(rng, size_px=size_px))
    part = Part(folder / "film", 1, rate_hz=RATE_HZ, inside=folder)
    renderer = FaceRenderer(model, refine=0, samples=4, shadows=False, px_per_mm=3.0)
    rest = person.scene.pose
    try:
        drawer = PersonDrawer(person, renderer)
        for number in range(frames):
            time_s = number / RATE_HZ
            scene = posed(
                person.scene,
                yaw_deg=rest.yaw_deg + 4.0 * math.sin(time_s),
                pitch_deg=rest.pitch_deg + 2.0 * math.sin(1.7 * time_s),
                x_mm=rest.x_mm + 15.0 * math.sin(0.7 * time_s),
            )
            picture = drawer.draw(_units(model, time_s), scene, frame=number)
            part.add(FrameNote(number, time_s, "driver", 0.5 / RATE_HZ, "drawn"), picture)
    finally:
        renderer.close()
        part.close()
    return read_table(folder / "film" / "part-01_frames.tsv")


def _units(model: FaceModel, time_s: float) -> FloatArray:
    strength = math.sin(math.pi * time_s / _MOVEMENT_S) ** 2
    names = model.bases["units"].names
    return np.array([strength * _APEX.get(name.removesuffix("Left").removesuffix("Right"), 0.0) for name in names])
