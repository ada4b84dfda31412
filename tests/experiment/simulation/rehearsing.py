"""Simulated sessions on a virtual clock, with the real recorder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from analysis.face.arrays import ImageArray
from analysis.face.models.model import FaceModel
from experiment.camera.handover import FrameHandlers
from experiment.camera.thread import CameraThread
from experiment.clock import VirtualClock
from experiment.display.simulated import SimulatedDisplay, SimulatedKeyboard
from experiment.lab.preflight_judgement import SIMULATED_KEYS
from experiment.lab.session_header import header_of
from experiment.lab.session_options import Options
from experiment.ports.display import Flip
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.record.history import History, read_history
from experiment.record.journal_lines import TrialLine, read_lines
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.screens.screen import Screen
from experiment.session.display_loop import Devices
from experiment.session.runner import Session, SessionEnding
from experiment.simulation.face_schedule import FaceSequence, FaceState
from experiment.simulation.keyframes import KeyFrame
from experiment.simulation.participant import SimulatedParticipant
from experiment.simulation.person import SimulatedPerson, draw_simulated_person
from experiment.simulation.simulated_camera import FrameGrid, SimulatedCamera
from experiment.simulation.truth import FILE, TruthLog
from experiment.simulation.visitor import LearnedState, SimulatedVisitor
from tests.conftest import PROJECT

DISPLAY = {"verdict": "ok", "keys_stamped_by": SIMULATED_KEYS}

SMALL_PX = (24, 16)
TARGETS = PROJECT / "protocols" / "targets"


def fingerprint(state: FaceState) -> ImageArray:
    """Return a small picture that differs for every state."""
    numbers = [*state.units, *astuple(state.pose)]
    seed = np.frombuffer(np.asarray(numbers, dtype=np.float64).tobytes(), dtype=np.uint32)
    size = (SMALL_PX[1], SMALL_PX[0], 3)
    picture: NDArray[np.uint8] = np.random.default_rng(seed).integers(40, 216, size, dtype=np.uint8)
    return picture


class Fingerprints:
    """Pictures without graphics, kept by the name of their request.

    The first `slow` questions whether a sequence is ready are answered with no.
    """

    def __init__(self, *, slow: int = 0) -> None:
        self._drawn: dict[str, tuple[FaceState, ...]] = {}
        self._slow = slow

    def request(self, sequence: FaceSequence) -> None:
        self._drawn.setdefault(sequence.pictures_name, sequence.states)

    def ready(self, sequence: FaceSequence) -> bool:
        assert sequence.pictures_name in self._drawn, f"{sequence.pictures_name} was never requested"
        self._slow -= 1
        return self._slow < 0

    def missing(self, sequences: Sequence[FaceSequence]) -> list[int]:
        return [0] * len(sequences)

    def drawn(self, sequence: FaceSequence, number: int) -> ImageArray | None:
        assert sequence.pictures_name in self._drawn, f"{sequence.pictures_name} was never requested, or was discarded"
        return fingerprint(self._drawn[sequence.pictures_name][number])

    def discard(self, sequence: FaceSequence) -> None:
        self._drawn.pop(sequence.pictures_name, None)

    def close(self) -> None:
        pass


class Watcher:
    """Lists every screen of the display, one entry a change."""

    def __init__(self) -> None:
        self.screens: list[Screen] = []

    def on_flip(self, screen: Screen, flip: Flip) -> None:  # noqa: ARG002
        if not self.screens or screen != self.screens[-1]:
            self.screens.append(screen)


@dataclass
class Rehearsed:
    ending: SessionEnding
    history: History
    place: SessionPlace
    screens: list[Screen]
    plan: SessionPlan
    person: SimulatedPerson


def small_person(seed: int, model: FaceModel) -> SimulatedPerson:
    return draw_simulated_person(seed, model, size_px=SMALL_PX)


def rehearse(
    plan: SessionPlan,
    dataset: Path,
    model: FaceModel,
    *,
    seed: int = 1,
    pictures: Fingerprints | None = None,
    presses_keys: bool = True,
    learned: LearnedState | None = None,
    start_s: float = 1000.0,
    keyboard: SimulatedKeyboard | None = None,
    clock: VirtualClock | None = None,
    mimicry: float = 1.0,
) -> Rehearsed:
    """Run a plan; `start_s` shifts the display relative to the camera."""
    clock = clock or VirtualClock()
    keys = keyboard or SimulatedKeyboard(clock)
    person = small_person(seed, model)
    visitor = SimulatedVisitor(
        person, pictures or Fingerprints(), learned or LearnedState.initial(person, model), mimicry
    )
    grid = FrameGrid(start_s - 0.0137, plan.camera.rate_hz)
    participant = SimulatedParticipant(plan, visitor, model, grid=grid, keyboard=keys if presses_keys else None)
    watcher = Watcher()
    display = SimulatedDisplay(clock, observers=[participant, watcher])
    recorder = Recorder.start(dataset, header_of(plan, Options("simulated"), display=DISPLAY, camera={}), clock=clock)
    truth = TruthLog(recorder.place.source / FILE, model.bases["units"].names)
    source = SimulatedCamera(visitor, participant.schedule, grid, clock=clock, on_frame=truth.add)
    camera = CameraThread(
        source,
        clock=clock,
        rate_hz=plan.camera.rate_hz,
        keep=(plan.camera.keep_before, plan.camera.keep_after),
        handlers=FrameHandlers(on_times=recorder.camera_times),
    )
    session = Session(plan, Devices(display, keys, clock, camera, 1 / 60), recorder)
    ending: SessionEnding = "ended"
    try:
        ending = session.run()
    finally:
        clock.release()
        camera.close()
        recorder.close(complete=ending == "complete")
        truth.close()
    return Rehearsed(ending, read_history(recorder.place), recorder.place, watcher.screens, plan, person)


def key_indices(place: SessionPlace) -> dict[str, int]:
    """Return the index of the key frame of each target."""
    found: dict[str, int] = {}
    for trial in read_lines(place.journal, TrialLine):
        assert trial.key_frame is not None
        assert trial.target not in found
        found[trial.target] = trial.key_frame.index
    return found


def assert_kept(place: SessionPlace, frames: Sequence[KeyFrame]) -> None:
    """Assert that a session with one trial a target kept exactly these frames."""
    kept = {trial.target: trial.id for trial in read_history(place).trials}
    for number, frame in enumerate(frames):
        if frame.target == "neutral":
            file = place.frames / "baseline" / f"neutral-{number + 1:02d}.png"
        else:
            (file,) = place.frames.glob(f"*-{kept[frame.target]}/key.png")
        assert np.array_equal(np.asarray(Image.open(file)), frame.image), file


def plan_of(protocol: Path, *, participant: str = "01", session: str | None = None) -> SessionPlan:
    """Return one participant's plan; all blends have the same picture."""
    return design(
        load_protocol(protocol),
        participant=participant,
        session=session,
        render=lambda blends: [TARGETS / "neutral.png"] * len(blends),
    )
