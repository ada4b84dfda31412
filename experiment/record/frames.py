"""Camera frames as PNG files.

Lossless, readable by their owner only, all frames of one key press or none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from experiment.ports.camera import CameraFrame, Capture
from experiment.record.encryption import SUFFIX, PublicKey, encrypt_bytes
from experiment.record.errors import RecordError
from experiment.record.files import digest, make_folder, record_errors, sync_folder, write_new
from experiment.record.journal_lines import Role, StoredFrame

PARTIAL = ".partial-"
NamedFrame = tuple[str, Role, CameraFrame]

# Level 1 with run-length coding: a 1280x720 picture took 57 ms, against 42 uncompressed (8 times the size) and 170 at
# level 6 (no smaller).
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE)


def named_frames(capture: Capture) -> Iterator[NamedFrame]:
    """Yield name, role and frame of a capture.

    ``before-02``, ``before-01``, ``key``, ``after-01``.
    """
    for distance, frame in zip(range(len(capture.before), 0, -1), capture.before, strict=True):
        yield f"before-{distance:02d}.png", "before", frame
    if capture.frame is not None:
        yield "key.png", "key", capture.frame
    for position, frame in enumerate(capture.after, start=1):
        yield f"after-{position:02d}.png", "after", frame


def store_frames(
    frames: Iterable[NamedFrame], *, folder: Path, dataset: Path, key: PublicKey | None = None
) -> tuple[StoredFrame, ...]:
    """Write frames into a new folder that appears with all of them or not at all.

    Parameters
    ----------
    frames : iterable of NamedFrame
        File name, role and frame of each.
    folder : Path
        The new folder. If it exists (an earlier attempt at the same trial), ``-2``, ``-3``, ... is appended.
    dataset : Path
        Folder of the data set, which must exist.
    key : PublicKey, optional
        Encrypt the frames for it; their names then end in `experiment.record.encryption.SUFFIX`.

    Returns
    -------
    tuple of StoredFrame
        The frames on disk, in the order given.

    Raises
    ------
    RecordError
        If they cannot be written; nothing is left behind.
    """
    folder = _free(folder)
    partial = folder.with_name(PARTIAL + folder.name)
    stored = []
    with record_errors("write", folder):
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial, inside=dataset)
        try:
            for name, role, frame in frames:
                content = clear = encode_png(frame.image)
                if key is not None:
                    name, content = name + SUFFIX, encrypt_bytes(clear, key)
                write_new(partial / name, content)
                file = (folder / name).relative_to(dataset).as_posix()
                stored.append(
                    StoredFrame(
                        file,
                        role,
                        frame.index,
                        round(frame.captured_s, 6),
                        frame.time_kind,
                        sha256=digest(content),
                        clear_sha256=None if key is None else digest(clear),
                    )
                )
            sync_folder(partial)
            partial.replace(folder)
            sync_folder(folder.parent)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    return tuple(stored)


def encode_png(image: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """Encode a (H, W, 3) RGB picture as PNG; other threads run during the encoding.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
        RGB.

    Returns
    -------
    bytes
        The content of a PNG file.

    Raises
    ------
    RecordError
        If OpenCV cannot encode it.
    """
    done, content = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _PNG)
    if not done:
        raise RecordError(f"a camera picture of shape {image.shape} cannot be written as PNG")
    return content.tobytes()


def remove_partial(frames: Path) -> int:
    """Delete folders that a crash left half written; return their number."""
    left = list(frames.glob(PARTIAL + "*"))
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def _free(folder: Path) -> Path:
    """Return ``folder``, with ``-2``, ``-3``, ... appended if it exists."""
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(free for free in chain([folder], numbered) if not free.exists())
