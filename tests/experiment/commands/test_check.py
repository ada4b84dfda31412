"""The command `check`: a real window, a press of SPACE, a clip of a person as the camera."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiment.bench.window_session import write_clip
from experiment.bench.xtest import XTest
from tests.conftest import PROJECT


def check(display: str | None, *arguments: object, press: bool = False) -> tuple[int, str, str]:
    """Run `check`; press SPACE repeatedly if ``press``."""
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    if display is not None:
        environment["DISPLAY"] = display
    process = subprocess.Popen(
        [sys.executable, "run_experiment.py", "check", *map(str, arguments)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if press and display is not None:
            keys = XTest(display)
            while process.poll() is None:
                keys.press("space")
                time.sleep(0.5)
            keys.close()
        out, err = process.communicate()
    finally:
        process.kill()
    return process.returncode, out, err


@pytest.mark.slow
@pytest.mark.display
def test_check_finds_every_device_and_warns_of_the_missing_vertical_sync_of_a_virtual_display(
    virtual_display: str, tmp_path: Path
) -> None:
    try:
        XTest(virtual_display).close()
    except OSError as reason:
        pytest.skip(str(reason))
    clip = write_clip(tmp_path)

    status, out, err = check(
        virtual_display,
        *(PROJECT / "protocols" / "facial_mimicry.yaml", "--camera", clip, "--dataset", tmp_path, "--json"),
        press=True,
    )

    findings = {finding["name"]: finding for finding in json.loads(out)}
    assert {"display size", "refresh rate", "vertical sync", "keyboard", "camera rate", "face", "disk"} <= set(findings)
    assert findings["display size"]["found"] == "1440x900 pixels, as asked"
    assert findings["vertical sync"]["mark"] == "warning"
    assert findings["keyboard"]["mark"] == "ok", findings["keyboard"]
    assert "stamped by the driver" in findings["keyboard"]["found"]
    assert findings["face"]["mark"] == "ok", findings["face"]
    assert findings["light"]["mark"] == "ok"
    assert findings["camera picture"]["found"] == "1280x720"
    assert status == (1 if any(finding["mark"] == "failed" for finding in findings.values()) else 0), err


def test_check_without_display_and_camera_prints_one_screen_of_errors_with_remedies(tmp_path: Path) -> None:
    status, out, _ = check(None, "--camera", tmp_path / "none.mp4", "--dataset", tmp_path)

    assert status == 1
    assert out.count("✗") >= 1
    assert "there is no camera" in " ".join(out.split())
    assert "correct what --camera names" in " ".join(out.split())
    assert "plug" not in out, "a path is not a device"
    if sys.platform.startswith("linux"):
        assert "no display" in " ".join(out.split())
        assert "2 errors" in out
    assert len(out.splitlines()) < 24, "one screen"


@pytest.mark.slow
def test_a_simulated_camera_is_checked_with_a_warning(tmp_path: Path) -> None:
    _, out, err = check(None, "--camera", "simulated", "--dataset", tmp_path, "--json")

    findings = {finding["name"]: finding for finding in json.loads(out)}
    assert findings["camera"]["mark"] == "warning", err
    assert "simulated: the following findings do not apply to a real camera" in findings["camera"]["found"]
    assert findings["face"]["found"].startswith("detected"), findings["face"]
    assert findings["light"]["mark"] == "ok"
    assert "camera delay" in findings


def test_the_camera_loop_refuses_a_simulated_camera(tmp_path: Path) -> None:
    status, _, err = check(None, "camera-loop", "--camera", "simulated", "--dataset", tmp_path)

    assert status == 1
    assert "a simulated camera does not film the screen; name a device" in err
