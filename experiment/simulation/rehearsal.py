"""Rehearse a protocol: all sessions of several simulated participants.

A rehearsal that was stopped goes on: recorded sessions are left out, and one that was interrupted is resumed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from experiment.errors import SessionError
from experiment.lab.assignments import rehearsed_assignments
from experiment.lab.clip_stills import clip_stills
from experiment.lab.live.publisher import publishing
from experiment.lab.rendered_targets import render_for_session
from experiment.lab.session_checks import check_data_set, find_resumable_session
from experiment.lab.session_options import SIMULATED, Options, ResumableSession, SessionReport
from experiment.protocol.load import load_protocol
from experiment.protocol.partner import with_partner
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.record.history import History, read_history
from experiment.record.layout import session_place
from experiment.simulation.drawing.pictures import PictureRenderer
from experiment.simulation.earlier_sessions import count_earlier_imitations
from experiment.simulation.simulated_session import create_partner, run_simulated_session
from experiment.simulation.visitor import create_visitor, load_face_model, person_seed
from experiment.simulation.watching.mimicry import check_gain

OPTIONS = Options(camera=SIMULATED, partner_camera=SIMULATED, accept_display=True)
"""A rehearsal accepts any display; the record describes the display."""
PARTNER_ENDING = "p"
"""Ends the id of a simulated partner."""
_ANOTHER = "name another folder with --dataset"


def rehearse(
    protocol: Path,
    *,
    participants: int,
    dataset: Path,
    seed: int | None = None,
    language: str | None = None,
    options: Options = OPTIONS,
) -> Iterator[SessionReport]:
    """Run all sessions that are not recorded yet and yield the report of each.

    Parameters
    ----------
    protocol : Path
        The protocol file.
    participants : int
        Number of participants.
    dataset : Path
        Folder of the data set.
    seed : int
        Seed of people and orders (default: the protocol's). The same seed gives the same faces, frames and orders.
    language : str
        Language of the session (default: the protocol's).
    options : Options
        Options of the sessions, with the simulated camera.

    Raises
    ------
    ExperimentError, RecordError
        Before anything is recorded, if all sessions are recorded or one of them is not of this rehearsal; otherwise as
        `run_simulated_session`.
    """
    check_gain(options.mimicry)
    checked = load_protocol(protocol)
    names = [f"{number:02d}" for number in range(1, participants + 1)]
    assignments = rehearsed_assignments(checked, names, seed=seed)
    sessions: list[str | None] = [*(checked.content.sessions or ())] or [None]
    plans: dict[str, list[SessionPlan]] = {
        name: [
            _simulated(
                design(
                    checked,
                    participant=name,
                    session=session,
                    seed=seed,
                    language=language,
                    assignment=assignment,
                    render=render_for_session,
                    stills=clip_stills,
                )
            )
            for session in sessions
        ]
        for name, assignment in assignments.items()
    }
    missing = missing_sessions(plans, dataset, options)
    first = next(iter(missing.values()))[0]
    if first.resume is None:
        check_data_set(first.plan, dataset, options)
    model = load_face_model()
    with closing(PictureRenderer(model.name)) as renderer:
        for name, own in missing.items():
            seed_of_person = person_seed(own[0].plan.seed, name)
            visitor = create_visitor(seed_of_person, model, renderer, mimicry=options.mimicry)
            count_earlier_imitations(visitor.learned, dataset, name)
            partner = create_partner(own[0].plan, dataset, model, renderer, mimicry=options.mimicry)
            for one in own:
                place = session_place(dataset, one.plan.participant, one.plan.session)
                with publishing(place, protocol=one.plan.protocol_file) as live:
                    report = run_simulated_session(
                        one.plan, dataset, options, visitor=visitor, resume=one.resume, partner=partner, live=live
                    )
                yield report
            visitor.pictures.close()
            if partner is not None:
                partner.pictures.close()


def _simulated(plan: SessionPlan) -> SessionPlan:
    """Return a plan for simulated persons.

    If the protocol films two, 01 has the partner 01p. All sessions take place on one day.
    """
    plan = replace(plan, gap=None)
    return with_partner(plan, f"{plan.participant}{PARTNER_ENDING}" if plan.films_two else None)


@dataclass(frozen=True, slots=True)
class MissingSession:
    """A session that is not recorded completely."""

    plan: SessionPlan
    resume: ResumableSession | None
    """The interrupted session; None if the session was not begun."""


def missing_sessions(
    plans: dict[str, list[SessionPlan]], dataset: Path, options: Options
) -> dict[str, list[MissingSession]]:
    """Return the sessions to run, by participant; print how many are recorded.

    Parameters
    ----------
    plans : dict
        The plans of all sessions, by participant.
    dataset : Path
        Folder of the data set.
    options : Options
        Options of the sessions.

    Raises
    ------
    SessionError
        If none is missing, or a recorded one is not of this rehearsal.
    """
    missing: dict[str, list[MissingSession]] = {}
    total = 0
    for name, own in plans.items():
        for plan in own:
            total += 1
            place = session_place(dataset, plan.participant, plan.session)
            if not place.begun:
                missing.setdefault(name, []).append(MissingSession(plan, None))
                continue
            history = read_history(place)
            _require_same_rehearsal(history, plan, options, label=f"{place.label} in {dataset}")
            if not history.complete and history.declined is None:
                resume = find_resumable_session(dataset, plan.participant, plan.session)
                missing.setdefault(name, []).append(MissingSession(plan, resume))
    left = sum(len(own) for own in missing.values())
    if not left:
        sessions = "1 session is" if total == 1 else f"all {total} sessions are"
        raise SessionError(f"{sessions} recorded in {dataset}; ask for more with --participants, or {_ANOTHER}")
    if left < total:
        print(f"{total - left} of {total} sessions are recorded in {dataset}; {left} to go", file=sys.stderr)
    return missing


def _require_same_rehearsal(history: History, plan: SessionPlan, options: Options, *, label: str) -> None:
    """Require that a recorded session has the participant of this rehearsal.

    Raises
    ------
    SessionError
        If it is not simulated, or its task, seed or mimicry is another one.
    """
    start = history.start
    recorded = Options.from_json(start.options)
    differences = [
        f"{name} {was} instead of {now}"
        for name, was, now in (
            ("camera", recorded.camera, SIMULATED),
            ("protocol", start.task, plan.task),
            ("seed", start.seed, plan.seed),
            ("language", start.language, plan.language),
            ("--mimicry", recorded.mimicry, options.mimicry),
        )
        if was != now
    ]
    if differences:
        raise SessionError(f"{label} is recorded with {', '.join(differences)}; {_ANOTHER}")
