"""``run_experiment.py check``: is this machine ready for a session?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from experiment.lab.preflight_judgement import Finding
    from experiment.ports.camera import CameraSource, FrameTime
    from experiment.ports.clock import Clock
    from experiment.protocol.plan import CameraSettings, SessionPlan

CAMERA_LOOP = "camera-loop"
KEY_WAIT_S = 15.0
CAMERA_WATCH_S = 3.0
FLASHES = 20
SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "failed": ("✗", "red")}


def check(
    protocol: Annotated[
        str | None,
        typer.Argument(metavar="[PROTOCOL]", help=f"Protocol to check for, or `{CAMERA_LOOP}`: measure the delay."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    camera: Annotated[str, typer.Option("--camera", metavar="SPEC", help="As for `run`.")] = "0",
    dataset: Annotated[Path, typer.Option("--dataset", metavar="DIR", help="Where data will go.")] = Path(),
    windowed: Annotated[bool, typer.Option("--windowed", help="A window instead of the full screen.")] = False,
) -> int:
    """Check display, keyboard, camera, face, light and disk before a session; exit status 1 if one would be spoilt.

    `check camera-loop` makes the screen flash in front of the camera and estimates the delay of display and camera.
    """
    from rich.console import Console

    from experiment.display.psychopy_import import require_psychopy
    from experiment.lab.preflight_judgement import spoils

    require_psychopy()
    if protocol == CAMERA_LOOP:
        findings = list(_camera_loop(camera, windowed=windowed))
    else:
        findings = list(_preflight(_plan(protocol), camera, dataset, windowed=windowed))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings, Console())
    return 1 if spoils(findings) else 0


def _show(findings: list[Finding], console: Any) -> None:
    """One screen of ticks and crosses."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 1))
    for finding in findings:
        sign, colour = SIGNS[finding.mark]
        remedy = f"\n[dim]→ {escape(finding.remedy)}[/dim]" if finding.remedy else ""
        table.add_row(f"[{colour}]{sign}[/{colour}]", finding.name, escape(finding.found) + remedy)
    console.print(table)
    failed = sum(finding.mark == "failed" for finding in findings)
    warnings = sum(finding.mark == "warning" for finding in findings)
    console.print(f"{failed} would spoil a session, {warnings} to know about" if failed or warnings else "ready")


def _plan(protocol: str | None) -> SessionPlan | None:
    if protocol is None:
        return None
    from experiment.lab.rendered_targets import locate_blends
    from experiment.protocol.load import load_protocol
    from experiment.protocol.planner import design

    loaded = load_protocol(Path(protocol))
    sessions = loaded.content.sessions
    session = next(iter(sessions)) if sessions else None
    return design(loaded, participant="check", session=session, render=locate_blends)


def _preflight(plan: SessionPlan | None, camera: str, dataset: Path, *, windowed: bool) -> Iterator[Finding]:
    from experiment.clock import MonotonicClock
    from experiment.display.opening import open_display
    from experiment.errors import CameraError, DisplayError, SessionError
    from experiment.lab.preflight_judgement import Finding, camera_remedy, display_findings, judge_key
    from experiment.protocol.plan import CameraSettings, DisplaySettings

    clock = MonotonicClock()
    yield _load()
    yield _disk(plan, dataset)
    if plan is not None:
        yield _texts(plan)
    asked = plan.camera if plan else CameraSettings((1280, 720), 30.0, 15, 5)
    try:
        yield from _watch_camera(camera, asked, clock)
    except (CameraError, SessionError) as error:
        yield Finding("camera", "failed", str(error), camera_remedy(camera))
    settings = plan.display if plan else DisplaySettings((1440, 900), 60.0, 50.0, True, "black")
    try:
        opened = open_display(settings, clock=clock, windowed=windowed)
    except DisplayError as error:
        yield Finding("display", "failed", str(error), "log in to a desktop with a display")
        return
    try:
        yield from display_findings(opened.verdict)
        if sys.platform == "linux":
            yield _priority(yields_processor=opened.yields_processor)
        press, read_at_s = _wait_for_space(opened, clock)
        yield judge_key(press, stamped_by=opened.keys_stamped_by, read_at_s=read_at_s)
    finally:
        opened.close()


def _wait_for_space(opened: Any, clock: Clock) -> tuple[Any, float]:
    """Ask for SPACE; the press and when it was read, None if nobody pressed."""
    from experiment.screens.screen import Screen, Text

    text = Text("Preflight: press SPACE", (0.0, 0.0), 0.05)
    screen, give_up_s = Screen("page", (text,)), clock.now() + KEY_WAIT_S
    opened.keyboard.clear()
    while clock.now() < give_up_s:
        opened.display.flip(screen)
        for press in opened.keyboard.presses():
            if press.key == "space":
                return press, clock.now()
    return None, clock.now()


def _load() -> Finding:
    import psutil

    from experiment.lab.preflight_judgement import judge_load

    return judge_load(psutil.cpu_percent(interval=1.0), on_battery=_on_battery())


def _priority(*, yields_processor: bool) -> Finding:
    from experiment.lab.preflight_judgement import judge_priority
    from experiment.lab.thread_priority import prioritise_drawing

    with prioritise_drawing(real_time=yields_processor) as granted:
        return judge_priority(real_time=granted, yields_processor=yields_processor)


