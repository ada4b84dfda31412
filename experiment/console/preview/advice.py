"""What the page says about a camera picture: one sentence a fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from experiment.console.preview.camera_view import CameraView
from experiment.console.texts import catalogue, text

Kind = Literal["good", "warning", "error", "hint"]


def advice(view: CameraView, language: str) -> list[tuple[Kind, str]]:
    """Return the sentences about a picture, each with its kind.

    Parameters
    ----------
    view
        From the process that shows the camera.
    language
        One of `experiment.console.texts.LANGUAGES`.
    """
    return [(kind, text(key, language, **values)) for kind, key, values in _sentences(view)]


def _sentences(view: CameraView) -> Iterator[tuple[Kind, str, dict[str, object]]]:
    if view.message:
        yield "error", "camera.message", {"message": view.message}
        return
    if view.condition == "starting":
        yield "hint", "camera.starting", {}
        return
    if view.condition != "running":
        yield "error", f"camera.condition_{view.condition}", {}
        return
    yield from _rate(view)
    yield from _face(view)


def _rate(view: CameraView) -> Iterator[tuple[Kind, str, dict[str, object]]]:
    numbers: dict[str, object] = {"rate": f"{view.rate_hz or 0:.1f}", "asked": f"{view.asked_hz:g}"}
    if view.rate == "unknown":
        yield "hint", "camera.rate_unknown", {}
    else:
        yield "good" if view.rate == "steady" else "warning", f"camera.rate_{view.rate}", numbers


def _face(view: CameraView) -> Iterator[tuple[Kind, str, dict[str, object]]]:
    if not view.is_checked:
        yield "hint", "camera.face_searching", {}
        return
    if view.fault is not None:
        key = f"camera.fault_{view.fault}"
        yield "error", key if key in catalogue() else "camera.fault_face", {}
    else:
        yield "good", "camera.face_found", {}
    if view.eye_distance_px is not None:
        near: Kind = "good" if view.is_near else "warning"
        yield near, "camera.near" if view.is_near else "camera.far", {"pixels": f"{view.eye_distance_px:.0f}"}
    if view.brightness is not None and view.fault not in ("dark", "bright", "overexposed"):
        yield "good", "camera.light", {"grey": f"{view.brightness:.0f}"}
    if view.blur is not None and view.blur <= view.most_blur:
        yield "good", "camera.sharp", {"blur": f"{view.blur:.2f}", "most": f"{view.most_blur:.2f}"}
