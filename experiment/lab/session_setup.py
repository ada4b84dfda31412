"""From a plan to a recorded session: opens what it needs, in an order that fails early, and closes it again."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiment.camera.sources import FactualCamera, open_camera
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.display.gate import DisplayVerdict
from experiment.display.opening import OpenDisplay, open_display
from experiment.errors import DisplayError, SessionError
from experiment.lab.rendered_targets import with_pictures
from experiment.lab.termination_signals import ended_by_the_system
from experiment.lab.thread_priority import drawing_first
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import HOLD_MARGIN_S, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.protocol.trials.criterion import Outcome
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder, require_same_plan, session_place, unfinished
from experiment.record.values import SessionHeader, Stimulus
from experiment.screens.text_fit import require_letters
from experiment.session.lsl_markers import LslMarkers
from experiment.session.runner import Devices, Ending, Session, Totals, outcomes_of

if TYPE_CHECKING:
    from experiment.feedback.controller import Training


SIMULATED = "simulated"
"""Value of `--camera` that selects the simulated participant."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about one session; `resume` needs it again."""

    camera: str = "0"
    windowed: bool = False
    pilot: bool = False
    accept_display: bool = False
    streams: tuple[str, ...] = ()
    """Where coefficients of live measurements go."""

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "camera": self.camera,
            "windowed": self.windowed,
            "pilot": self.pilot,
            "accept_display": self.accept_display,
            "streams": list(self.streams),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Options:
        """From the record."""
        return cls(
            camera=str(value.get("camera", "0")),
            windowed=bool(value.get("windowed", False)),
            pilot=bool(value.get("pilot", False)),
            accept_display=bool(value.get("accept_display", False)),
            streams=tuple(value.get("streams", ())),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """How a session went."""

    ending: Ending
    place: SessionPlace
    verdict: DisplayVerdict
    totals: Totals


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """A session that can be gone on with."""

    plan: SessionPlan
    options: Options
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


def interrupted(dataset: Path, participant: str, session: str | None) -> ResumableSession:
    """Read an interrupted session and make its plan again.

    Raises
    ------
    RecordError
        If there is none, it is complete, or its protocol is another one by now.
    SessionError, ProtocolError
        If the protocol file has gone or has become wrong.
    """
    place = session_place(dataset, participant, session)
    history = unfinished(place)
    start = history.start
    file = Path(start["protocol"]["file"])
    if not file.is_file():
        raise SessionError(
            f"the protocol of {place.label} is no longer at {file}; put it back, its text is in the first line of "
            f"{place.journal}"
        )
    plan = design(
        load_protocol(file),
        participant=place.participant,
        session=place.session,
        seed=int(start["seed"]),
        language=str(start["language"]),
    )
    require_same_plan(history, steps=[step.id for step in plan.steps], protocol_sha256=plan.protocol_sha256)
    options = Options.from_json({**start["options"], "pilot": start["pilot"]})
    return ResumableSession(plan, options, outcomes_of(history.trials))


def run_session(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: ResumableSession | None = None
) -> Report:
    """Run one session with a real window, keyboard and camera.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        Before anything is recorded, if something is missing or does not match; RecordError also when the disk fails.
    """
    clock = MonotonicClock()
    if resume is None:
        ensure_not_recorded(dataset, plan)
    plan = with_pictures(plan)
    require_letters(plan)

    def open_source() -> FactualCamera:
        return open_camera(options.camera, clock=clock, size_px=plan.camera.size_px, rate_hz=plan.camera.rate_hz)

    with ExitStack() as closing:
        closing.enter_context(ended_by_the_system())
        source = open_source()
        closing.callback(source.close)
        opened = open_display(plan.display, clock=clock, windowed=options.windowed)
        closing.callback(opened.close)
        return record_session(
            plan, dataset, options, clock=clock, opened=opened, source=source, reopen=open_source, resume=resume
        )


def record_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    clock: Clock,
    opened: OpenDisplay,
    source: FactualCamera,
    reopen: Callable[[], CameraSource] | None = None,
    resume: ResumableSession | None = None,
    training: Training | None = None,
) -> Report:
    """Run and record one session with the devices given, real or simulated; closes the camera, not the display.

    Parameters
    ----------
    opened
        The display with its keyboard and verdict. A simulated participant watches it as an observer and takes the
        keyboard's place (`dataclasses.replace(opened, keyboard=...)`).
    reopen
        Opens the camera again after it was unplugged.
    training
        Live feedback in the place of what the plan asks for; closed as well.

    Raises
    ------
    DisplayError
        If the display does not match and that was not accepted.
    RecordError
        If the session cannot be begun, or the disk fails.
    """
    require_display(opened.verdict, options)
    facts = {"spec": options.camera, "asked": _asked(plan), **source.facts}
    ending: Ending = "ended"
    reason = "interrupted"
    with ExitStack() as closing:
        real_time = closing.enter_context(drawing_first(real_time=opened.waits_asleep))
        display = {
            **opened.verdict.as_json(),
            "keys_stamped_by": opened.keys_stamped_by,
            "priority": "real-time" if real_time else "usual",
        }
        recorder = open_recorder(plan, dataset, options, display, facts, clock=clock, resume=resume is not None)
        closing.callback(lambda: recorder.close(complete=reason == "complete", reason=reason))
        training = training or start_training(plan, options, clock)
        if training is not None:
            closing.callback(training.close)
        camera = CameraThread(
            source,
            clock=clock,
            rate_hz=plan.camera.rate_hz,
            keep=(plan.camera.keep_before + _longest_hold_frames(plan), plan.camera.keep_after),
            reopen=reopen,
            on_times=recorder.camera_times,
            on_frame=None if training is None else training.offer,
        )
        closing.callback(camera.close)
        listeners = []
        if plan.markers is not None:
            markers = LslMarkers(plan.markers, clock=clock)
            closing.callback(markers.close)
            listeners.append(markers)
        devices = Devices(
            opened.display, opened.keyboard, clock, camera, opened.verdict.period_s, tuple(listeners), training
        )
        session = Session(plan, devices, recorder, outcomes=resume.outcomes if resume else None)
        ending = reason = session.run()
    return Report(ending, recorder.place, opened.verdict, session.totals)


