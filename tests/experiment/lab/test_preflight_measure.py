"""The measurements of the preflight, with simulated devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.camera.frame_times import judge_times
from experiment.clock import MonotonicClock, VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.psychopy_import import NO_DISPLAY_REMEDY
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.errors import CameraError, DisplayError
from experiment.lab import preflight_measure
from experiment.lab.preflight_judgement import judge_camera, judge_display_error
from experiment.lab.preflight_measure import (
    KEY_WAIT_S,
    USUAL_CAMERA,
    CameraOpener,
    PreflightOptions,
    is_on_battery,
    measure_camera_loop,
    measure_cameras,
    measure_machine,
)
from experiment.lab.session_options import SIMULATED
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.protocol.plan import CameraSettings, DisplaySettings
from tests.experiment.devices import ClockCamera
from tests.experiment.plans import make_plan

OpenSimulated = Callable[[float | None], None]


@pytest.fixture
def open_simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenSimulated]:
    """Replaces the clock and the display by simulated ones; the argument is when SPACE is pressed, None for never."""
    clock = VirtualClock()

    def replace_devices(press_after_s: float | None) -> None:
        def open_display(settings: DisplaySettings, *, clock: Clock, windowed: bool) -> OpenDisplay:
            display, keyboard = SimulatedDisplay(clock), SimulatedKeyboard(clock)
            verdict = verify_display(display, settings, clock=clock)
            if press_after_s is not None:
                keyboard.press("space", clock.now() + press_after_s)
            return OpenDisplay(display, keyboard, "driver", verdict)

        monkeypatch.setattr(preflight_measure, "MonotonicClock", lambda: clock)
        monkeypatch.setattr(preflight_measure, "open_display", open_display)
        monkeypatch.setattr("psutil.cpu_percent", lambda **_: 5.0)

    yield replace_devices
    clock.release()


def clock_camera(asked: CameraSettings, clock: Clock) -> AbstractContextManager[CameraSource]:
    assert isinstance(clock, VirtualClock)
    return closing(ClockCamera(clock, rate_hz=asked.rate_hz))


def no_camera(asked: CameraSettings, clock: Clock) -> AbstractContextManager[CameraSource]:
    raise CameraError("there is no camera")


def marks(options: PreflightOptions, *, folder: Path | None = None) -> dict[str, str]:
    plan = None if folder is None else make_plan(folder)
    return {finding.name: finding.mark for finding in measure_machine(plan, options)}


def test_every_part_of_the_machine_is_measured(tmp_path: Path, open_simulated: OpenSimulated) -> None:
    open_simulated(1.0)

    found = marks(PreflightOptions("0", clock_camera, tmp_path, windowed=True), folder=tmp_path)

    expected = {"computer", "disk", "texts", "camera rate", "face", "display size", "refresh rate", "vertical sync"}
    assert expected | {"keyboard", "camera delay"} <= set(found)
    assert {name for name, mark in found.items() if mark == "failed"} <= {"face", "disk"}, "the camera films no face"
    assert found["camera rate"] == found["keyboard"] == found["display size"] == "ok"


def test_two_cameras_are_measured_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight_measure, "CAMERA_WATCH_S", 0.5)
    running: list[str] = []

    def watched(name: str) -> CameraOpener:
        @contextmanager
        def opened(asked: CameraSettings, clock: Clock) -> Iterator[CameraSource]:
            running.append(name)
            yield ClockCamera(clock, rate_hz=asked.rate_hz)
            running.append(f"{name} ends")

        return opened

    options = PreflightOptions("0", watched("own"), tmp_path, windowed=True)
    options = replace(options, partner_camera="1", open_partner_camera=watched("partner"))
    found = {one.name: one for one in measure_cameras(USUAL_CAMERA, options, MonotonicClock())}

    assert running == ["own", "partner", "partner ends", "own ends"]
    own = {name for name in found if "partner" not in name}
    assert {"camera rate", "camera delay", "face"} <= own
    assert {name for name in found if "partner" in name} == {f"{name}, partner" for name in own}
    assert not found["camera rate, partner"].found.startswith("0.0")


def test_a_missing_camera_of_the_partner_is_a_finding(tmp_path: Path, open_simulated: OpenSimulated) -> None:
    open_simulated(1.0)
    options = PreflightOptions("0", clock_camera, tmp_path, windowed=True)

    found = marks(replace(options, partner_camera="1", open_partner_camera=no_camera))

    assert (found["camera rate"], found["camera, partner"]) == ("ok", "failed")


def test_without_a_press_of_space_the_keyboard_fails_after_a_while(
    tmp_path: Path, open_simulated: OpenSimulated
) -> None:
    open_simulated(KEY_WAIT_S + 1)
    assert marks(PreflightOptions("0", no_camera, tmp_path, windowed=True))["keyboard"] == "failed"


def test_a_missing_camera_and_a_missing_display_are_findings(
    tmp_path: Path, open_simulated: OpenSimulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_simulated(None)

    def no_display(*_: object, **__: object) -> OpenDisplay:
        raise DisplayError("no display")

    monkeypatch.setattr(preflight_measure, "open_display", no_display)

    found = list(measure_machine(None, PreflightOptions("0", no_camera, tmp_path, windowed=True)))

    assert [(finding.name, finding.found) for finding in found if finding.name in ("camera", "display")] == [
        ("camera", "there is no camera"),
        ("display", "no display"),
    ]
    assert all(finding.remedy for finding in found if finding.mark == "failed")


@pytest.mark.parametrize(
    ("error", "found", "remedy"),
    [
        (f"no display: {NO_DISPLAY_REMEDY}", "no display", NO_DISPLAY_REMEDY),
        ("PsychoPy cannot be loaded; repair it: pip", "PsychoPy cannot be loaded", "repair it: pip"),
        ("the window cannot be opened: no context", "the window cannot be opened: no context", "restart the desktop"),
    ],
)
def test_a_display_that_cannot_be_opened_has_its_cause_and_one_remedy(error: str, found: str, remedy: str) -> None:
    finding = judge_display_error(DisplayError(error))

    assert finding.found == found
    assert finding.remedy.startswith(remedy)
    assert "log in" not in finding.found


def test_the_program_presses_space_for_a_simulated_camera(tmp_path: Path, open_simulated: OpenSimulated) -> None:
    open_simulated(None)

    found = list(measure_machine(None, PreflightOptions(SIMULATED, clock_camera, tmp_path, windowed=True)))

    assert [(one.mark, one.found) for one in found if one.name == "keyboard"] == [
        ("warning", "simulated: the program pressed SPACE")
    ]


def test_a_camera_of_another_size_has_a_remedy(tmp_path: Path) -> None:
    timing = judge_times([index / 30 for index in range(60)], rate_hz=30.0)
    asked = CameraSettings((1280, 720), 30.0, 1, 1)

    found = judge_camera(timing, asked, {"size_px": (640, 480)}, delays_s=[0.01], kind="driver")

    assert [one.remedy for one in found if one.name == "camera picture"] == [
        "the protocol asks for 1280x720: write `camera: {size: [640, 480]}` there, or use another camera"
    ]


def test_a_simulated_camera_does_not_film_the_screen(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="does not film the screen"):
        list(measure_camera_loop(PreflightOptions(SIMULATED, no_camera, tmp_path, windowed=True)))


def test_a_camera_that_does_not_film_the_screen_is_a_finding(tmp_path: Path, open_simulated: OpenSimulated) -> None:
    open_simulated(None)

    found = list(measure_camera_loop(PreflightOptions("0", clock_camera, tmp_path, windowed=True)))

    assert (found[-1].name, found[-1].mark, found[-1].remedy) == (
        "camera delay",
        "failed",
        "point the camera at the screen",
    )


def test_a_machine_that_does_not_report_its_power_supply_is_not_on_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container, where psutil 7 raises FileNotFoundError for /sys/class/power_supply."""

    def missing() -> None:
        raise FileNotFoundError(2, "No such file or directory", "/sys/class/power_supply")

    monkeypatch.setattr("psutil.sensors_battery", missing, raising=False)

    assert not is_on_battery()
