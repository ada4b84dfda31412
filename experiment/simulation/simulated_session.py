"""A simulated participant sits down before the real window: one whole session, in real time."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.face.errors import FaceModelError
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import DEFAULT_MODEL, load_model
from analysis.terminal import progress
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import SessionError
from experiment.lab.session_setup import (
    OpenDevices,
    Options,
    ResumableSession,
    SessionReport,
    ensure_not_recorded,
    record_session,
)
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from experiment.screens.text_fit import require_letters
from experiment.simulation import movement
from experiment.simulation.attended_keyboard import AttendedKeyboard
from experiment.simulation.drawn_pictures import DrawnAhead, FaceAct, Pictures, Studio
from experiment.simulation.face_schedule import Schedule
from experiment.simulation.participant import Memory, SimulatedParticipant
from experiment.simulation.person import Person, draw_person
from experiment.simulation.simulated_camera import FrameGrid, SimulatedCamera
from experiment.simulation.truth import FILE, TruthLog

LONGEST_DRAWING_S = 120.0


@dataclass(slots=True)
class SimulatedVisitor:
    """A simulated participant between sessions."""

    person: Person
    pictures: Pictures
    memory: Memory = field(repr=False)


def person_seed(seed: int, participant: str) -> int:
    """The seed of a participant's face and skill."""
    return (seed * 1_000_003 + zlib.crc32(participant.encode())) % 2**32


def load_face_model() -> FaceModel:
    """The face model people are made of.

    Raises
    ------
    SessionError
        If it is missing or has no FACS-like units.
    """
    try:
        model = load_model(DEFAULT_MODEL)
    except FaceModelError as error:
        raise SessionError(f"simulated participants need the face model that ships: {error}") from error
    if "units" not in model.bases:
        raise SessionError(f"simulated participants need a face model with FACS-like units; {model.name} has none")
    return model


def create_visitor(seed: int, model: FaceModel, studio: Studio) -> SimulatedVisitor:
    """A person of this seed, whose pictures are drawn by the studio."""
    person = draw_person(seed, model)
    return SimulatedVisitor(person, DrawnAhead(person, studio), Memory(person, model))


def run_simulated_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    visitor: SimulatedVisitor,
    *,
    hands: bool = True,
    resume: ResumableSession | None = None,
) -> SessionReport:
    """Run and record one session with a simulated participant in the real window.

    Parameters
    ----------
    hands
        Whether the participant presses keys, too; otherwise somebody else does, and only the camera is simulated.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        As `experiment.lab.session_setup.run_session`.
    """
    clock = MonotonicClock()
    if resume is None:
        ensure_not_recorded(dataset, plan)
    require_letters(plan)
    model = load_face_model()
    keyboard = SimulatedKeyboard(clock) if hands else None
    grid = FrameGrid(clock.now(), plan.camera.rate_hz)
    participant = SimulatedParticipant(
        plan, visitor.person, model, visitor.pictures, grid, keyboard=keyboard, memory=visitor.memory
    )
    _wait_for(visitor.pictures, participant.first_acts)
    place = SessionPlace(dataset.absolute(), plan.participant, plan.session)
    truth = TruthLog(place.source / FILE, model.bases["units"].names)
    camera = SimulatedCamera(
        visitor.person, visitor.pictures, participant.schedule, grid, clock=clock, on_frame=truth.add
    )
    with ExitStack() as closing:
        closing.enter_context(interrupt_on_termination())
        closing.callback(truth.close)
        observers = _Observers()
        opened = open_display(plan.display, clock=clock, windowed=options.windowed, observers=[observers])
        closing.callback(opened.close)
        observers.watch = [participant]
        if keyboard is not None:
            attended = AttendedKeyboard(keyboard, opened.keyboard, pause_key=plan.pause_key)
            observers.watch.append(attended)
            opened = replace(opened, keyboard=attended, keys_stamped_by="simulation")
        return record_session(plan, dataset, options, devices=OpenDevices(clock, opened, camera), resume=resume)


def run_before_simulated_camera(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: ResumableSession | None = None
) -> SessionReport:
    """Run one session of a real pair of hands before a simulated camera: the face follows the targets by itself."""
    model = load_face_model()
    studio = Studio(model.name)
    try:
        visitor = create_visitor(person_seed(plan.seed, plan.participant), model, studio)
        return run_simulated_session(plan, dataset, options, visitor, hands=False, resume=resume)
    finally:
        studio.close()


@contextmanager
def resting_visitor_camera(clock: Clock, *, rate_hz: float) -> Iterator[SimulatedCamera]:
    """A simulated camera before somebody who does nothing yet, as it is before a session; whoever reads it closes it.

    Raises
    ------
    SessionError
        If the face model is missing, or the pictures are not there in time.
    """
    model = load_face_model()
    studio = Studio(model.name)
    try:
        visitor = create_visitor(person_seed(1, "check"), model, studio)
        idle = movement.idle(visitor.person, model)
        visitor.pictures.announce(idle)
        _wait_for(visitor.pictures, [idle])
        grid = FrameGrid(clock.now(), rate_hz)
        yield SimulatedCamera(visitor.person, visitor.pictures, Schedule(idle), grid, clock=clock)
    finally:
        studio.close()


class _Observers:
    """Nobody watches while the display is being measured."""

    def __init__(self) -> None:
        self.watch: list[SimulatedParticipant | AttendedKeyboard] = []

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Tell everybody."""
        for observer in self.watch:
            observer.on_flip(screen, flip)


def _wait_for(pictures: Pictures, acts: Sequence[FaceAct]) -> None:
    """Wait until the first pictures are drawn."""
    give_up_s = time.monotonic() + LONGEST_DRAWING_S
    for act in progress(acts, total=len(acts), title="drawing faces"):
        while not pictures.ready(act):
            if time.monotonic() > give_up_s:
                raise SessionError("the pictures of the simulated participant are not ready after two minutes")
            time.sleep(0.05)
