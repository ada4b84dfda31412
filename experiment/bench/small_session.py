"""A short session with simulated devices.

The code of a real session, as fast as the computer can.

Its camera draws number and time into every picture, so that the pictures alone show which frame was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from experiment.camera.numbered import Faults, NumberedCamera, read_off, schedule
from experiment.clock import VirtualClock
from experiment.display.opening import OpenDisplay, verify_display
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab.live.publisher import LivePublisher
from experiment.lab.session_checks import find_resumable_session
from experiment.lab.session_options import OpenDevices, Options, SessionReport
from experiment.lab.session_setup import record_session
from experiment.ports.display import Flip, ScreenObserver
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.record.history import History
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

RATE_HZ = 30.0
SEED = 7
LONGEST_S = 4 * 3600.0

PROTOCOL = """
protocol: 1
name: small-session
display: {{size: [1440, 900], refresh_rate: 60}}
camera: {{size: [640, 480], rate: 30, keep_frames: {{before: 2, after: 1}}}}
targets:
  dark: {{image: dark.png, expression: neutral}}
  light: {{image: light.png, expression: happiness}}
blocks:
  - name: agreement
    kind: consent
    text: {{en: This is a rehearsal.}}
    clauses:
      - {{id: recording, about: recording, text: {{en: My face may be filmed.}}}}
  - {{name: welcome, kind: instructions, text: {{en: Press SPACE.}}}}
  - {{name: baseline, kind: calibration, frames: 3}}
  - {{name: mimicry, kind: experiment, trials: [dark, light], repetitions: {repetitions}, order: random}}
timing: {{fixation: 6 frames, target: until-response, timeout: 4 s, inter_trial: 6 frames}}
"""


def write_protocol(folder: Path, *, trials: int = 8, changes: Callable[[str], str] = str) -> Path:
    """Write the protocol and its two target pictures into a folder.

    Return the protocol's file.

    Parameters
    ----------
    folder
        Gets the files.
    trials
        An even number.
    changes
        Applied to the text of the protocol.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, grey in (("dark", 60), ("light", 200)):
        cv2.imwrite(str(folder / f"{name}.png"), np.full((250, 200, 3), grey, np.uint8))
    file = folder / "small_session.yaml"
    file.write_text(changes(PROTOCOL.format(repetitions=trials // 2)), encoding="utf-8")
    return file


def plan_of(protocol: Path, participant: str, *, seed: int = SEED) -> SessionPlan:
    """Return the plan of a participant.

    Parameters
    ----------
    protocol
        Its file.
    participant
        The label.
    seed
        Of the order of the trials.
    """
    return design(load_protocol(protocol), participant=participant, session=None, seed=seed)


def trial_ids(plan: SessionPlan) -> list[str]:
    """Return the ids of the trials in the order of the plan."""
    return [step.id for step in plan.steps if isinstance(step, Trial)]


class ScriptedParticipant:
    """Watches the display and presses keys.

    Y agrees, SPACE goes on, SPACE answers a target after a random time.

    Parameters
    ----------
    keyboard
        Whose keys are pressed.
    rng
        Of the answers.
    answer_s
        Shortest and longest time to the answer of a target.
    on_change
        Called with every new screen.
    """

    def __init__(
        self,
        keyboard: SimulatedKeyboard,
        rng: np.random.Generator,
        *,
        answer_s: tuple[float, float] = (0.15, 0.6),
        on_change: Callable[[Screen], None] | None = None,
    ) -> None:
        self._keyboard = keyboard
        self._rng = rng
        self._answer_s = answer_s
        self._on_change = on_change
        self._shown: Screen | None = None

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Press a key, if the screen is new and asks for one."""
        if screen == self._shown:
            return
        self._shown = screen
        if self._on_change is not None:
            self._on_change(screen)
        if screen.kind == "target":
            self._keyboard.press("space", flip.time_s + float(self._rng.uniform(*self._answer_s)))
        elif screen.kind in ("page", "form", "calibration", "break", "notice"):
            self._keyboard.press("y" if screen.kind == "form" else "space", flip.time_s + 0.1)


@dataclass(frozen=True, slots=True)
class SmallSession:
    """Devices and participant of a small session."""

    answer_s: tuple[float, float] = (0.15, 0.6)
    """Shortest and longest time to the answer of a target."""
    on_change: Callable[[Screen], None] | None = None
    """Called with every new screen."""
    observers: tuple[ScreenObserver, ...] = ()
    """Called after every flip."""
    stalls: Mapping[int, int] | None = None
    """Of `SimulatedDisplay`."""
    faulty_camera: bool = True
    """Whether a few pictures are dropped and delivered twice."""
    live: LivePublisher | None = None
    """Publishes the session."""
    real_time: bool = False
    """Whether the drawing thread asks for real-time priority."""


_USUAL = SmallSession()


def run_small_session(place: SessionPlace, protocol: Path, *, seed: int, setup: SmallSession = _USUAL) -> SessionReport:
    """Run a session, or resume an interrupted one, on a virtual clock.

    Parameters
    ----------
    place
        Where it is recorded.
    protocol
        From `write_protocol`.
    seed
        Of answers and camera.
    setup
        Devices and participant.

    Raises
    ------
    RecordError
        If it cannot be recorded.
    """
    rng = np.random.default_rng(seed)
    clock = VirtualClock(start_s=1000.0 + seed % 1000)
    keyboard = SimulatedKeyboard(clock)
    participant = ScriptedParticipant(keyboard, rng, answer_s=setup.answer_s, on_change=setup.on_change)
    resume = find_resumable_session(place.dataset, place.participant, place.session) if place.begun else None
    plan = resume.plan if resume is not None else plan_of(protocol, place.participant)
    observers = (participant, *setup.observers)
    display = SimulatedDisplay(clock, size_px=plan.display.size_px, stalls=setup.stalls, observers=observers)
    verdict = verify_display(display, plan.display, clock=clock)
    opened = OpenDisplay(display, keyboard, "simulated", verdict, yields_processor=setup.real_time)
    share = 0.02 if setup.faulty_camera else 0.0
    shots = schedule(
        rng,
        rate_hz=RATE_HZ,
        start_s=clock.now(),
        duration_s=LONGEST_S,
        faults=Faults(dropped=share, duplicated=share),
        latency_s=0.02,
    )
    try:
        return record_session(
            plan,
            place.dataset,
            resume.options if resume is not None else Options(camera="simulated"),
            devices=OpenDevices(clock, opened, NumberedCamera(shots, clock=clock), live=setup.live),
            resume=resume,
        )
    finally:
        clock.release()


def check_pictures(history: History) -> int:
    """Read every picture of a session and return their number.

    Raises
    ------
    AssertionError
        If a picture cannot be read, is not the frame of the journal, or is not the nearest to its key press.
    """
    count = 0
    dataset = history.place.dataset
    for frame in history.frames():
        picture = cv2.imread(str(dataset / frame.file))
        assert picture is not None, f"{frame.file} cannot be read"
        _, drawn_s = read_off(np.asarray(picture, dtype=np.uint8))
        assert abs(drawn_s - frame.captured_s) < 2e-6, f"{frame.file} is not the frame of the journal"
        count += 1
    for trial in history.trials:
        if trial.key_to_frame_ms is not None and trial.half_interval_ms is not None:
            assert abs(trial.key_to_frame_ms) <= trial.half_interval_ms + 0.002, f"{trial.id}: not the nearest"
    for stray in history.place.frames.rglob("*.png"):
        if ".partial-" not in str(stray):
            assert cv2.imread(str(stray)) is not None, f"{stray} cannot be read"
    return count
