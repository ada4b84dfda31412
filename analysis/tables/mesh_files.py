"""Write fitted faces as meshes for MeshLab, Blender, R, MATLAB and others.

Vertices are in millimetres, in the axes of the model: x to the right of the picture, y up, z towards the viewer. The
head is not turned and not scaled. All faces of one model have the same vertices in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import trimesh

from analysis.face.arrays import FloatArray, IntArray
from analysis.face.measurement import MeasuredFace
from analysis.face.models.model import FaceModel
from analysis.tables.measured_session import MeasuredSession
from analysis.tables.output_files import put
from analysis.tables.table_text import bids_label, file_stem

MeshFormat = Literal["ply", "obj"]
MESH_FORMATS: tuple[MeshFormat, ...] = get_args(MeshFormat)
Shape = Literal["own", "mean"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
"""``own``: the person's face; ``mean``: the same expression on the mean face of the model, without the identity."""


def mesh_content(vertices_mm: FloatArray, triangles: IntArray, kind: MeshFormat) -> bytes:
    """Return the content of a file of triangles.

    Parameters
    ----------
    vertices_mm : (V, 3) float array
        Vertices.
    triangles : (T, 3) int array
        Three vertices each, counter-clockwise from outside.
    kind : {"ply", "obj"}
        Binary PLY, or OBJ as text.
    """
    mesh = trimesh.Trimesh(vertices=vertices_mm, faces=triangles, process=False, validate=False)
    content = mesh.export(file_type=kind)
    return content if isinstance(content, bytes) else str(content).encode("utf-8")


def session_faces(
    session: MeasuredSession, model: FaceModel, *, shape: Shape = "own"
) -> Iterator[tuple[str, FloatArray]]:
    """Yield a name and the (V, 3) vertices of each fitted face of a session, mm.

    The participant at rest is first if there are neutral frames, then the trials in their order, then the targets.

    Parameters
    ----------
    session : MeasuredSession
        The measured session.
    model : FaceModel
        The model that fitted the faces.
    shape : {"own", "mean"}
        See `SHAPES`.
    """
    identity = session.participant.identity if session.participant is not None else None
    if identity is not None and shape == "own":
        yield "rest", model.neutral(identity.coefficients)
    for mimic in session.mimics:
        yield f"trial-{bids_label(mimic.trial.id)}", _vertices(mimic.face, model, shape)
    for name, face in session.targets.items():
        yield f"target-{bids_label(name)}", _vertices(face, model, shape)


def write_meshes(
    session: MeasuredSession, model: FaceModel, folder: Path, *, kind: MeshFormat = "ply", shape: Shape = "own"
) -> list[Path]:
    """Write each fitted face of a session; return the files.

    Parameters
    ----------
    session : MeasuredSession
        The measured session.
    model : FaceModel
        The model that fitted the faces.
    folder : Path
        Where to write.
    kind : {"ply", "obj"}
        The format.
    shape : {"own", "mean"}
        See `SHAPES`.

    Raises
    ------
    RecordError
        If a file cannot be written.
    """
    record = session.record
    stem = file_stem(record.participant, record.session, record.task)
    return [
        put(folder / f"{stem}_{name}.{kind}", mesh_content(vertices, model.triangles, kind))
        for name, vertices in session_faces(session, model, shape=shape)
    ]


def _vertices(face: MeasuredFace, model: FaceModel, shape: Shape) -> FloatArray:
    fit = face.intensity_fit
    return fit.vertices_mm(model) if shape == "own" else np.asarray(model.mean + fit.displacement_mm(model))
