"""Set up a session: open the devices, record the session, close the devices.

Everything that can fail without a device is checked before the first device is opened.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiment.camera.handover import FrameHandlers
from experiment.camera.sources import open_camera
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.display.display_judgement import DisplayVerdict
from experiment.display.opening import OpenDisplay, open_display
from experiment.errors import DisplayError, SessionError, SoundError
from experiment.lab.camera_offsets import with_offset
from experiment.lab.clip_stills import clip_stills
from experiment.lab.core_dumps import forbid_core_dumps
from experiment.lab.face_record import checked_faces, face_sentences
from experiment.lab.film_setup import NICE_BESIDE_USUAL, FilmOptions, both, filming
from experiment.lab.partner_camera import PartnerCamera, PartnerOpener, filming_partner, films_of
from experiment.lab.rendered_targets import render_drawn
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.lab.thread_priority import prioritise_drawing
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.ports.sound import SoundPlayer
from experiment.protocol.load import load_protocol
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import HOLD_MARGIN_S, Calibration, Consent, Page, SessionPlan, Trial
from experiment.protocol.planner import design
from experiment.protocol.trials.criterion import Outcome
from experiment.record.checks.dataset_rules import PlannedSession, data_set_facts, require_rules
from experiment.record.checks.preconditions import require_same_plan, unfinished
from experiment.record.checks.session_clock import clock_problem
from experiment.record.checks.sources import require_same_sources, require_unchanged_journal
from experiment.record.consent.at_start import ConsentAtStart, consent_at_start, declined_sentence
from experiment.record.consent.withdrawal import delete_refused, finish_deletion
from experiment.record.errors import RecordError
from experiment.record.history import CLOCK, SIMULATED_CAMERA, read_history
from experiment.record.layout import SessionPlace, session_place
from experiment.record.participants_file import check_participants_files
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus
from experiment.screens.text_fit import require_letters
from experiment.session.display_loop import Devices, FrameTotals
from experiment.session.lsl_markers import LslMarkers
from experiment.session.runner import Session, SessionEnding, outcomes_of

if TYPE_CHECKING:
    from experiment.feedback.controller import Training
    from experiment.lab.face_checks import FaceChecks


SIMULATED = SIMULATED_CAMERA
"""Value of `--camera` that selects the simulated participant."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one session on the command line; the record keeps them for `resume`."""

    camera: str = "0"
    partner_camera: str = "1"
    """Camera of the second person, where the protocol has one."""
    windowed: bool = False
    pilot: bool = False
    accept_display: bool = False
    mimicry: float = 1.0
    """Factor of the spontaneous mimicry of a simulated participant."""
    streams: tuple[str, ...] = ()
    """Where the coefficients of live measurements are sent."""
    accept: tuple[str, ...] = ()
    """Words of `experiment.record.checks.dataset_rules.ACCEPTABLE`."""
    accepted: tuple[str, ...] = ()
    """One sentence for each problem of the data set that was accepted."""

    def to_json(self) -> dict[str, Any]:
        """Return the options for the record."""
        lists = {name: list(getattr(self, name)) for name in ("streams", "accept", "accepted")}
        return {**asdict(self), **lists}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Options:
        """Return the options of a record; options it does not have keep their defaults."""
        known = {
            name: value[name]
            for name in ("camera", "partner_camera", "windowed", "pilot", "accept_display", "mimicry")
            if name in value
        }
        return cls(**known, streams=tuple(value.get("streams", ())))


