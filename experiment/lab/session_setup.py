"""Set up a session: open the devices, record the session, close the devices.

Everything that can fail without a device is checked before the first device is opened.
"""

from __future__ import annotations

import math
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from experiment.camera.handover import FrameHandlers
from experiment.camera.sources import open_camera
from experiment.camera.thread import CameraThread
from experiment.clock import MonotonicClock
from experiment.display.opening import open_display
from experiment.display.psychopy_import import load_psychopy, require_display_server
from experiment.errors import SoundError
from experiment.lab.background_opening import BackgroundOpening
from experiment.lab.camera_offsets import with_offset
from experiment.lab.core_dumps import forbid_core_dumps
from experiment.lab.face_record import checked_faces, face_sentences
from experiment.lab.film_setup import NICE_BESIDE_USUAL, FilmOptions, both, filming
from experiment.lab.live.observation import RunningSession
from experiment.lab.live.publisher import LivePublisher, observed, report_step
from experiment.lab.partner_camera import PartnerCamera, PartnerOpener, filming_partner, films_of
from experiment.lab.resumed_training import restore_training
from experiment.lab.session_checks import check_before_devices, find_consent, require_display
from experiment.lab.session_header import open_recorder
from experiment.lab.session_options import OpenDevices, Options, ResumableSession, SessionReport
from experiment.lab.termination_signals import interrupt_on_termination
from experiment.lab.thread_priority import prioritise_drawing
from experiment.ports.camera import CameraSource
from experiment.ports.clock import Clock
from experiment.ports.sound import SoundPlayer
from experiment.protocol.plan import HOLD_MARGIN_S, SessionPlan
from experiment.record.consent.withdrawal import delete_refused
from experiment.session.display_loop import Devices
from experiment.session.lsl_markers import LslMarkers
from experiment.session.runner import Session, SessionEnding

if TYPE_CHECKING:
    from experiment.feedback.controller import Training
    from experiment.lab.face_checks import FaceChecks


def run_session(
    plan: SessionPlan,
    dataset: Path,
    options: Options,
    *,
    resume: ResumableSession | None = None,
    open_partner: PartnerOpener | None = None,
    live: LivePublisher | None = None,
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
    live
        Publishes the session; None: it is not published.

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
        camera: CameraSource | None = None
        partner: PartnerCamera | None = None
        opening: BackgroundOpening[CameraSource] | None = None
        require_display_server()
        if consent.state == "refused":
            report_step(live, "loading PsychoPy")
        else:
            report_step(live, "opening the camera and loading PsychoPy")
            opening = closing.enter_context(BackgroundOpening(open_source))
        load_psychopy()

        def take_cameras() -> None:
            nonlocal camera, partner
            if opening is not None:
                report_step(live, "waiting for the camera")
                camera = opening.take()
                closing.callback(camera.close)
                if open_partner is not None:
                    partner = closing.enter_context(open_partner(clock))
            report_step(live, "measuring the refresh rate of the display")

        report_step(live, "opening the display")
        display = open_display(plan.display, clock=clock, windowed=options.windowed, before_measuring=take_cameras)
        closing.callback(display.close)
        sound = open_sound(plan, options, clock=clock)
        if sound is not None:
            closing.callback(sound.close)
        devices = OpenDevices(
            clock, display, camera, reopen_camera=open_source, sound=sound, partner=partner, check_faces=True, live=live
        )
        return record_session(plan, dataset, options, devices=devices, resume=resume)


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
    report_step(devices.live, "beginning the record and reading pictures")
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
            if resume is not None:
                restore_training(training, recorder)
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
            pointer=display.pointer,
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
        if devices.live is not None:
            running = RunningSession(consent.plan, used, recorder, session, checker, is_pilot=options.pilot)
            closing.enter_context(observed(devices.live, running))
        ending = session.run()
    if devices.live is not None:
        devices.live.ending = ending
    faces = () if checker is None else face_sentences(recorder.place, checker)
    return SessionReport(ending, recorder.place, display.verdict, session.totals, faces)


def open_sound(plan: SessionPlan, options: Options, *, clock: Clock) -> SoundPlayer | None:
    """Open the sound device if something of the plan is heard.

    Without a device, complete holds are silent; other sounds are needed.

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
    needed = plan.needs_sound
    if needed is None and not plan.wants_sound:
        return None
    from experiment.display.ptb_sound import PtbSound

    try:
        return PtbSound(clock)
    except SoundError as error:
        if needed is None:
            print(f"sound: {error}; complete holds have no sound in this session", file=sys.stderr)
            return None
        what, key = needed
        if not options.pilot:
            raise SoundError(
                f"{what}, but {error}; or write `{key}: false`, or try the session with --pilot"
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
    if not plan.has_training:
        return None
    from experiment.feedback.controller import Training
    from experiment.feedback.live_measurer import FaceMeasurerFactory, TargetPictures
    from experiment.feedback.streams import parse_stream
    from experiment.feedback.worker_process import MeasuringProcess

    background = plan.display.background
    targets = tuple(TargetPictures(one.name, one.image, one.neutral, background) for one in plan.targets)
    streams = [parse_stream(spec) for spec in options.streams]
    factory = FaceMeasurerFactory(targets, metric=plan.live_metric)
    return Training(plan, MeasuringProcess(factory, clock=clock, streams=streams), clock=clock)


def _longest_hold_frames(plan: SessionPlan) -> int:
    """Return how many camera frames a hold reaches back, plus `HOLD_MARGIN_S`."""
    longest_s = plan.longest_hold_s
    return math.ceil((longest_s + HOLD_MARGIN_S) * plan.camera.rate_hz) if longest_s else 0
