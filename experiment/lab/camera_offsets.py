"""Offsets of the cameras of this computer, as ``check camera-loop`` measured them.

They are kept in a file in the user's data, one entry for each camera, size and rate. A new measurement replaces the
entry. Sessions copy the offset of their camera into the record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.paths import user_data_folder
from experiment.camera.delay import DelayEstimate
from experiment.errors import CameraError
from experiment.record.camera_offset import KEY, CameraOffset
from experiment.record.files import record_errors, replace_file

_VERSION = 1
_RATE_TOLERANCE_HZ = 0.05


def offsets_file() -> Path:
    """Return the file of the offsets; it may not exist."""
    return user_data_folder("cameras") / "offsets.json"


def kept_offsets() -> list[CameraOffset]:
    """Return all measured offsets.

    Raises
    ------
    CameraError
        If the file cannot be read.
    """
    file = offsets_file()
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return [CameraOffset.from_json(entry) for entry in content["offsets"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CameraError(
            f"{file} cannot be read ({error or type(error).__name__}); delete it and measure the cameras again with "
            "`check camera-loop`"
        ) from error


def keep_offset(offset: CameraOffset) -> None:
    """Keep an offset in place of the one of the same camera, size and rate.

    Raises
    ------
    CameraError
        If the file of the offsets is damaged.
    RecordError
        If it cannot be written.
    """
    others = [one for one in kept_offsets() if not _fits(one, offset.camera, offset.size_px, offset.rate_hz)]
    offsets = sorted([*others, offset], key=lambda one: (one.camera, one.size_px, one.rate_hz))
    content = {"version": _VERSION, "offsets": [one.to_json() for one in offsets]}
    file = offsets_file()
    with record_errors("write", file):
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, (json.dumps(content, indent=2) + "\n").encode(), inside=file.parent)


def offset_for(facts: Mapping[str, Any]) -> CameraOffset | None:
    """Return the measured offset of an open camera.

    None if there is none for its size and rate.

    Raises
    ------
    CameraError
        If the file of the offsets cannot be read.
    """
    if not facts.get("identity"):
        return None
    size_px, rate_hz = measured_at(facts)
    return next((one for one in kept_offsets() if _fits(one, facts["identity"], size_px, rate_hz)), None)


def with_offset(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts about a camera with its offset, where that was measured.

    A damaged file of offsets stops no session; print what is wrong with it.
    """
    try:
        offset = offset_for(facts)
    except CameraError as error:
        print(f"camera: {error}", file=sys.stderr)
        offset = None
    return dict(facts) if offset is None else {**facts, KEY: offset.to_json()}


def offset_of(estimate: DelayEstimate, facts: Mapping[str, Any], *, utc: str) -> CameraOffset:
    """Return an estimate as the offset of a camera.

    Parameters
    ----------
    estimate : DelayEstimate
        The result of the flashing screen.
    facts : mapping
        Facts about the camera, with its ``identity``.
    utc : str
        Time of the measurement.
    """
    size_px, rate_hz = measured_at(facts)
    return CameraOffset(
        camera=str(facts["identity"]),
        offset_s=round(estimate.delay_s, 6),
        low_s=round(estimate.low_s, 6),
        high_s=round(estimate.high_s, 6),
        size_px=size_px,
        rate_hz=rate_hz,
        time_kind=estimate.time_kind,
        measured_utc=utc,
        flashes=estimate.flashes,
    )


def measured_at(facts: Mapping[str, Any]) -> tuple[tuple[int, int], float]:
    """Return size in pixels and rate in Hz of a camera; 0 where it reports none."""
    size: Sequence[int] = facts.get("size_px") or (0, 0)
    return (int(size[0]), int(size[1])), float(facts.get("rate_hz") or 0.0)


def _fits(offset: CameraOffset, camera: str, size_px: tuple[int, int], rate_hz: float) -> bool:
    same = offset.camera == camera and offset.size_px == size_px
    return same and abs(offset.rate_hz - rate_hz) <= _RATE_TOLERANCE_HZ