@dataclass(frozen=True, slots=True)
class OpenDevices:
    """The open devices of a session, real or simulated."""

    clock: Clock
    display: OpenDisplay
    """The display with its keyboard and its verdict."""
    camera: CameraSource | None
    """None if the participant has refused to be filmed."""
    reopen_camera: Callable[[], CameraSource] | None = None
    """Opens the camera again after it was unplugged; None if that cannot be done."""
    sound: SoundPlayer | None = None
    """Plays the sound of clips; None: clips are silent, and the record says so."""
    partner: PartnerCamera | None = None
    """The camera of the second person; None without one."""
    check_faces: bool = False
    """Whether a process checks the faces in the frames. Benchmarks and tests film pictures without faces."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """How a session ended and how well it kept time."""

    ending: SessionEnding
    place: SessionPlace
    verdict: DisplayVerdict
    totals: FrameTotals
    faces: tuple[str, ...] = ()
    """Sentences about the faces in the kept frames; empty if faces were not checked."""


@dataclass(frozen=True, slots=True)
class ResumableSession:
    """An interrupted session that can be resumed."""

    plan: SessionPlan
    options: Options
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """Outcomes of the finished trials, by trial id."""


def find_resumable_session(dataset: Path, participant: str, session: str | None) -> ResumableSession:
    """Read an interrupted session and make its plan again.

    Parameters
    ----------
    dataset
        Folder of the data set.
    participant
        Id of the participant.
    session
        Label of the session; None without one.

    Raises
    ------
    RecordError
        If the session does not exist, is complete, or its protocol has changed.
    SessionError, ProtocolError
        If the protocol file is missing or has errors.
    """
    place = session_place(dataset, participant, session)
    history = unfinished(place)
    start = history.start
    file = Path(start.protocol.file)
    if not file.is_file():
        raise SessionError(
            f"the protocol of {place.label} is missing: {file}; put it back, its text is in the first line of "
            f"{place.journal}"
        )
    plan = design(
        load_protocol(file),
        participant=place.participant,
        session=place.session,
        seed=start.seed,
        language=start.language,
        render=render_drawn,
        stills=clip_stills,
    )
    if start.partner is not None:
        plan = with_partner(plan, start.partner)
    require_unchanged_journal(history)
    require_same_sources(history, header_of(plan, Options(), display={}, camera={}))
    require_same_plan(history, steps=[step.id for step in plan.steps], protocol_sha256=plan.protocol_sha256)
    options = Options.from_json({**start.options, "pilot": start.pilot})
    return ResumableSession(plan, options, outcomes_of(history.trials))


def run_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    resume: ResumableSession | None = None,
    open_partner: PartnerOpener | None = None,
) -> SessionReport:
    """Run and record one session with a real window, keyboard and camera.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Options of the command line.
    resume
        The interrupted session to resume; None for a new one.
    open_partner
        Opens the camera of the second person; None without one.

    Raises
    ------
    CameraError, DisplayError, RecordError, SessionError
        Before anything is recorded, if a device is missing or does not match; RecordError also if the disk fails.
    """
    forbid_core_dumps()
    clock = MonotonicClock()
    options, consent = check_before_devices(plan, dataset, options, resume=resume)

    def open_source() -> CameraSource:
        return open_camera(options.camera, clock=clock, size_px=plan.camera.size_px, rate_hz=plan.camera.rate_hz)

    with ExitStack() as closing:
        closing.enter_context(interrupt_on_termination())
        camera, partner = None, None
        if consent.state != "refused":
            camera = open_source()
            closing.callback(camera.close)
            if open_partner is not None:
                partner = closing.enter_context(open_partner(clock))
        display = open_display(plan.display, clock=clock, windowed=options.windowed)
        closing.callback(display.close)
        sound = open_sound(plan, options, clock=clock)
        if sound is not None:
            closing.callback(sound.close)
        devices = OpenDevices(
            clock, display, camera, reopen_camera=open_source, sound=sound, partner=partner, check_faces=True
        )
        return record_session(plan, dataset, options, devices=devices, resume=resume)


def check_before_devices(
    plan: SessionPlan, dataset: Path, options: Options, *, resume: ResumableSession | None
) -> tuple[Options, ConsentAtStart]:
    """Check everything that can fail without a device.

    Print what the record says about consent.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Options of the command line.
    resume
        The interrupted session to resume; None for a new one.

    Returns
    -------
    options : Options
        The same with the sentences of what was accepted.
    consent : ConsentAtStart
        What the session must ask, and what it may keep until then.

    Raises
    ------
    RecordError, SessionError
        If the session cannot begin.
    """
    finish_deletion(dataset, notify=print)
    if resume is None:
        ensure_not_recorded(dataset, plan)
        options = check_data_set(plan, dataset, options)
    else:
        require_clock(plan, dataset, options)
    require_letters(plan)
    consent = find_consent(plan, dataset, options)
    _print_consent(consent, participant=plan.participant)
    return options, consent


def find_consent(plan: SessionPlan, dataset: Path, options: Options) -> ConsentAtStart:
    """Compare the consents of a plan with the answers that count for a session.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Say whether the session is simulated, or a pilot session.
    """
    return consent_at_start(plan, dataset, is_simulated=options.camera == SIMULATED, is_pilot=options.pilot)


def record_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    devices: OpenDevices,
    resume: ResumableSession | None = None,
    training: Training | None = None,
) -> SessionReport:
    """Run and record one session with open devices; close only the camera.

    The camera is closed at once if the participant has refused to be filmed in an earlier session.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Options of the command line.
    devices
        Display, keyboard and camera.
    resume
        The interrupted session to resume; None for a new one.
    training
        Live feedback instead of that of the plan; closed at the end.

    Raises
    ------
    DisplayError
        If the display does not match and this was not accepted.
    RecordError
        If the session cannot be begun, or the disk fails.
    """
    clock, display = devices.clock, devices.display
    require_display(display.verdict, options)
    consent = find_consent(plan, dataset, options)
    ending: SessionEnding | None = None
    with ExitStack() as closing:
        real_time = closing.enter_context(prioritise_drawing(real_time=display.yields_processor))
        recorder = open_recorder(
            plan, dataset, options, devices=devices, real_time=real_time, is_resumed=resume is not None
        )
        closing.callback(lambda: recorder.close(complete=ending == "complete", reason=ending or "interrupted"))
        delete_refused(recorder)
        closing.callback(lambda: delete_refused(recorder))
        if training is None and consent.state != "refused":
            training = start_training(plan, options, clock=clock)
        if training is not None:
            closing.callback(training.close)
        permission = consent.permission()
        facts = {} if devices.camera is None else with_offset(devices.camera.facts)
        niceness = 0 if real_time else NICE_BESIDE_USUAL
        film = closing.enter_context(
            filming(
                plan, recorder, camera=facts, permission=permission, clock=clock, options=FilmOptions(niceness=niceness)
            )
        )
        partner = closing.enter_context(
            filming_partner(plan, recorder, devices.partner, permission=permission, clock=clock, niceness=niceness)
        )
        handlers = FrameHandlers(
            on_frame=both(None if film is None else film.offer, None if training is None else training.offer),
            on_times=recorder.camera_times,
            permission=permission,
        )
        camera = _start_camera(plan, devices, handlers)
        checker: FaceChecks | None = None
        if camera is not None:
            closing.callback(camera.close)
            if devices.check_faces:
                checker = closing.enter_context(checked_faces(recorder, clock=clock))
        listeners = _start_listeners(plan, closing, clock=clock)
        shown, keys, period_s = display.display, display.keyboard, display.verdict.period_s
        used = Devices(
            shown,
            keys,
            clock,
            camera,
            period_s,
            permission,
            film=films_of(film, partner),
            sound=devices.sound,
            checker=checker,
        )
        if partner is not None:
            used = replace(used, partner_camera=partner.camera)
        session = Session(
            consent.plan,
            used,
            recorder,
            outcomes=resume.outcomes if resume else None,
            feedback=training,
            listeners=listeners,
        )
        ending = session.run()
    faces = () if checker is None else face_sentences(recorder.place, checker)
    return SessionReport(ending, recorder.place, display.verdict, session.totals, faces)


def open_sound(plan: SessionPlan, options: Options, *, clock: Clock) -> SoundPlayer | None:
    """Open the sound device if a target of the plan has sound.

    Parameters
    ----------
    plan
        The plan of the session.
    options
        With `pilot`, a session without a sound device runs, silently.
    clock
        The clock of the session.

    Raises
    ------
    SoundError
        If there is no sound device.
    """
    if not plan.sounds:
        return None
    from experiment.display.ptb_sound import PtbSound

    try:
        return PtbSound(clock)
    except SoundError as error:
        if not options.pilot:
            raise SoundError(
                f"target {plan.sounds[0]} has sound, but {error}; or write `sound: false`, or try the session with "
                "--pilot"
            ) from error
        print(f"sound: {error}; this pilot session is silent", file=sys.stderr)
        return None


def _start_listeners(plan: SessionPlan, closing: ExitStack, *, clock: Clock) -> list[LslMarkers]:
    """Start the listeners of session events: LSL markers if the plan has them."""
    if plan.markers is None:
        return []
    markers = LslMarkers(plan.markers, clock=clock)
    closing.callback(markers.close)
    return [markers]


def _start_camera(plan: SessionPlan, devices: OpenDevices, handlers: FrameHandlers) -> CameraThread | None:
    """Start to read the camera, or close it if the participant has refused it."""
    if devices.camera is None:
        return None
    if handlers.permission.state == "refused":
        devices.camera.close()
        return None
    return CameraThread(
        devices.camera,
        clock=devices.clock,
        rate_hz=plan.camera.rate_hz,
        keep=(plan.camera.keep_before + _longest_hold_frames(plan), plan.camera.keep_after),
        reopen=devices.reopen_camera,
        handlers=handlers,
    )


def _print_consent(consent: ConsentAtStart, *, participant: str) -> None:
    """Say what the record means for a session that is about to begin."""
    for step in consent.missing:
        print(
            f"consent: participant {participant} has no recorded agreement to `{step}`; this session asks for it. If "
            "you expected an agreement from an earlier session, check the participant id",
            file=sys.stderr,
        )
    for doubt in consent.doubts:
        print(f"consent: a refusal may be lost in {doubt.message}", file=sys.stderr)
    if consent.state == "refused":
        print(
            f"consent: participant {participant} has refused to be filmed, or was interrupted in a consent "
            f"({consent.source}); the camera stays off",
            file=sys.stderr,
        )
    elif consent.state == "pending" and not any(isinstance(step, Consent) for step in consent.plan.steps):
        print(
            f"consent: no camera frame of participant {participant} is kept in this session ({consent.source})",
            file=sys.stderr,
        )


def start_training(plan: SessionPlan, options: Options, *, clock: Clock) -> Training | None:
    """Start the process of live measurement if a trial needs it.

    Parameters
    ----------
    plan
        The plan of the session.
    options
        Has the streams for live measurements.
    clock
        The clock of the session.
    """
    if not any(isinstance(step, Trial) and step.is_live for step in plan.steps):
        return None
    from experiment.feedback.controller import Training
    from experiment.feedback.live_measurer import FaceMeasurerFactory, TargetPictures
    from experiment.feedback.streams import parse_stream
    from experiment.feedback.worker_process import MeasuringProcess

    background = plan.display.background
    targets = tuple(TargetPictures(one.name, one.image, one.neutral, background) for one in plan.targets)
    streams = [parse_stream(spec) for spec in options.streams]
    return Training(plan, MeasuringProcess(FaceMeasurerFactory(targets), clock=clock, streams=streams), clock=clock)


def _longest_hold_frames(plan: SessionPlan) -> int:
    """Return how many camera frames a hold reaches back, plus `HOLD_MARGIN_S`."""
    longest_s = plan.longest_hold_s
    return math.ceil((longest_s + HOLD_MARGIN_S) * plan.camera.rate_hz) if longest_s else 0


def require_display(verdict: DisplayVerdict, options: Options) -> None:
    """Require a display that matches, unless the options accept any display.

    Raises
    ------
    DisplayError
        With every fault and its remedy.
    """
    if verdict.word == "mismatch" and not (options.accept_display or options.pilot):
        raise DisplayError(
            "the display is not what the protocol asks for: "
            + "; ".join(verdict.faults)
            + ". --accept-display runs the session anyway and marks this in its record"
        )
    for sentence in (*verdict.faults, *verdict.notes):
        print(f"display: {sentence}", file=sys.stderr)


def open_recorder(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    devices: OpenDevices,
    real_time: bool,
    is_resumed: bool,
) -> Recorder:
    """Begin the record of a session, or continue it.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Options of the command line.
    devices
        Their facts go into the record.
    real_time
        Whether the drawing thread has real-time priority.
    is_resumed
        Whether to continue the record of an interrupted session.
    """
    display = {
        **devices.display.verdict.to_json(),
        "background": plan.display.background,
        "keys_stamped_by": devices.display.keys_stamped_by,
        "priority": "real-time" if real_time else "usual",
    }
    if plan.sounds:
        display["sound"] = {"driver": "none"} if devices.sound is None else dict(devices.sound.facts)
    asked = {"size_px": list(plan.camera.size_px), "rate_hz": plan.camera.rate_hz}
    facts = {} if devices.camera is None else with_offset(devices.camera.facts)
    camera = {"spec": options.camera, "asked": asked, **facts}
    if devices.partner is not None:
        camera["partner"] = {"spec": devices.partner.spec, "asked": asked, **with_offset(devices.partner.source.facts)}
    begin = Recorder.resume if is_resumed else Recorder.start
    return begin(dataset, header_of(plan, options, display=display, camera=camera), clock=devices.clock)


def header_of(
    plan: SessionPlan, options: Options, *, display: Mapping[str, Any], camera: Mapping[str, Any]
) -> SessionHeader:
    """Return what the record has of a session before its first flip.

    Parameters
    ----------
    plan
        The plan of the session.
    options
        Options of the command line.
    display, camera
        Facts about the devices, as JSON values.
    """
    return SessionHeader(
        participant=plan.participant,
        session=plan.session,
        task=plan.task,
        title=plan.title,
        seed=plan.seed,
        language=plan.language,
        steps=tuple(step.id for step in plan.steps),
        stimuli=tuple(
            Stimulus(
                target.name,
                target.expression,
                target.image,
                target.neutral,
                target.blend,
                None if target.motion is None else target.motion.file,
                target.units,
                target.movement,
            )
            for target in plan.targets
        ),
        protocol_file=plan.protocol_file,
        protocol_text=plan.protocol_text,
        protocol_sha256=plan.protocol_sha256,
        display=display,
        camera=camera,
        pilot=options.pilot,
        use_consents=plan.use_consents,
        groups=plan.groups,
        base_texts=plan.base_texts,
        sources=tuple(_source_paths(plan)),
        encrypt_for=plan.camera.encrypt_for,
        partner=plan.partner,
        options=options.to_json(),
    )


def _source_paths(plan: SessionPlan) -> Iterator[tuple[str, Path]]:
    """Yield kind and path of a plan's files, without protocol and rendered targets."""
    yield from (("protocol", file) for file in plan.base_files)
    yield from (("table", file) for file in plan.tables)
    if plan.camera.key_file is not None:
        yield "key", plan.camera.key_file
    shown = (step.picture for step in plan.steps if isinstance(step, (Page, Calibration)))
    yield from (("picture", file) for file in dict.fromkeys(shown) if file is not None)
    files = (file for target in plan.targets for file in target.source_files)
    yield from (("target", file) for file in dict.fromkeys(files))


