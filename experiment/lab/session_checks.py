"""Check that a session may begin: data set, consent, clock, display."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from experiment.display.display_judgement import DisplayVerdict
from experiment.errors import DisplayError, SessionError
from experiment.lab.clip_stills import clip_stills
from experiment.lab.preflight_judgement import SIMULATED_KEYS
from experiment.lab.rendered_targets import render_for_session
from experiment.lab.session_header import header_of
from experiment.lab.session_options import SIMULATED, Options, ResumableSession
from experiment.protocol.load import load_protocol
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import Consent, SessionPlan
from experiment.protocol.planner import design
from experiment.record.assignments import assignment_from_json
from experiment.record.checks.dataset_rules import PlannedSession, data_set_facts, require_rules
from experiment.record.checks.preconditions import require_same_plan, unfinished
from experiment.record.checks.session_clock import clock_problem
from experiment.record.checks.sources import require_same_sources, require_unchanged_journal
from experiment.record.consent.at_start import ConsentAtStart, consent_at_start, declined_sentence
from experiment.record.consent.withdrawal import finish_deletion
from experiment.record.errors import RecordError
from experiment.record.history import CLOCK, read_history
from experiment.record.layout import session_place
from experiment.record.participants_file import check_participants_files
from experiment.screens.text_fit import require_letters
from experiment.session.runner import outcomes_of


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
        load_protocol(file, live_metric=start.live_metric),
        participant=place.participant,
        session=place.session,
        seed=start.seed,
        language=start.language,
        assignment=assignment_from_json(start.assignment, start.groups),
        render=render_for_session,
        stills=clip_stills,
    )
    if start.partner is not None:
        plan = with_partner(plan, start.partner)
    require_unchanged_journal(history)
    require_same_sources(history, header_of(plan, Options(), display={}, camera={}))
    require_same_plan(history, steps=[step.id for step in plan.steps], protocol_sha256=plan.protocol_sha256)
    options = Options.from_json({**start.options, "pilot": start.pilot})
    is_rehearsal = start.setting.display.get("keys_stamped_by") == SIMULATED_KEYS
    return ResumableSession(plan, options, outcomes_of(history.trials), is_rehearsal)


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
    check_participants_files(dataset)
    planned = planned_session(plan, dataset, is_pilot=options.pilot)
    result = require_rules(data_set_facts(dataset), planned, accept=options.accept)
    clock = require_clock(plan, dataset, options)
    for sentence in result.warnings:
        print(f"warning: {sentence}", file=sys.stderr)
    accepted = (*result.accepted, *clock)
    for sentence in accepted:
        print(f"accepted: {sentence}", file=sys.stderr)
    return replace(options, accepted=accepted)


def planned_session(plan: SessionPlan, dataset: Path, *, is_pilot: bool) -> PlannedSession:
    """Return the session of a plan as the rules of a data set need it.

    Parameters
    ----------
    plan
        The plan of the session.
    dataset
        Folder of the data set.
    is_pilot
        Whether it is a try-out.

    Raises
    ------
    RecordError
        If a label has other characters than letters and digits.
    """
    return PlannedSession(
        participant=session_place(dataset, plan.participant, plan.session).participant,
        session=plan.session,
        task=plan.task,
        protocol_file=plan.protocol_file.name,
        protocol_sha256=plan.protocol_sha256,
        sessions=plan.sessions,
        steps=tuple(step.id for step in plan.steps),
        pilot=is_pilot,
        partner=plan.partner,
        gap=plan.gap,
        now_s=time.time(),
    )


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
