"""One process at a time opens a camera device."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from experiment.camera.device_lock import DeviceLock
from experiment.camera.sources import open_camera
from experiment.errors import CameraError
from tests.conftest import PROJECT
from tests.experiment.clocks import SetClock

HOLD = """
import sys
from experiment.camera.device_lock import DeviceLock
lock = DeviceLock(3)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_locks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIMICRY_RUNTIME", str(tmp_path / "runtime"))


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process that has camera 3 open."""
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_camera_of_another_process_is_refused_before_the_driver_is_asked(
    holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: pytest.fail("the driver was asked"))

    with pytest.raises(CameraError, match=rf"camera 3 is used by another session .*\(process {holder.pid}, since"):
        open_camera("3", clock=SetClock(), size_px=(640, 480), rate_hz=30.0)


def test_another_camera_is_free(holder: subprocess.Popen[str]) -> None:
    DeviceLock(4).release()


def test_a_killed_process_releases_its_camera(holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()

    DeviceLock(3).release()


def test_a_released_camera_can_be_opened_again() -> None:
    lock = DeviceLock(3)
    with pytest.raises(CameraError, match="camera 3 is used by another session"):
        DeviceLock(3)
    lock.release()
    lock.release()

    DeviceLock(3).release()


def test_a_camera_that_cannot_be_opened_stays_free() -> None:
    for _ in range(2):
        with pytest.raises(CameraError, match="camera 97 cannot be opened"):
            open_camera("97", clock=SetClock(), size_px=(640, 480), rate_hz=30.0)


def test_only_the_owner_can_read_the_lock(tmp_path: Path) -> None:
    lock = DeviceLock(3)
    path = tmp_path / "runtime" / "cameras" / "camera-3.lock"

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    lock.release()


def test_only_the_owner_may_use_the_folders_of_the_lock(tmp_path: Path) -> None:
    """A folder that others may change is refused by everything else that is in it, such as the page Monitor."""
    before = os.umask(0)
    try:
        DeviceLock(3).release()
    finally:
        os.umask(before)

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "runtime", tmp_path / "runtime/cameras")} == {0o700}