def start_training(plan: SessionPlan, options: Options, clock: Clock) -> Training | None:
    """Start measuring in a process of its own, if any trial needs it."""
    if not any(isinstance(step, Trial) and step.is_live for step in plan.steps):
        return None
    from experiment.feedback.controller import Training
    from experiment.feedback.live_measurer import FaceMeasurerFactory, TargetPictures
    from experiment.feedback.streams import parse_stream
    from experiment.feedback.worker_process import MeasuringProcess

    targets = tuple(TargetPictures(target.name, target.image, target.neutral) for target in plan.targets)
    streams = [parse_stream(spec) for spec in options.streams]
    return Training(plan, MeasuringProcess(FaceMeasurerFactory(targets), clock=clock, streams=streams), clock=clock)


def _longest_hold_frames(plan: SessionPlan) -> int:
    """Camera frames a hold reaches back, with `HOLD_MARGIN_S` to spare; 0 without holds."""
    longest_s = plan.longest_hold_s
    return math.ceil((longest_s + HOLD_MARGIN_S) * plan.camera.rate_hz) if longest_s else 0


def require_display(verdict: DisplayVerdict, options: Options) -> None:
    """Stop a session whose display does not match, unless that was accepted beforehand.

    Raises
    ------
    DisplayError
        With every problem and its remedy.
    """
    if verdict.word == "mismatch" and not (options.accept_display or options.pilot):
        raise DisplayError(
            "the display is not what the protocol asks for: "
            + "; ".join(verdict.problems)
            + ". --accept-display runs the session all the same and says so in its record"
        )
    for sentence in (*verdict.problems, *verdict.notes):
        print(f"display: {sentence}", file=sys.stderr)


def open_recorder(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    display: Mapping[str, Any],
    camera: Mapping[str, Any],
    *,
    clock: Clock,
    resume: bool,
) -> Recorder:
    """Begin the record of a session, or go on with it."""
    steps = tuple(step.id for step in plan.steps)
    if resume:
        return Recorder.resume(
            dataset,
            plan.participant,
            plan.session,
            steps=steps,
            protocol_sha256=plan.protocol_sha256,
            clock=clock,
            display=display,
            camera=camera,
        )
    return Recorder.start(dataset, header_of(plan, options, display, camera), clock=clock)


def header_of(
    plan: SessionPlan, options: Options, display: Mapping[str, Any], camera: Mapping[str, Any]
) -> SessionHeader:
    """Return everything about a session that is known before its first flip."""
    return SessionHeader(
        participant=plan.participant,
        session=plan.session,
        task=plan.task,
        title=plan.title,
        seed=plan.seed,
        language=plan.language,
        steps=tuple(step.id for step in plan.steps),
        stimuli=tuple(
            Stimulus(target.name, target.expression, target.image, target.neutral, target.blend)
            for target in plan.targets
        ),
        protocol_file=plan.protocol_file,
        protocol_text=plan.protocol_text,
        protocol_sha256=plan.protocol_sha256,
        display=display,
        camera=camera,
        pilot=options.pilot,
        groups=plan.groups,
        base_texts=plan.base_texts,
        options=options.as_json(),
    )


def _asked(plan: SessionPlan) -> dict[str, Any]:
    return {"size_px": list(plan.camera.size_px), "rate_hz": plan.camera.rate_hz}


def ensure_not_recorded(dataset: Path, plan: SessionPlan, *, remedy: str | None = None) -> None:
    """Say at once, before the window opens, that this session exists already.

    Parameters
    ----------
    remedy
        What helps; if None, what helps those who chose participant and session by themselves.
    """
    place = session_place(dataset, plan.participant, plan.session)
    if not place.begun:
        return
    complete = read_history(place).complete
    state = "is already recorded" if complete else "was begun and not finished"
    if remedy is None:
        label = "give this session a label" if place.session is None else "name another session"
        remedy = f"{label} with --session, or choose another participant id"
        if not complete:
            remedy = f"go on with it by `resume`, {remedy}"
    raise SessionError(f"{place.label} {state} in {dataset}: {remedy}")
