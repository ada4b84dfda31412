"""Fits and appearance of the pictures of one person, computed once and kept.

A file keeps the results of all steps of `analysis.face.measurement.PersonSteps` for one person and one face model. Each
result is found by a key: the SHA-256 of everything it depends on, which is the content of the picture, its landmarks,
the calibration, the face model, and a fingerprint of the code and packages that measure. A changed picture, landmark,
calibration, model or version has another key and is measured again; nothing else ever is.

The file is an ``.npz`` of two arrays. ``about`` is a JSON text with the keys and the places of their numbers,
``numbers`` has the numbers themselves, so that a kept result has the same bits as a new one. ``about`` also has a
SHA-256 of everything else: a file that was damaged or edited is not used and is written again. Files about encrypted
frames are encrypted for the same private key: appearance shows a face roughly.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from analysis.face.appearance.gradients import SHAPE
from analysis.face.arrays import FloatArray
from analysis.face.errors import FaceError
from analysis.face.fitting import emotion_responses
from analysis.face.fitting.camera import Pose
from analysis.face.fitting.fitted_face import FittedFace, Identity
from analysis.face.fitting.learned_arrays import learned_sha256
from analysis.face.measurement import DetectedFace, PersonSteps, PictureFits
from analysis.face.models.model import FaceModel
from analysis.paths import PROJECT
from analysis.tables.output_files import known_sha256, put_unsynced
from experiment.record.encryption import EncryptionError, encrypt_for_own_key, is_encrypted, read_decrypted
from experiment.record.errors import RecordError

T = TypeVar("T")
_FOLDERS = ("face/fitting", "face/appearance", "face/models")
_MODULES = ("face/measurement.py", "face/images.py", "face/picture_files.py", "face/kabsch.py", "tables/kept_fits.py")
_PACKAGES = ("numpy", "scipy", "opencv-python", "pillow")
_CONTENT = "content_sha256"


@cache
def fit_fingerprint() -> str:
    """Return twelve hexadecimal digits that identify the fitting code and its files."""
    top = PROJECT / "analysis"
    files = [file for folder in _FOLDERS for file in sorted((top / folder).glob("*.py"))]
    files.append(emotion_responses.FILE)
    parts = [f"{package} {importlib.metadata.version(package)}" for package in _PACKAGES]
    parts += [file.read_text("utf-8") for file in (*files, *(top / module for module in _MODULES))]
    parts += [f"{name} {sha256}" for name, sha256 in learned_sha256().items()]
    return _sha256("\0".join(parts).encode())[:12]


@lru_cache(maxsize=4)
def model_key(model: FaceModel) -> str:
    """Return the SHA-256 of everything of a face model that a fit depends on."""
    digest = hashlib.sha256(model.name.encode())
    bases = [array for name in sorted(model.bases) for array in (model.bases[name].shapes,)]
    names = {name: model.bases[name].names for name in sorted(model.bases)}
    digest.update(json.dumps([names, list(model.bases)]).encode())
    arrays = [model.mean, model.identity, *bases, model.landmark_vertices, model.triangles]
    for array in [*arrays, *([] if model.materials is None else [model.materials])]:
        digest.update(f"{array.shape}{array.dtype}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


class KeptSteps(PersonSteps):
    """The steps of measuring one person; results come from a file where it has them.

    Parameters
    ----------
    file : Path
        The file; it may not exist yet. Its content is encrypted if its name ends in ``.age``.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.computed = 0
        """Number of results that were not in the file."""
        self._entries, self._numbers = _read(file)
        self._new: dict[str, Any] = {}
        self._added: list[FloatArray] = []
        self._length = len(self._numbers)

    def require_plausible(self, face: DetectedFace, model: FaceModel) -> None:
        """See `PersonSteps.require_plausible`."""
        key = _key("plausible", model, _landmarks(face))
        step = super().require_plausible
        self._kept(key, lambda: step(face, model), write=lambda _: [], read=lambda _about, _numbers: None)

    def calibrate(self, neutrals: Sequence[DetectedFace], model: FaceModel) -> Identity:
        """See `PersonSteps.calibrate`."""
        step = super().calibrate
        return self._identity("neutral", neutrals, model, lambda: step(neutrals, model))

    def calibrate_jointly(self, faces: Sequence[DetectedFace], model: FaceModel) -> Identity:
        """See `PersonSteps.calibrate_jointly`."""
        step = super().calibrate_jointly
        return self._identity("joint", faces, model, lambda: step(faces, model))

    def fit(self, face: DetectedFace, identity: Identity, model: FaceModel) -> PictureFits:
        """See `PersonSteps.fit`.

        Parameters
        ----------
        face : DetectedFace
            The picture.
        identity : Identity
            The person at rest.
        model : FaceModel
            The face model.
        """
        step = super().fit
        picture = face.picture
        sha256 = known_sha256(picture.path)
        if sha256 is None:  # a missing picture may come back
            return step(face, identity, model)
        key = _key("fit", model, sha256, picture.background, _landmarks(face), _identity_key(identity))
        return self._kept(
            key,
            lambda: step(face, identity, model),
            write=_fits_numbers,
            read=lambda about, numbers: _fits_of(about, numbers, face, identity, model=model),
        )

    def save(self) -> None:
        """Write the file if a result was computed.

        Raises
        ------
        RecordError
            If it cannot be written.
        """
        if not self._new:
            return
        entries = dict(sorted((self._entries | self._new).items()))
        before = np.concatenate([self._numbers, *self._added])
        parts = []
        for key, about in entries.items():
            begin, length = about["at"]
            parts.append(before[begin : begin + length])
            entries[key] = about | {"at": [sum(map(len, parts[:-1])), length]}
        numbers = np.concatenate([np.zeros(0), *parts])
        content: dict[str, Any] = {"fingerprint": fit_fingerprint(), "entries": entries}
        content[_CONTENT] = _content_sha256(content, numbers)
        file = io.BytesIO()
        np.savez(file, about=np.frombuffer(json.dumps(content).encode(), dtype=np.uint8), numbers=numbers)
        written = file.getvalue()
        put_unsynced(self.file, encrypt_for_own_key(written) if is_encrypted(self.file) else written)
        self._entries, self._numbers, self._new, self._added = entries, numbers, {}, []
        self._length = len(numbers)

    def _identity(
        self, how: str, faces: Sequence[DetectedFace], model: FaceModel, compute: Callable[[], Identity]
    ) -> Identity:
        return self._kept(
            _key(how, model, *map(_landmarks, faces)),
            compute,
            write=_identity_numbers,
            read=lambda about, numbers: _identity_of(about, numbers, model.name),
        )

    def _kept(
        self,
        key: str,
        compute: Callable[[], T],
        *,
        write: Callable[[T], list[tuple[str, FloatArray]]],
        read: Callable[[dict[str, Any], FloatArray], T],
    ) -> T:
        """Return a kept result, or compute and keep it. An error is a result too."""
        about = self._entries.get(key)
        if about is not None:
            begin, length = about["at"]
            if "error" in about:
                raise _error(*about["error"])
            return read(about, self._numbers[begin : begin + length])
        self.computed += 1
        try:
            result = compute()
        except FaceError as error:
            self._new[key] = {"at": [0, 0], "error": [error.reason, str(error)]}
            raise
        named = write(result)
        numbers = np.concatenate([np.zeros(0), *(array for _, array in named)])
        sizes = [[name, len(array)] for name, array in named]
        self._new[key] = {"at": [self._length, len(numbers)], "parts": sizes}
        self._added.append(numbers)
        self._length += len(numbers)
        return result


