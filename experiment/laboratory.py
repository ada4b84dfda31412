"""From a plan to a recorded session: opens what it needs, in an order that fails early, and closes it again."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiment.camera.sources import open_camera
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.display.gate import DisplayVerdict
from experiment.display.opening import OpenDisplay, open_display
from experiment.errors import DisplayError, SessionError
from experiment.ports import Clock, FrameTime
from experiment.protocol.criterion import Outcome
from experiment.protocol.design import design
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus
from experiment.session import Devices, Ending, Session, Totals, outcomes_of


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says about one session; `resume` needs it again."""

    camera: str = "0"
    windowed: bool = False
    pilot: bool = False
    accept_display: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the record."""
        return {
            "camera": self.camera,
            "windowed": self.windowed,
            "pilot": self.pilot,
            "accept_display": self.accept_display,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Options:
        """From the record."""
        return cls(
            camera=str(value.get("camera", "0")),
            windowed=bool(value.get("windowed", False)),
            pilot=bool(value.get("pilot", False)),
            accept_display=bool(value.get("accept_display", False)),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """How a session went."""

    ending: Ending
    place: SessionPlace
    verdict: DisplayVerdict
    totals: Totals


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A session that can be gone on with."""

    plan: SessionPlan
    options: Options
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)


def interrupted(dataset: Path, participant: str, session: str | None) -> Interrupted:
    """Read an interrupted session and make its plan again.

    Raises
    ------
    RecordError
        If there is none or it is complete.
    ProtocolError
        If the protocol file has gone or has become wrong.
    """
    history = read_history(SessionPlace(dataset.absolute(), participant, session))
    start = history.start
    protocol = load_protocol(Path(start["protocol"]["file"]))
    plan = design(
        protocol,
        participant=participant,
        session=session,
        seed=int(start["seed"]),
        language=str(start["language"]),
    )
    options = Options.from_json({**start["options"], "pilot": start["pilot"]})
    return Interrupted(plan, options, outcomes_of(history.trials))


def run_session(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: Interrupted | None = None, clock: Clock | None = None
) -> Report:
    """Run one session with a real window, keyboard and camera.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        Before anything is recorded, if something is missing or does not match; RecordError also when the disk fails.
    """
    clock = clock or MonotonicClock()
    if resume is None:
        _refuse_twice(dataset, plan)
    with ExitStack() as closing:
        source = open_camera(options.camera, clock=clock, size_px=plan.camera.size_px, rate_hz=plan.camera.rate_hz)
        closing.callback(source.close)
        opened = open_display(plan.display, clock=clock, windowed=options.windowed)
        closing.callback(opened.close)
        let_pass(opened.verdict, options)
        facts = {"spec": options.camera, "asked": _asked(plan), **source.facts}
        recorder = open_recorder(plan, dataset, options, opened, facts, clock=clock, resume=resume is not None)
        complete, reason = False, "crashed"
        closing.callback(lambda: recorder.close(complete=complete, reason=reason))
        camera = CameraThread(
            source,
            clock=clock,
            rate_hz=plan.camera.rate_hz,
            keep=(plan.camera.keep_before, plan.camera.keep_after),
            reopen=lambda: open_camera(
                options.camera, clock=clock, size_px=plan.camera.size_px, rate_hz=plan.camera.rate_hz
            ),
            on_times=lambda times: recorder.event("camera-times", times_json(times)),
        )
        closing.callback(camera.close)
        devices = Devices(opened.display, opened.keyboard, clock, camera, opened.verdict.period_s)
        session = Session(plan, devices, recorder, outcomes=resume.outcomes if resume else None)
        ending = session.run()
        complete, reason = ending == "complete", ending
    return Report(ending, recorder.place, opened.verdict, session.totals)


def let_pass(verdict: DisplayVerdict, options: Options) -> None:
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
    opened: OpenDisplay,
    camera: Mapping[str, Any],
    *,
    clock: Clock,
    resume: bool,
) -> Recorder:
    """Begin the record of a session, or go on with it."""
    display = {**opened.verdict.as_json(), "keys_stamped_by": opened.keys_stamped_by}
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
        options=options.as_json(),
    )


def times_json(times: Sequence[FrameTime]) -> dict[str, Any]:
    """Return the times of camera frames as the journal holds them."""
    return {
        "index": [time.index for time in times],
        "time_s": [round(time.time_s, 6) for time in times],
        "arrival_s": [round(time.arrival_s, 6) for time in times],
    }


def _asked(plan: SessionPlan) -> dict[str, Any]:
    return {"size_px": list(plan.camera.size_px), "rate_hz": plan.camera.rate_hz}


def _refuse_twice(dataset: Path, plan: SessionPlan) -> None:
    """Say at once, before the window opens, that this session exists already."""
    place = SessionPlace(dataset.absolute(), plan.participant, plan.session)
    if place.journal.exists():
        state = "is already recorded" if read_history(place).complete else "was begun and not finished"
        raise SessionError(
            f"{place.label} {state} in {dataset}: go on with it by `resume`, give this session a label with --session, "
            "or choose another participant id"
        )
