"""Offsets of cameras: measured with the flashing screen, kept, and recorded in sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.errors import CameraError
from experiment.lab import preflight_measure
from experiment.lab.camera_offsets import keep_offset, kept_offsets, offset_for, offsets_file, with_offset
from experiment.lab.partner_camera import PartnerCamera
from experiment.lab.preflight_judgement import Finding
from experiment.lab.preflight_measure import PreflightOptions, measure_camera_loop
from experiment.lab.session_options import OpenDevices, Options, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.camera import CameraSource
from experiment.protocol.plan import CameraSettings, DisplaySettings
from experiment.record.camera_offset import CameraOffset, difference_s, offset_of_part
from experiment.record.camera_offset_report import CameraOffsets, CameraUse
from experiment.record.errors import RecordError
from experiment.record.film.completion import film_parts
from experiment.record.history import read_history
from experiment.record.journal_lines import FilmStartLine, read_lines
from experiment.record.session_timing import session_timing
from experiment.record.sessions import read_sessions
from tests.experiment.camera.test_loop_delay import ScreenFilmingCamera
from tests.experiment.devices import Participant
from tests.experiment.lab.test_filming import LargeClockCamera
from tests.experiment.lab.test_partner import answers, findings, plan_for_two
from tests.experiment.record.helpers import validate

DELAYS_S = {"left": 0.040, "right": 0.083}
SETTINGS = CameraSettings((64, 48), 30.0, 1, 1)
Measure = Callable[[str], list[Finding]]


def facts_of(name: str, *, rate_hz: float = 30.0) -> dict[str, object]:
    return {"kind": "device", "identity": name, "size_px": [64, 48], "rate_hz": rate_hz}


class DelayedCamera(ScreenFilmingCamera):
    """A device that films the display with a known delay."""

    @property
    def facts(self) -> dict[str, object]:
        return facts_of(self.name)

    name = ""


@pytest.fixture
def measure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Measure:
    """`check camera-loop` before a simulated screen; the file of the offsets is in the folder of the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))

    def measure_one(name: str) -> list[Finding]:
        clock = VirtualClock()
        camera = DelayedCamera(clock, delay_s=DELAYS_S[name])
        camera.name = name

        def open_display(settings: DisplaySettings, **_: object) -> OpenDisplay:
            display = SimulatedDisplay(clock, observers=[camera])
            verdict = verify_display(display, settings, clock=clock)
            return OpenDisplay(display, SimulatedKeyboard(clock), "driver", verdict)

        monkeypatch.setattr(preflight_measure, "MonotonicClock", lambda: clock)
        monkeypatch.setattr(preflight_measure, "open_display", open_display)
        source: CameraSource = camera
        options = PreflightOptions("0", lambda *_: closing(source), tmp_path, windowed=True)
        return list(measure_camera_loop(options, SETTINGS))

    return measure_one


def offset(camera: str, offset_s: float, half_s: float, *, kind: str = "simulated") -> CameraOffset:
    return CameraOffset(
        camera, offset_s, offset_s - half_s, offset_s + half_s, (64, 48), 30.0, kind, "2026-11-29T10:00:00+00:00", 20
    )


def film_two(folder: Path, *, rate_hz: float = 30.0) -> SessionReport:
    clock = VirtualClock()
    plan = plan_for_two(folder)
    keyboard = SimulatedKeyboard(clock)
    participant = Participant(keyboard)
    script = answers("y")
    participant.on_screen = lambda screen, flip: script(screen, flip, participant)
    display = SimulatedDisplay(clock, observers=[participant])
    opened = OpenDisplay(display, keyboard, "simulated", verify_display(display, plan.display, clock=clock))
    own, partners = LargeClockCamera(clock, rate_hz=rate_hz), LargeClockCamera(clock, rate_hz=rate_hz)
    own.facts, partners.facts = facts_of("left", rate_hz=rate_hz), facts_of("right", rate_hz=rate_hz)
    devices = OpenDevices(clock, opened, own, partner=PartnerCamera(partners, "1"))
    try:
        return record_session(plan, folder / "data", Options(camera="/dev/my camera"), devices=devices)
    finally:
        clock.release()


