"""Read and write the project's own file of a face model.

One ``.npz`` of plain arrays, nothing pickled.

======================  =====================================================================================
``format``              the text `FORMAT`
``name``                its name for ``--model``
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
one): the value is the product. This keeps the model that ships small. Files are written uncompressed and with a fixed
date, so that the same model gives the same bytes on every machine.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceModelError
from analysis.face.models.model import ExpressionBasis, FaceModel
from analysis.face.models.readers.derive import require_consistent
from analysis.face.models.readers.files import read_arrays

FORMAT = "mimicry-face-model 1"
_REQUIRED = ("format", "name", "mean", "identity", "landmark_vertices", "triangles")
_LARGEST_STEP = 32767


def read_npz(path: Path) -> FaceModel:
    """Read a face model.

    Raises
    ------
    FaceModelError
        If the file is missing or damaged, is not a face model, or its arrays do not fit together.
    """
    arrays = read_arrays(path, required=_REQUIRED)
    if str(arrays["format"]) != FORMAT:
        raise FaceModelError(f"{path}: is of format {str(arrays['format'])!r}, expected {FORMAT!r}")
    try:
        return require_consistent(_model(arrays))
    except FaceModelError as error:
        raise FaceModelError(f"{path}: its arrays do not fit together ({error})") from None
    except (ValueError, IndexError, TypeError, KeyError) as error:
        raise FaceModelError(f"{path}: its arrays are not what their names say ({error})") from error


def write_npz(model: FaceModel, path: Path, *, quantise: bool = False) -> None:
    """Write a face model; the same model gives the same bytes.

    Parameters
    ----------
    model : FaceModel
        The model to write.
    path : Path
        The file; missing folders are made.
    quantise : bool
        Store the shapes as 16-bit steps of 1/32767 of each shape's largest movement (about 0.001 mm), which halves
        the file.

    Raises
    ------
    OSError
        If the file cannot be written.
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
    arrays |= _shapes("identity", model.identity, quantise=quantise)
    for basis in sorted(model.bases):
        arrays[f"basis_{basis}_names"] = np.array(model.bases[basis].names)
        arrays |= _shapes(f"basis_{basis}_shapes", model.bases[basis].shapes, quantise=quantise)
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


def _shapes(key: str, shapes: FloatArray, *, quantise: bool) -> dict[str, NDArray[Any]]:
    if not quantise:
        return {key: shapes.astype(np.float32)}
    scale = np.abs(shapes).max(axis=(1, 2), initial=0.0) / _LARGEST_STEP
    steps = np.round(shapes / np.where(scale > 0, scale, 1.0)[:, None, None]).astype(np.int16)
    return {key: steps, f"{key}_scale": scale}


def _model(arrays: Mapping[str, NDArray[Any]]) -> FaceModel:
    bases = {
        basis: ExpressionBasis(tuple(map(str, arrays[f"basis_{basis}_names"])), _real(arrays, f"basis_{basis}_shapes"))
        for basis in _between(arrays, "basis_", "_names")
    }
    return FaceModel(
        name=str(arrays["name"]),
        mean=_real(arrays, "mean"),
        identity=_real(arrays, "identity"),
        bases=bases,
        landmark_vertices=arrays["landmark_vertices"].astype(np.int64),
        triangles=arrays["triangles"].astype(np.int64),
        regions={
            region: _real(arrays, f"region_{region}")
            for region in _between(arrays, "region_")
            if not region.endswith("_scale")
        },
        mirror=arrays["mirror"].astype(np.int64) if "mirror" in arrays else None,
        colours=arrays["colours"].astype(np.uint8) if "colours" in arrays else None,
        materials=arrays["materials"].astype(np.int64) if "materials" in arrays else None,
        licence=str(arrays.get("licence", "")),
        source=str(arrays.get("source", "")),
    )


def _between(keys: Iterable[str], prefix: str, suffix: str = "") -> list[str]:
    """Return the middle part of every key with this prefix and suffix."""
    return [
        key.removeprefix(prefix).removesuffix(suffix) for key in keys if key.startswith(prefix) and key.endswith(suffix)
    ]


def _real(arrays: Mapping[str, NDArray[Any]], key: str) -> FloatArray:
    values: FloatArray = arrays[key].astype(np.float64)
    if f"{key}_scale" in arrays:
        scale = arrays[f"{key}_scale"].astype(np.float64)
        values *= scale.reshape(-1, *(1,) * (values.ndim - 1)) if scale.ndim else scale
    return values