def _on_battery() -> bool:
    import psutil

    if not hasattr(psutil, "sensors_battery"):
        return False
    try:
        battery = psutil.sensors_battery()
    except OSError:  # a container may have no /sys/class/power_supply
        return False
    return bool(battery and not battery.power_plugged)


def _disk(plan: SessionPlan | None, dataset: Path) -> Finding:
    import shutil

    from experiment.lab.preflight_judgement import SPARE_BYTES, bytes_needed, judge_disk

    folder = next(place for place in (dataset.absolute(), *dataset.absolute().parents) if place.exists())
    needed = bytes_needed(plan) if plan else 2 * SPARE_BYTES
    return judge_disk(shutil.disk_usage(folder).free, needed, folder=str(folder))


def _texts(plan: SessionPlan) -> Finding:
    from experiment.errors import DisplayError
    from experiment.lab.preflight_judgement import Finding
    from experiment.screens.text_fit import require_letters

    try:
        require_letters(plan)
    except DisplayError as error:
        return Finding("texts", "failed", f"in `{plan.language}` not all can be shown", str(error))
    return Finding("texts", "ok", f"all letters of `{plan.language}` are installed")


def _watch_camera(spec: str, asked: CameraSettings, clock: Clock) -> Iterator[Finding]:
    """Let the camera run for some seconds and look for a face in its pictures; one that does not exist as well."""
    from experiment.lab.preflight_judgement import Finding
    from experiment.lab.session_setup import SIMULATED

    if spec != SIMULATED:
        yield from _watch(_open(spec, asked, clock), asked, clock)
        return
    from experiment.simulation.simulated_session import resting_visitor_camera

    yield Finding(
        "camera",
        "warning",
        "simulated: what follows says nothing about a real camera, face or light",
        "check yours with its number, such as --camera 0",
    )
    with resting_visitor_camera(clock, rate_hz=asked.rate_hz) as source:
        yield from _watch(source, asked, clock)


def _watch(source: CameraSource, asked: CameraSettings, clock: Clock) -> Iterator[Finding]:
    from analysis.face.errors import FaceError
    from analysis.face.landmarks.detector import LandmarkDetector
    from experiment.camera.frame_times import judge_times
    from experiment.camera.thread import CameraThread
    from experiment.lab.preflight_judgement import Finding, judge_camera, judge_face

    times: list[FrameTime] = []
    thread = CameraThread(source, clock=clock, rate_hz=asked.rate_hz, on_times=times.extend)
    try:
        clock.sleep_until(clock.now() + CAMERA_WATCH_S)
        newest = thread.latest()
    finally:
        thread.close()
    settled = times[len(times) // 3 :]  # cameras start unevenly
    if newest is None:
        yield Finding("camera", "failed", "no picture came", "check its cable and that no other program uses it")
        return
    rate_hz = float(source.facts.get("rate_hz", asked.rate_hz) or asked.rate_hz)
    played = newest.time_kind == "media"  # a clip has the rate it has
    timing = judge_times([time.time_s for time in settled], rate_hz=rate_hz if played else asked.rate_hz)
    delays = [time.arrival_s - time.time_s for time in settled]
    yield from judge_camera(timing, asked, source.facts, delays_s=delays, kind=newest.time_kind)
    try:
        yield from judge_face(newest.image, LandmarkDetector().detect(newest.image))
    except FaceError as error:
        yield from judge_face(newest.image, error)


def _open(spec: str, asked: CameraSettings, clock: Clock) -> CameraSource:
    from experiment.camera.sources import open_camera

    return open_camera(spec, clock=clock, size_px=asked.size_px, rate_hz=asked.rate_hz)


def _camera_loop(spec: str, *, windowed: bool) -> Iterator[Finding]:
    """Flash the screen in front of the camera and estimate the delay of both."""
    import numpy as np

    from experiment.camera.loop_delay import measure_delay
    from experiment.clock import MonotonicClock
    from experiment.display.opening import open_display
    from experiment.errors import CameraError
    from experiment.lab.preflight_judgement import Finding, display_findings
    from experiment.lab.session_setup import SIMULATED
    from experiment.protocol.plan import CameraSettings, DisplaySettings

    if spec == SIMULATED:
        raise CameraError("a simulated camera does not see the screen flash; name a device, such as --camera 0")
    clock = MonotonicClock()
    source = _open(spec, CameraSettings((640, 480), 30.0, 0, 0), clock)
    opened = open_display(DisplaySettings((1440, 900), 60.0, 50.0, True, "black"), clock=clock, windowed=windowed)
    try:
        yield from (finding for finding in display_findings(opened.verdict) if finding.name != "display size")
        found = measure_delay(opened.display, source, clock=clock, rng=np.random.default_rng(0), flashes=FLASHES)
    except CameraError as error:
        yield Finding("camera delay", "failed", str(error), "let the camera see the screen")
        return
    finally:
        opened.close()
    low, high = 1000 * found.low_s, 1000 * found.high_s
    yield Finding(
        "camera delay",
        "ok",
        f"{1000 * found.delay_s:.1f} ms from flip to camera time stamp, 95 % interval {low:.1f} to {high:.1f} ms, "
        f"{found.flashes} flashes, {found.explained:.0%} of the brightness explained",
    )