def kept_fits_fault(file: Path) -> str:
    """Return what is wrong with a file of kept fits; empty if nothing is.

    A file of another version of the program is sound; it is written again when it is needed. An encrypted file needs
    the private key.
    """
    try:
        content, numbers = _parts(file)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, EncryptionError):
        return "it is not a file of fits"
    return "" if content.get(_CONTENT) == _content_sha256(content, numbers) else "it was changed after it was written"


def _parts(file: Path) -> tuple[dict[str, Any], FloatArray]:
    with np.load(io.BytesIO(read_decrypted(file)), allow_pickle=False) as arrays:
        content, numbers = json.loads(arrays["about"].tobytes()), arrays["numbers"]
    if not isinstance(content, dict) or numbers.dtype != np.float64 or numbers.ndim != 1:
        raise ValueError
    return content, numbers


def _read(file: Path) -> tuple[dict[str, Any], FloatArray]:
    """Return the entries and numbers of a file; none if it cannot be used."""
    nothing: tuple[dict[str, Any], FloatArray] = {}, np.zeros(0)
    try:
        content, numbers = _parts(file)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, RecordError):
        return nothing
    sound = content.get("fingerprint") == fit_fingerprint() and content.get(_CONTENT) == _content_sha256(
        content, numbers
    )
    return (content["entries"], numbers) if sound else nothing


