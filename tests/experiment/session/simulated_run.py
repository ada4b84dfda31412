"""Run whole sessions on a virtual clock: all devices simulated, the recorder real."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.camera.handover import FrameHandlers
from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab.session_checks import find_consent
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.ports.face_check import FaceChecker
from experiment.ports.sound import SoundPlayer
from experiment.protocol.plan import (
    SessionPlan,
)
from experiment.record.history import History, RecordedTrial, read_history
from experiment.record.journal import read_journal
from experiment.record.recorder import Recorder
from experiment.screens.screen import Screen, Text
from experiment.session.display_loop import Devices, FrameTotals
from experiment.session.runner import Session, SessionEnding, outcomes_of
from tests.experiment.devices import ClockCamera, Participant


@dataclass
class Run:
    ending: SessionEnding
    history: History
    participant: Participant
    totals: FrameTotals
    events: list[tuple[str, Mapping[str, Any]]]
    received: list[tuple[str, float, str | None]]

    def trial(self, number: int) -> RecordedTrial:
        return self.history.trials[number]


class EventLog:
    def __init__(self) -> None:
        self.received: list[tuple[str, float, str | None]] = []

    def event(self, name: str, time_s: float, target: str | None) -> None:
        self.received.append((name, time_s, target))


def run(
    plan: SessionPlan,
    dataset: Path,
    *,
    resume: bool = False,
    stalls: Mapping[int, int] | None = None,
    delay_s: float = 0.4,
    on_screen: Any = None,
    keyboards: list[SimulatedKeyboard] | None = None,
    cameras: list[ClockCamera] | None = None,
    keyboard: type[SimulatedKeyboard] = SimulatedKeyboard,
    camera_type: type[ClockCamera] = ClockCamera,
    display: type[SimulatedDisplay] = SimulatedDisplay,
    checker: FaceChecker | None = None,
    options: Options | None = None,
    sound: Callable[[Clock], SoundPlayer] | None = None,
) -> Run:
    """Run a plan with simulated devices and read back what was recorded."""
    clock = VirtualClock()
    keys = keyboard(clock)
    if keyboards is not None:
        keyboards.append(keys)
    participant = Participant(keys, delay_s, on_screen)
    screen = display(clock, observers=[participant], stalls=stalls)
    begin = Recorder.resume if resume else Recorder.start
    chosen = Options() if options is None else options
    recorder = begin(dataset, header_of(plan, chosen, display={"verdict": "ok"}, camera={}), clock=clock)
    outcomes = outcomes_of(read_history(recorder.place).trials)
    source = camera_type(clock)
    if cameras is not None:
        cameras.append(source)
    consent = find_consent(plan, dataset, chosen)
    permission = consent.permission()
    camera = CameraThread(
        source,
        clock=clock,
        rate_hz=30,
        keep=(plan.camera.keep_before, plan.camera.keep_after),
        reopen=lambda: source,
        handlers=FrameHandlers(permission=permission),
    )
    if checker is not None:
        recorder.on_kept = checker.submit
    listener = EventLog()
    session = Session(
        consent.plan,
        Devices(screen, keys, clock, camera, 1 / 60, permission, checker=checker, sound=sound and sound(clock)),
        recorder,
        outcomes=outcomes,
        listeners=(listener,),
    )
    ending: SessionEnding = "ended"
    try:
        ending = session.run()
    finally:
        clock.release()
        camera.close()
        recorder.close(complete=ending == "complete")
    journal = read_journal(recorder.place.journal)
    events = [(entry.event, entry.data) for entry in journal.entries]
    return Run(ending, read_history(recorder.place), participant, session.totals, events, listener.received)


def run_script(
    plan: SessionPlan, tmp_path: Path, script: Any, keyboards: list[SimulatedKeyboard], **devices: Any
) -> Run:
    """Run with a script that presses keys on ``keyboards[0]``."""
    return run(plan, tmp_path / "data", on_screen=script, keyboards=keyboards, **devices)


def no_answer(screen: Screen, flip: Flip) -> bool:
    """A script that presses nothing."""
    return True


def at_target(number: int, act: Any) -> Any:
    """A script that acts once, at the given target (counted from 0)."""
    seen = 0

    def script(screen: Screen, flip: Flip) -> bool:
        nonlocal seen
        if screen.kind != "target":
            return False
        seen += 1
        return bool(act(screen, flip)) if seen == number + 1 else False

    return script


class SlowTextDisplay(SimulatedDisplay):
    """Takes 50 ms to set a new text, as for a paragraph on a slow computer."""

    def __init__(self, clock: VirtualClock, **more: Any) -> None:
        super().__init__(clock, **more)
        self._clock = clock
        self._set: set[Text] = set()

    def prepare(self, screen: Screen) -> None:
        new = {element for element in screen.elements if isinstance(element, Text)} - self._set
        self._set |= new
        self._clock.sleep_until(self._clock.now() + 0.05 * len(new))

    def flip(self, screen: Screen) -> Flip:
        self.prepare(screen)
        return super().flip(screen)