def test_the_known_delays_of_two_cameras_and_their_difference_are_recovered_kept_and_recorded(
    tmp_path: Path, measure: Measure
) -> None:
    first, second = measure("left"), measure("right")

    assert [one.name for one in first[-2:]] == ["camera delay", "camera offset"]
    against = second[-1]
    assert (against.name, against.mark) == ("against other camera", "ok")
    kept = {one.camera: one for one in kept_offsets()}
    for name, delay_s in DELAYS_S.items():
        assert kept[name].low_s - 0.002 <= delay_s <= kept[name].high_s + 0.002
        assert (kept[name].size_px, kept[name].rate_hz, kept[name].time_kind) == ((64, 48), 30.0, "simulated")
    found_s, error_s = difference_s(kept["right"], kept["left"])
    assert abs(found_s - 0.043) <= error_s + 0.002
    assert against.found.startswith(f"{1000 * found_s:+.1f} ms against left")

    report = film_two(tmp_path)

    place = report.place
    start = read_history(place).start.setting.camera
    assert (start["offset"]["camera"], start["partner"]["offset"]["camera"]) == ("left", "right")
    lines = read_lines(place.journal, FilmStartLine)
    assert offset_of_part(lines, person="participant", part=1) == kept["left"]
    assert offset_of_part(lines, person="partner", part=1) == kept["right"]
    (sidecar,) = (json.loads(file.read_text()) for file in (tmp_path / "data").rglob("*_events.json"))
    assert sidecar["CameraOffset"]["partner"] == kept["right"].to_json()
    (record,) = read_sessions(tmp_path / "data")
    assert record.camera_offsets == {"participant": kept["left"], "partner": kept["right"]}
    sentences = "\n".join(session_timing(place).sentences())
    assert f"camera of the partner minus camera: {1000 * found_s:+.1f} ms, 95 % within" in sentences
    assert "warning" not in sentences
    assert findings(place) == []
    assert validate(tmp_path / "data")[0] == []


def test_no_stored_time_contains_the_offset(tmp_path: Path, measure: Measure) -> None:
    """Both cameras of the test expose at the same moments; their offsets differ."""
    for name, delay_s in DELAYS_S.items():
        keep_offset(offset(name, delay_s, 0.001))

    place = film_two(tmp_path).place

    (own,), (partners,) = film_parts(place.source / "film"), film_parts(place.source / "film-partner")
    assert [row.time_s for row in own.rows][5:20] == [row.time_s for row in partners.rows][5:20]
    assert kept_offsets()[0].flip_time_s(1.0) == pytest.approx(0.960)


def test_a_session_without_a_measured_offset_says_so_with_the_command(tmp_path: Path, measure: Measure) -> None:
    keep_offset(offset("left", 0.04, 0.001))

    report = film_two(tmp_path, rate_hz=25.0)  # measured at 30

    warnings = [one for one in session_timing(report.place).sentences() if "warning" in one]
    assert [one.split(":")[1].strip() for one in warnings] == ["camera", "camera of the partner"]
    assert re.search(r"check camera-loop --camera '/dev/my camera' --protocol \S+\.yaml`", warnings[0])
    assert "--camera 1 " in warnings[1]


def test_an_offset_of_other_time_stamps_does_not_hold() -> None:
    def sentences(kind: str) -> list[str]:
        use = CameraUse("participant", True, "", offset("left", 0.04, 0.001, kind="driver"), frozenset({kind}))
        return list(CameraOffsets((use, use)).sentences())

    assert len(sentences("driver")) == 1
    assert (
        "measured with times of the kind driver, the frames have arrival: it does not hold" in sentences("arrival")[1]
    )


def test_a_new_measurement_replaces_that_of_the_same_camera_size_and_rate(measure: Measure) -> None:
    for one in (
        offset("left", 0.05, 0.001),
        replace(offset("left", 0.03, 0.001), size_px=(1280, 720)),
        offset("left", 0.04, 0.001),
    ):
        keep_offset(one)

    assert [(one.size_px, one.offset_s) for one in kept_offsets()] == [((64, 48), 0.04), ((1280, 720), 0.03)]
    assert offset_for(facts_of("left", rate_hz=30.01)) is not None
    assert offset_for(facts_of("left", rate_hz=25.0)) is None
    assert offset_for({**facts_of("left"), "identity": ""}) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"offsets": [{"camera": "left"}]}', '{"offsets": 3}'])
def test_a_damaged_file_of_offsets_stops_no_session(
    measure: Measure, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    offsets_file().parent.mkdir(parents=True)
    offsets_file().write_text(text)

    assert with_offset(facts_of("left")) == facts_of("left")
    assert "delete it and measure the cameras again" in capsys.readouterr().err
    with pytest.raises(CameraError, match="cannot be read"):
        keep_offset(offset("left", 0.04, 0.001))
    assert [one.mark for one in measure("left")][-2:] == ["ok", "failed"]


def test_a_damaged_offset_in_a_journal_is_an_error() -> None:
    line = FilmStartLine(1, False, False, {}, "participant", {**offset("left", 0.04, 0.001).to_json(), "offset_s": "?"})

    with pytest.raises(RecordError, match="offset of a camera in the journal is damaged"):
        offset_of_part([line], person="participant", part=1)
    assert offset_of_part([line], person="partner", part=1) is None