def _content_sha256(content: dict[str, Any], numbers: FloatArray) -> str:
    rest = {key: value for key, value in content.items() if key != _CONTENT}
    return _sha256(json.dumps(rest, sort_keys=True).encode() + np.ascontiguousarray(numbers).tobytes())


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _key(step: str, model: FaceModel, *parts: str) -> str:
    return _sha256("\0".join([step, model_key(model), *parts]).encode())


@lru_cache(maxsize=4096)
def _landmarks(face: DetectedFace) -> str:
    return _sha256(json.dumps(face.landmarks.to_json()).encode())


@lru_cache(maxsize=64)
def _identity_key(identity: Identity) -> str:
    about = f"{identity.how} {identity.frames} {identity.model_name}".encode()
    return _sha256(about + b"".join(np.ascontiguousarray(array).tobytes() for _, array in _identity_numbers(identity)))


@cache
def _errors() -> dict[str, type[FaceError]]:
    return {kind.reason: kind for kind in FaceError.__subclasses__()}


def _error(reason: str, message: str) -> FaceError:
    return _errors().get(reason, FaceError)(message)


# -- results as numbers


def _identity_numbers(identity: Identity) -> list[tuple[str, FloatArray]]:
    return [
        ("coefficients", identity.coefficients),
        ("offsets", identity.landmark_offsets_mm.ravel()),
        ("axes", identity.neutral_axes_mm.ravel()),
        ("frames", np.array([float(identity.frames), float(identity.how == "joint")])),
    ]


def _identity_of(about: dict[str, Any], numbers: FloatArray, model_name: str) -> Identity:
    part = _split(about, numbers)
    frames, joint = part["frames"].tolist()
    return Identity(
        part["coefficients"],
        model_name,
        int(frames),
        "joint" if joint else "neutral",
        part["offsets"].reshape(68, 3),
        part["axes"].reshape(68, 3, -1) if len(part["axes"]) else np.zeros((68, 3, 0)),
    )


def _fits_numbers(fits: PictureFits) -> list[tuple[str, FloatArray]]:
    named = [*_fit_numbers("score", fits.score_fit), *_fit_numbers("intensity", fits.intensity_fit)]
    if fits.emotion_fit is not None:
        named += _fit_numbers("emotion", fits.emotion_fit)
    if fits.edges is not None:
        named.append(("edges", fits.edges.ravel()))
    return named


def _fit_numbers(name: str, fit: FittedFace) -> list[tuple[str, FloatArray]]:
    pose = fit.pose
    head = [pose.focal_px, *pose.centre_px, fit.reprojection_error_px, fit.reprojection_error_eyes]
    return [
        (f"{name}.expression", fit.expression),
        (f"{name}.rotation", pose.rotation.ravel()),
        (f"{name}.translation", pose.translation_mm),
        (f"{name}.head", np.array(head, dtype=np.float64)),
        (f"{name}.uncertainty", fit.uncertainty),
        (f"{name}.observability", fit.observability),
        (f"{name}.shift", fit.neutral_shift),
    ]


def _fits_of(
    about: dict[str, Any], numbers: FloatArray, face: DetectedFace, identity: Identity, *, model: FaceModel
) -> PictureFits:
    part, finest = _split(about, numbers), model.finest_basis
    return PictureFits(
        score_fit=_fit_of("score", part, face, identity, basis=finest, model=model),
        intensity_fit=_fit_of("intensity", part, face, identity, basis=finest, model=model),
        emotion_fit=(
            _fit_of("emotion", part, face, identity, basis="emotions", model=model) if "emotion.head" in part else None
        ),
        edges=part["edges"].reshape(SHAPE) if "edges" in part else None,
    )


def _fit_of(
    name: str, part: dict[str, FloatArray], face: DetectedFace, identity: Identity, *, basis: str, model: FaceModel
) -> FittedFace:
    focal_px, x, y, error_px, error_eyes = part[f"{name}.head"].tolist()
    return FittedFace(
        identity=identity,
        expression=part[f"{name}.expression"],
        names=tuple(model.bases[basis].names),
        basis=basis,
        pose=Pose(part[f"{name}.rotation"].reshape(3, 3), part[f"{name}.translation"], focal_px, (x, y)),
        image_size=face.landmarks.image_size,
        reprojection_error_px=error_px,
        reprojection_error_eyes=error_eyes,
        uncertainty=part[f"{name}.uncertainty"],
        observability=part[f"{name}.observability"],
        neutral_shift=part[f"{name}.shift"],
    )


def _split(about: dict[str, Any], numbers: FloatArray) -> dict[str, FloatArray]:
    """Return the parts of an entry by name; they share no memory with the file."""
    found, at = {}, 0
    for name, length in about["parts"]:
        found[name] = numbers[at : at + length].copy()
        at += length
    return found