def check_data_set(plan: SessionPlan, dataset: Path, options: Options) -> Options:
    """Require that a session may begin in a data set, before a device is opened.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set, or of the one to be made.
    options
        Has the words of what is accepted.

    Returns
    -------
    Options
        The same with the sentences of what was accepted, for the record.

    Raises
    ------
    RecordError
        If the folder has other contents, or protocol, session, participant or names do not fit the data set.
    """
    planned = PlannedSession(
        participant=session_place(dataset, plan.participant, plan.session).participant,
        session=plan.session,
        task=plan.task,
        protocol_file=plan.protocol_file.name,
        protocol_sha256=plan.protocol_sha256,
        sessions=plan.sessions,
        steps=tuple(step.id for step in plan.steps),
        pilot=options.pilot,
        partner=plan.partner,
    )
    check_participants_files(dataset)
    result = require_rules(data_set_facts(dataset), planned, accept=options.accept)
    clock = require_clock(plan, dataset, options)
    for sentence in result.warnings:
        print(f"warning: {sentence}", file=sys.stderr)
    accepted = (*result.accepted, *clock)
    for sentence in accepted:
        print(f"accepted: {sentence}", file=sys.stderr)
    return replace(options, accepted=accepted)


def require_clock(plan: SessionPlan, dataset: Path, options: Options) -> tuple[str, ...]:
    """Require that the computer's clock is not before a recorded session.

    The options may accept it.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    options
        Has the words of what is accepted.

    Returns
    -------
    tuple of str
        The problem that was accepted.

    Raises
    ------
    RecordError
        If the clock is before a recorded session.
    """
    problem = clock_problem(session_place(dataset, plan.participant, plan.session), now_s=time.time())
    if problem and CLOCK not in options.accept:
        raise RecordError(f"{problem}, or accept this with --accept {CLOCK}")
    return (problem,) if problem else ()


def ensure_not_recorded(dataset: Path, plan: SessionPlan, *, remedy: str | None = None) -> None:
    """Require that a session is not recorded yet, before a device is opened.

    Parameters
    ----------
    dataset
        Folder of the data set.
    plan
        The plan of the session.
    remedy
        The end of the message; by default it names the options `--session` and `--participant`.

    Raises
    ------
    SessionError
        If the data set has this session.
    """
    place = session_place(dataset, plan.participant, plan.session)
    if not place.begun:
        return
    history = read_history(place)
    if declined := declined_sentence(history):
        label = "a label with --session" if place.session is None else "another label with --session"
        raise SessionError(f"{place.label} in {dataset}: {declined}; choose another participant id, or {label}")
    complete = history.complete
    state = "is already recorded" if complete else "was begun and not finished"
    if remedy is None:
        label = "give this session a label" if place.session is None else "name another session"
        remedy = f"{label} with --session, or choose another participant id"
        if not complete:
            remedy = f"continue it with `resume`, {remedy}"
    raise SessionError(f"{place.label} {state} in {dataset}: {remedy}")
