"""Rehearse a protocol: all sessions of several simulated participants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from experiment.lab.clip_stills import clip_stills
from experiment.lab.rendered_targets import render_blends
from experiment.lab.session_setup import SIMULATED, Options, SessionReport, check_data_set, ensure_not_recorded
from experiment.protocol.load import load_protocol
from experiment.protocol.plan import SessionPlan
from experiment.protocol.planner import design
from experiment.simulation.face_pictures import PictureRenderer
from experiment.simulation.simulated_session import run_simulated_session
from experiment.simulation.visitor import create_visitor, load_face_model, person_seed

OPTIONS = Options(camera=SIMULATED, accept_display=True)
"""A rehearsal accepts any display; the record describes the display."""
ANOTHER_DATA_SET = "`simulate` always begins with participant 01; name another folder with --dataset"
"""Remedy if a participant was recorded before: participants and sessions cannot be chosen."""


def rehearse(
    protocol: Path,
    *,
    participants: int,
    dataset: Path,
    seed: int | None = None,
    language: str | None = None,
    windowed: bool = False,
) -> Iterator[SessionReport]:
    """Run all sessions of all participants and yield the report of each.

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
    windowed : bool
        Whether the display is a window.

    Raises
    ------
    ExperimentError, RecordError
        Before anything is recorded, if one of the sessions exists; otherwise as `run_simulated_session`.
    """
    checked = load_protocol(protocol)
    names = [f"{number:02d}" for number in range(1, participants + 1)]
    sessions: list[str | None] = [*(checked.content.sessions or ())] or [None]
    plans: dict[str, list[SessionPlan]] = {
        name: [
            design(
                checked,
                participant=name,
                session=session,
                seed=seed,
                language=language,
                render=render_blends,
                stills=clip_stills,
            )
            for session in sessions
        ]
        for name in names
    }
    for plan in (plan for own in plans.values() for plan in own):
        ensure_not_recorded(dataset, plan, remedy=ANOTHER_DATA_SET)
    check_data_set(next(iter(plans.values()))[0], dataset, OPTIONS)
    model = load_face_model()
    with closing(PictureRenderer(model.name)) as renderer:
        for name, own in plans.items():
            visitor = create_visitor(person_seed(own[0].seed, name), model, renderer)
            for plan in own:
                yield run_simulated_session(plan, dataset, replace(OPTIONS, windowed=windowed), visitor=visitor)
            visitor.pictures.close()
