"""People drawn once a test process, for every test that goes from pictures to numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.face.arrays import ImageArray
from analysis.face.measurement import NEUTRAL
from analysis.face.models.registry import load_model
from analysis.face.render.renderer import FaceRenderer
from analysis.face.synthetic.expressions import prototype
from analysis.face.synthetic.people import draw_person

PEOPLE = ("ann", "bob", "cho")
SHOWN = ("happiness", "surprise", "anger")
FACE_PX = 160


@dataclass(frozen=True)
class Photographed:
    """Pictures of people of the model that ships, who all show the prototypes of emotions at full strength."""

    folder: Path

    def file(self, person: str, expression: str) -> Path:
        return self.folder / f"{person}-{expression}.png"

    def pixels(self, person: str, expression: str) -> ImageArray:
        return np.asarray(Image.open(self.file(person, expression)))

    def manifest(self, file: Path, *, without: Sequence[tuple[str, str]] = (), more: Sequence[str] = ()) -> Path:
        """A manifest of all pictures but some, and more lines; paths relative to it."""
        lines = ["person,expression,image"]
        for person in PEOPLE:
            for expression in (NEUTRAL, *SHOWN):
                if (person, expression) not in without:
                    lines.append(f"{person},{expression},{self.file(person, expression)}")
        file.write_text("\n".join([*lines, *more]) + "\n")
        return file


@pytest.fixture(scope="session")
def photographed(tmp_path_factory: pytest.TempPathFactory) -> Photographed:
    model, rng = load_model(), np.random.default_rng(11)
    made = Photographed(tmp_path_factory.mktemp("photographed"))
    renderer = FaceRenderer(model, refine=0, samples=1, shadows=False, px_per_mm=2.0)
    names = model.bases["units"].names
    for person in PEOPLE:
        who = draw_person(person, len(model.identity), rng, face_px=FACE_PX)
        for expression in (NEUTRAL, *SHOWN):
            units = np.zeros(len(names)) if expression == NEUTRAL else prototype(expression, names)
            vertices = model.neutral(who.identity) + model.displacement(units)
            picture = renderer.render(vertices, who.turned(yaw_deg=4))
            Image.fromarray(picture).save(made.file(person, expression))
    renderer.close()
    return made
