"""The camera picture of the page Begin: a process of its own that ends when no page looks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from experiment.console.preview.advice import advice
from experiment.console.preview.camera_view import CameraView
from experiment.console.preview.preview import CameraPreview
from experiment.protocol.plan import CameraSettings
from tests.conftest import PROJECT

ASKED = CameraSettings((640, 480), 15.0, 1, 0)
PATIENCE_S = 240.0
"""Not a measurement: longer than any start on a slow computer."""


@pytest.fixture
def preview() -> Iterator[CameraPreview]:
    made = CameraPreview()
    yield made
    made.stop()


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Pictures of drawn faces, played as a camera."""
    folder = tmp_path / "camera"
    folder.mkdir()
    for name in ("anger", "happiness", "neutral"):
        (folder / f"{name}.png").write_bytes((PROJECT / "protocols" / "targets" / f"{name}.png").read_bytes())
    return folder


def wait_for_face(preview: CameraPreview) -> CameraView:
    give_up_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_s:
        view = preview.view()
        if view is not None and (view.outline or view.message):
            return view
        time.sleep(0.05)
    pytest.fail("no face was found")


@pytest.mark.slow  # two new processes, one of them with dlib
def test_a_camera_shows_picture_face_distance_light_and_sharpness(preview: CameraPreview, faces: Path) -> None:
    preview.start(str(faces), ASKED)

    view = wait_for_face(preview)

    assert view.message == ""
    assert preview.picture().startswith(b"\xff\xd8")  # JPEG
    assert len(view.outline) == 68
    assert view.eye_distance_px is not None
    assert view.eye_distance_px > 100
    assert view.brightness is not None
    assert view.blur is not None
    preview.stop()
    assert (preview.view(), preview.picture(), preview.is_shown) == (None, b"", False)


def test_a_camera_that_does_not_exist_says_so(preview: CameraPreview) -> None:
    preview.start("nothing.mp4", ASKED)

    assert wait_for_face(preview).message.startswith("there is no camera 'nothing.mp4'")


def sentences(view: CameraView) -> list[str]:
    return [f"{kind}: {sentence}" for kind, sentence in advice(view, "en")]


def test_advice_says_what_to_do() -> None:
    good = CameraView(
        9, "running", rate_hz=30.0, asked_hz=30.0, rate="steady", is_checked=True, eye_distance_px=90.0,
        brightness=120.0, blur=0.4,
    )  # fmt: skip
    assert sentences(good) == [
        "good: Rate: 30.0 pictures a second",
        "good: Face: found, it can be measured",
        "good: Distance: good, 90 pixels between the eyes",
        "good: Light: good, brightness of the face 120 of 255",
        "good: Sharpness: good, blur 0.40 (at most 0.66)",
    ]
    dark = CameraView(
        9, "running", rate_hz=15.0, asked_hz=30.0, rate="slow", is_checked=True, fault="dark", eye_distance_px=30.0,
        is_near=False, brightness=20.0, blur=0.9,
    )  # fmt: skip
    assert sentences(dark) == [
        "warning: Only 15.0 pictures a second; 30 are asked for. More light helps.",
        "error: The face is too dark. Light it from the front.",
        "warning: Only 30 pixels between the eyes. Move the camera closer to the face.",
    ]


@pytest.mark.parametrize("condition", ["stalled", "frozen", "unplugged", "ended"])
def test_a_fault_of_the_camera_is_the_only_sentence(condition: str) -> None:
    view = CameraView(3, condition, is_checked=True)  # type: ignore[arg-type]

    assert [kind for kind, _ in advice(view, "ja")] == ["error"]


def test_a_fault_without_a_sentence_of_its_own_has_the_general_one() -> None:
    assert "error: The face cannot be measured. Look straight into the camera." in sentences(
        CameraView(3, "running", is_checked=True, fault="new-reason")
    )
