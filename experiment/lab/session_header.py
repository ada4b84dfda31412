"""Begin the record of a session: what it says before the first flip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from experiment.lab.camera_offsets import with_offset
from experiment.lab.exchanged_cameras import PARTNER, require_same_persons
from experiment.lab.session_options import OpenDevices, Options
from experiment.protocol.live_metrics import EARLIER_LIVE_METRIC
from experiment.protocol.plan import Calibration, Page, SessionPlan
from experiment.record.assignments import assignment_json
from experiment.record.history import read_history
from experiment.record.layout import session_place
from experiment.record.recorder import Recorder
from experiment.record.values import SessionHeader, Stimulus


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

    Raises
    ------
    CameraError
        If the cameras of two persons are exchanged.
    """
    display = {
        **devices.display.verdict.to_json(),
        "background": plan.display.background,
        "keys_stamped_by": devices.display.keys_stamped_by,
        "priority": "real-time" if real_time else "usual",
    }
    if plan.needs_sound or plan.wants_sound:
        display["sound"] = {"driver": "none"} if devices.sound is None else dict(devices.sound.facts)
    asked = {"size_px": list(plan.camera.size_px), "rate_hz": plan.camera.rate_hz}
    facts = {} if devices.camera is None else with_offset(devices.camera.facts)
    camera = {"spec": options.camera, "asked": asked, **facts}
    if devices.partner is not None:
        camera[PARTNER] = {"spec": devices.partner.spec, "asked": asked, **with_offset(devices.partner.source.facts)}
    if is_resumed:
        history = read_history(session_place(dataset, plan.participant, plan.session))
        settings = [history.start.setting, *(line.setting for line in history.resumed)]
        require_same_persons(settings[-1].camera, camera)
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
                target.sound,
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
        composites=plan.composites,
        assignment=assignment_json(plan.assignment),
        options=options.to_json(),
        live_metric=plan.live_metric if plan.has_training else EARLIER_LIVE_METRIC,
    )


def _source_paths(plan: SessionPlan) -> Iterator[tuple[str, Path]]:
    """Yield kind and path of a plan's files, without protocol and rendered targets."""
    yield from (("protocol", file) for file in plan.base_files)
    yield from (("table", file) for file in plan.tables)
    if plan.camera.key_file is not None:
        yield "key", plan.camera.key_file
    shown = (step.picture for step in plan.steps if isinstance(step, (Page, Calibration)))
    yield from (("picture", file) for file in dict.fromkeys(shown) if file is not None)
    read_aloud = (step.sound for step in plan.steps if isinstance(step, Page))
    yield from (("sound", file) for file in dict.fromkeys(read_aloud) if file is not None)
    files = (file for target in plan.targets for file in target.source_files)
    yield from (("target", file) for file in dict.fromkeys(files))
