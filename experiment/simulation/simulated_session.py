"""Run one session with a simulated participant in the real window, in real time."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

from analysis.face.models.model import FaceModel
from analysis.terminal import progress
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.psychopy_import import load_psychopy, require_display_server
from experiment.display.simulated import SimulatedKeyboard
from experiment.errors import SessionError
from experiment.lab.live.publisher import LivePublisher, report_step
from experiment.lab.partner_camera import PartnerCamera, PartnerOpener
from experiment.lab.preflight_judgement import SIMULATED_KEYS
from experiment.lab.session_checks import check_before_devices
from experiment.lab.session_options import SIMULATED, OpenDevices, Options, ResumableSession, SessionReport
from experiment.lab.session_setup import record_session
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.ports.clock import Clock
from experiment.ports.display import Flip
from experiment.protocol.plan import SessionPlan
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen
from experiment.simulation.drawing.pictures import FacePictures, PictureRenderer
from experiment.simulation.earlier_sessions import count_earlier_imitations
from experiment.simulation.face_schedule import FaceSchedule, FaceSequence
from experiment.simulation.movement import idle_sequence
from experiment.simulation.participant import SimulatedParticipant
from experiment.simulation.pausable_keyboard import PausableKeyboard
from experiment.simulation.simulated_camera import FrameGrid, SimulatedCamera
from experiment.simulation.truth import FILE, PARTNER_FILE, TruthLog
from experiment.simulation.visitor import SimulatedVisitor, create_visitor, load_face_model, person_seed

LONGEST_DRAWING_S = 600.0
"""Longest time without a new picture before the session."""
BETWEEN_CAMERAS = 0.4
"""Time from a frame of the participant's camera to the next one of the partner's, in camera intervals."""


def run_simulated_session(  # noqa: PLR0913 (a partner is a device like the others)
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    visitor: SimulatedVisitor,
    presses_keys: bool = True,
    resume: ResumableSession | None = None,
    partner: SimulatedVisitor | PartnerOpener | None = None,
    live: LivePublisher | None = None,
) -> SessionReport:
    """Run and record one session with a simulated participant in the real window.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set.
    options : Options
        Options of the command line.
    visitor : SimulatedVisitor
        The participant.
    presses_keys : bool
        Whether the participant presses the keys. Otherwise a real person does, and only the camera is simulated.
    resume : ResumableSession
        The interrupted session to resume; None for a new one.
    partner : SimulatedVisitor or callable
        The second person, who imitates the same targets and presses no keys; or what opens the camera of a real one.
        None without one.
    live : LivePublisher
        Publishes the session; None: it is not published.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        As `experiment.lab.session_setup.run_session`.
    """
    clock = MonotonicClock()
    options, _ = check_before_devices(plan, dataset, options, resume=resume)
    require_display_server()
    model = load_face_model()
    keyboard = SimulatedKeyboard(clock) if presses_keys else None
    grid = FrameGrid(clock.now(), plan.camera.rate_hz)
    finished = () if resume is None else tuple(resume.outcomes)
    participant = SimulatedParticipant(plan, visitor, model, grid=grid, keyboard=keyboard, finished=finished)
    second = None
    if isinstance(partner, SimulatedVisitor):
        second = _SecondPerson(plan, partner, model, clock=clock, finished=finished)
        participant.waits_for = second.participant
    report_step(live, "drawing the faces of the simulated participant")
    _wait_for(visitor.pictures, participant.first_sequences)
    _wait_until_ahead(participant, visitor.pictures)
    place = SessionPlace(dataset.absolute(), plan.participant, plan.session)
    truth = TruthLog(place.source / FILE, model.bases["units"].names)
    camera = SimulatedCamera(visitor, participant.schedule, grid, clock=clock, on_frame=truth.add)
    with ExitStack() as stack:
        stack.enter_context(interrupt_on_termination())
        stack.callback(truth.close)
        observers = _Observers()
        report_step(live, "loading PsychoPy")
        load_psychopy()
        report_step(live, "opening the display")
        opened = open_display(
            plan.display,
            clock=clock,
            windowed=options.windowed,
            observers=[observers],
            before_measuring=lambda: report_step(live, "measuring the refresh rate of the display"),
        )
        stack.callback(opened.close)
        observers.observers.append(participant)
        if keyboard is not None:
            pausable = PausableKeyboard(keyboard, opened.keyboard, pause_key=plan.pause_key)
            observers.observers.append(pausable)
            opened = replace(opened, keyboard=pausable, pointer=None, keys_stamped_by=SIMULATED_KEYS)
        if second is not None:
            observers.observers.append(second.participant)
            partner_camera: PartnerCamera | None = stack.enter_context(second.camera(place))
        elif callable(partner):
            partner_camera = stack.enter_context(partner(clock))
        else:
            partner_camera = None
        devices = OpenDevices(clock, opened, camera, partner=partner_camera, check_faces=True, live=live)
        report = record_session(plan, dataset, options, devices=devices, resume=resume)
        late = camera.late + (0 if second is None else second.late)
        if late:
            print(f"simulation: {late} camera frames show an earlier face, drawing was late", file=sys.stderr)
        return report


class _SecondPerson:
    """A simulated partner with a camera of their own.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    visitor : SimulatedVisitor
        The person.
    model : FaceModel
        The face model.
    clock : Clock
        Clock of the session.
    finished : sequence of str
        Ids of the trials that were finished before an interruption.
    """

    def __init__(
        self, plan: SessionPlan, visitor: SimulatedVisitor, model: FaceModel, *, clock: Clock, finished: Sequence[str]
    ) -> None:
        rate_hz = plan.camera.rate_hz
        self._visitor, self._clock, self._units = visitor, clock, model.bases["units"].names
        self._grid = FrameGrid(clock.now() + BETWEEN_CAMERAS / rate_hz, rate_hz)
        self.participant = SimulatedParticipant(plan, visitor, model, grid=self._grid, keyboard=None, finished=finished)
        self._camera: SimulatedCamera | None = None
        _wait_for(visitor.pictures, self.participant.first_sequences)
        _wait_until_ahead(self.participant, visitor.pictures)

    @property
    def late(self) -> int:
        """Number of frames that show an earlier face."""
        return 0 if self._camera is None else self._camera.late

    @contextmanager
    def camera(self, place: SessionPlace) -> Iterator[PartnerCamera]:
        """Open the camera, with its file of true faces in the folder of the session."""
        truth = TruthLog(place.source / PARTNER_FILE, self._units)
        schedule = self.participant.schedule
        self._camera = SimulatedCamera(
            self._visitor, schedule, self._grid, clock=self._clock, on_frame=truth.add, truth=PARTNER_FILE
        )
        with closing(truth):
            yield PartnerCamera(self._camera, SIMULATED)


def run_before_simulated_camera(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    resume: ResumableSession | None = None,
    open_partner: PartnerOpener | None = None,
    live: LivePublisher | None = None,
) -> SessionReport:
    """Run one session with real key presses and a simulated camera.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set.
    options : Options
        Options of the command line.
    resume : ResumableSession
        The interrupted session to resume; None for a new one.
    open_partner : callable
        Opens the camera of the second person, unless it is simulated too; None without one.
    live : LivePublisher
        Publishes the session; None: it is not published.
    """
    require_display_server()
    report_step(live, "reading the face model")
    model = load_face_model()
    with closing(PictureRenderer(model.name)) as renderer:
        partner: SimulatedVisitor | PartnerOpener | None = open_partner
        if options.partner_camera == SIMULATED:
            partner = create_partner(plan, dataset, model, renderer, mimicry=options.mimicry)
        seed = person_seed(plan.seed, plan.participant)
        visitor = create_visitor(seed, model, renderer, mimicry=options.mimicry)
        count_earlier_imitations(visitor.learned, dataset, plan.participant)
        return run_simulated_session(
            plan,
            dataset,
            options,
            visitor=visitor,
            presses_keys=False,
            resume=resume,
            partner=partner,
            live=live,
        )


def create_partner(
    plan: SessionPlan, dataset: Path, model: FaceModel, renderer: PictureRenderer, *, mimicry: float
) -> SimulatedVisitor | None:
    """Create the simulated second person of a session; None if it has none.

    Parameters
    ----------
    plan : SessionPlan
        The plan of the session.
    dataset : Path
        Folder of the data set, with the earlier sessions of the two persons.
    model : FaceModel
        The face model.
    renderer : PictureRenderer
        Draws the pictures of the face.
    mimicry : float
        Factor of the strength of spontaneous mimicry.
    """
    if plan.partner is None:
        return None
    visitor = create_visitor(person_seed(plan.seed, plan.partner), model, renderer, mimicry=mimicry)
    count_earlier_imitations(visitor.learned, dataset, plan.participant)
    return visitor


@contextmanager
def resting_visitor_camera(clock: Clock, *, rate_hz: float) -> Iterator[SimulatedCamera]:
    """Open a simulated camera before a participant at rest; its reader closes it.

    Raises
    ------
    SessionError
        If the face model is missing, or the pictures are not ready in time.
    """
    model = load_face_model()
    with closing(PictureRenderer(model.name)) as renderer:
        visitor = create_visitor(person_seed(1, "check"), model, renderer)
        idle = idle_sequence(visitor.person, model)
        visitor.pictures.request(idle)
        _wait_for(visitor.pictures, [idle])
        grid = FrameGrid(clock.now(), rate_hz)
        yield SimulatedCamera(visitor, FaceSchedule(idle), grid, clock=clock, truth="")


class _Observers:
    """Observers that join after the measurement of the display."""

    def __init__(self) -> None:
        self.observers: list[SimulatedParticipant | PausableKeyboard] = []

    def on_flip(self, screen: Screen, flip: Flip) -> None:
        """Pass the flip to every observer."""
        for observer in self.observers:
            observer.on_flip(screen, flip)


def _wait_for(pictures: FacePictures, sequences: Sequence[FaceSequence]) -> None:
    """Wait until the pictures of some sequences are drawn."""
    drawing = _Drawing(pictures, sequences)
    for sequence in progress(sequences, total=len(sequences), title="drawing faces"):
        while not pictures.ready(sequence):
            drawing.wait()


def _wait_until_ahead(participant: SimulatedParticipant, pictures: FacePictures) -> None:
    """Wait until the faces of viewing trials can be drawn in time during the session."""
    drawing = _Drawing(pictures, [sequence for _, sequence in participant.coming()])
    while not participant.is_far_ahead(time.monotonic()):
        drawing.wait()


class _Drawing:
    """Waits for pictures, and notices if drawing has stopped."""

    def __init__(self, pictures: FacePictures, sequences: Sequence[FaceSequence]) -> None:
        self._pictures, self._sequences = pictures, sequences
        self._missing: int | None = None
        self._changed_s = time.monotonic()

    def wait(self) -> None:
        """Wait a moment.

        Raises
        ------
        SessionError
            If no picture was drawn for `LONGEST_DRAWING_S`.
        """
        missing = sum(self._pictures.missing(self._sequences))
        if missing != self._missing:
            self._missing, self._changed_s = missing, time.monotonic()
        elif time.monotonic() > self._changed_s + LONGEST_DRAWING_S:
            raise SessionError(
                "no picture of the simulated participant was drawn for ten minutes; end other programs that need the "
                "processor, and start again"
            )
        time.sleep(0.1)
