"""The project's own file of a face model: one ``.npz`` of plain arrays, nothing pickled.

======================  =====================================================================================
``format``              the text `FORMAT`
``name``                what ``--model`` calls it
``licence``, ``source`` free text
``mean``                (V, 3) mean neutral face, mm
``identity``            (K, V, 3) one standard deviation of each identity component, mm
``basis_B_names``       (E,) names of the shapes of basis B (``units``, ``emotions``)
``basis_B_shapes``      (E, V, 3) displacement at full strength, mm
``landmark_vertices``   (68,) vertex of each landmark, -1 where there is none
``triangles``           (T, 3) vertices, counter-clockwise seen from outside
``region_R``            (V,) weight of every vertex in region R, optional
``mirror``              (V,) vertex on the other side, optional
``colours``             (V, 3) RGB 0..255, optional
``materials``           (V,) index into `analysis.face.models.model.MATERIALS`, optional
======================  =====================================================================================

Any array ``A`` of whole numbers may come with ``A_scale``, one number for each entry of its first axis (or a single
one): the value is the product. That is how the model that ships stays small. Files are written uncompressed and with a
fixed date, so that the same model gives the same bytes on every machine.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel

FORMAT = "mimicry-face-model 1"
_REQUIRED = ("format", "name", "mean", "identity", "landmark_vertices", "triangles")
_LARGEST_STEP = 32767


def read_npz(path: Path) -> FaceModel:
    """Read a face model.

    Raises
    ------
    FaceModelError
        If the file is missing, no such archive, holds pickled objects, or its arrays do not fit together.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
    except FileNotFoundError as error:
        raise FaceModelError(f"{path}: there is no such face model file") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FaceModelError(f"{path}: not a face model in .npz layout ({error})") from error
    missing = [key for key in _REQUIRED if key not in arrays]
    if missing:
        raise FaceModelError(
            f"{path}: lacks {', '.join(missing)}; see the layout in analysis/face/models/readers/npz.py"
        )
    if str(arrays["format"]) != FORMAT:
        raise FaceModelError(f"{path}: is of format {str(arrays['format'])!r}, expected {FORMAT!r}")
    try:
        return _model(arrays)
    except (ValueError, IndexError, TypeError) as error:
        raise FaceModelError(f"{path}: its arrays do not fit together ({error})") from error


def write_npz(model: FaceModel, path: Path, *, quantise: bool = False) -> None:
    """Write a face model; the same model gives the same bytes.

    Parameters
    ----------
    model
        What to write.
    path
        Where to; folders are made.
    quantise
        Store the shapes as 16-bit steps of 1/32767 of each shape's largest movement (about 0.001 mm), which halves
        the file.
    """
    arrays: dict[str, NDArray[Any]] = {
        "format": np.array(FORMAT),
        "name": np.array(model.name),
        "licence": np.array(model.licence),
        "source": np.array(model.source),
        "mean": model.mean.astype(np.float32),
        "landmark_vertices": model.landmark_vertices.astype(np.int32),
        "triangles": model.triangles.astype(np.int32),
    }
    arrays |= _shapes("identity", model.identity, quantise)
    for basis in sorted(model.bases):
        arrays[f"basis_{basis}_names"] = np.array(model.bases[basis].names)
        arrays |= _shapes(f"basis_{basis}_shapes", model.bases[basis].shapes, quantise)
    for region, weights in model.regions.items():
        arrays[f"region_{region}"] = np.round(weights * 255).astype(np.uint8)
        arrays[f"region_{region}_scale"] = np.array(1 / 255)
    if model.mirror is not None:
        arrays["mirror"] = model.mirror.astype(np.int32)
    if model.colours is not None:
        arrays["colours"] = model.colours
    if model.materials is not None:
        arrays["materials"] = model.materials.astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for key, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, member.getvalue())


def _shapes(key: str, shapes: FloatArray, quantise: bool) -> dict[str, NDArray[Any]]:
    if not quantise:
        return {key: shapes.astype(np.float32)}
    scale = np.abs(shapes).max(axis=(1, 2), initial=0.0) / _LARGEST_STEP
    steps = np.round(shapes / np.where(scale > 0, scale, 1.0)[:, None, None]).astype(np.int16)
    return {key: steps, f"{key}_scale": scale}


def _model(arrays: Mapping[str, NDArray[Any]]) -> FaceModel:
    mean = _real(arrays, "mean")
    if mean.ndim != 2 or mean.shape[1] != 3:
        raise ValueError(f"mean has shape {mean.shape}, expected (V, 3)")
    vertices = len(mean)
    bases = {}
    for key in arrays:
        if key.startswith("basis_") and key.endswith("_names"):
            basis = key.removeprefix("basis_").removesuffix("_names")
            names = tuple(str(name) for name in arrays[key])
            shapes = _real(arrays, f"basis_{basis}_shapes") if f"basis_{basis}_shapes" in arrays else np.empty(0)
            _expect(f"basis_{basis}_shapes", shapes, (len(names), vertices, 3))
            bases[basis] = ExpressionBasis(names=names, shapes=shapes)
    if not bases:
        raise ValueError("no expression basis: basis_units_names or basis_emotions_names")
    identity = _real(arrays, "identity")
    _expect("identity", identity, (len(identity), vertices, 3))
    landmarks = arrays["landmark_vertices"].astype(np.int64)
    _expect("landmark_vertices", landmarks, (68,))
    if landmarks.max() >= vertices or landmarks.min() < -1:
        raise ValueError(f"landmark_vertices names vertices outside 0..{vertices - 1}")
    triangles = arrays["triangles"].astype(np.int64)
    _expect("triangles", triangles, (len(triangles), 3))
    if len(triangles) and not 0 <= triangles.min() <= triangles.max() < vertices:
        raise ValueError(f"triangles name vertices outside 0..{vertices - 1}")
    regions = {
        key.removeprefix("region_"): _real(arrays, key)
        for key in arrays
        if key.startswith("region_") and not key.endswith("_scale")
    }
    for region, weights in regions.items():
        _expect(f"region_{region}", weights, (vertices,))
    mirror = arrays["mirror"].astype(np.int64) if "mirror" in arrays else None
    colours = arrays["colours"].astype(np.uint8) if "colours" in arrays else None
    materials = arrays["materials"].astype(np.int64) if "materials" in arrays else None
    if mirror is not None:
        _expect("mirror", mirror, (vertices,))
    if colours is not None:
        _expect("colours", colours, (vertices, 3))
    if materials is not None:
        _expect("materials", materials, (vertices,))
    return FaceModel(
        name=str(arrays["name"]),
        mean=mean,
        identity=identity,
        bases=bases,
        landmark_vertices=landmarks,
        triangles=triangles,
        regions=regions,
        mirror=mirror,
        colours=colours,
        materials=materials,
        licence=str(arrays.get("licence", "")),
        source=str(arrays.get("source", "")),
    )


def _real(arrays: Mapping[str, NDArray[Any]], key: str) -> FloatArray:
    values: FloatArray = arrays[key].astype(np.float64)
    if f"{key}_scale" in arrays:
        scale = arrays[f"{key}_scale"].astype(np.float64)
        values *= scale.reshape(-1, *(1,) * (values.ndim - 1)) if scale.ndim else scale
    return values


def _expect(key: str, array: NDArray[Any], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{key} has shape {array.shape}, expected {shape}")
