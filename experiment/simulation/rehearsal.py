"""A protocol rehearsed by several simulated participants, one after the other, all sessions of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from experiment.lab.rendered_targets import render_blends
from experiment.lab.session_setup import SIMULATED, Options, SessionReport, ensure_not_recorded
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.simulation.drawn_pictures import Studio
from experiment.simulation.simulated_session import create_visitor, load_face_model, person_seed, run_simulated_session

OPTIONS = Options(camera=SIMULATED, accept_display=True)
"""A rehearsal runs on any display; its record says what the display was."""
ANOTHER_DATA_SET = "`simulate` begins with participant 01 always; name another folder with --dataset"
"""What helps where one of the participants was recorded before: neither participant nor session can be chosen."""


def rehearse(
    protocol: Path,
    *,
    participants: int,
    dataset: Path,
    seed: int | None = None,
    language: str | None = None,
    windowed: bool = False,
) -> Iterator[SessionReport]:
    """Run all sessions of all participants; yields how each session went.

    Parameters
    ----------
    seed
        Of people and orders; the protocol's own if None. The same seed gives the same faces, frames and orders.

    Raises
    ------
    ExperimentError, RecordError
        Before anything is recorded if one of the sessions exists already; otherwise as `run_simulated_session`.
    """
    checked = load_protocol(protocol)
    names = [f"{number:02d}" for number in range(1, participants + 1)]
    sessions: list[str | None] = [*(checked.content.sessions or ())] or [None]
    plans: dict[str, list[SessionPlan]] = {
        name: [
            design(checked, participant=name, session=session, seed=seed, language=language, render=render_blends)
            for session in sessions
        ]
        for name in names
    }
    for plan in (plan for own in plans.values() for plan in own):
        ensure_not_recorded(dataset, plan, remedy=ANOTHER_DATA_SET)
    model = load_face_model()
    studio = Studio(model.name)
    try:
        for name, own in plans.items():
            visitor = create_visitor(person_seed(own[0].seed, name), model, studio)
            for plan in own:
                yield run_simulated_session(plan, dataset, replace(OPTIONS, windowed=windowed), visitor)
            visitor.pictures.close()
    finally:
        studio.close()
