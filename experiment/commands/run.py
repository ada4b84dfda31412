"""``run_experiment.py run``: run one session."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.paths import ANALYSIS_PROGRAM
from experiment.commands.options import (
    Accepted,
    CameraSpec,
    DataSet,
    Groups,
    Language,
    Mimicry,
    Participant,
    PartnerCameraSpec,
    ProtocolFile,
    Seed,
    SessionLabel,
    Strata,
    Windowed,
)

if TYPE_CHECKING:
    from experiment.lab.session_options import SessionReport
    from experiment.protocol.plan import SessionPlan


def run(
    protocol: ProtocolFile,
    participant: Participant,
    dataset: DataSet,
    session: SessionLabel = None,
    seed: Seed = None,
    camera: CameraSpec = None,
    partner: Annotated[
        str | None,
        typer.Option("--partner", metavar="ID", help="Id of the second person, if the protocol films two."),
    ] = None,
    partner_camera: PartnerCameraSpec = None,
    language: Language = None,
    windowed: Windowed = False,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="Try-out: accept any display and mark the data as pilot data.")
    ] = False,
    accept_display: Annotated[
        bool, typer.Option("--accept-display", help="Run even if the display is not what the protocol asks for.")
    ] = False,
    accept: Accepted = None,
    stream: Annotated[
        list[str] | None,
        typer.Option("--stream", metavar="SPEC", help="Send live coefficients to json://, osc:// or lsl:; repeatable."),
    ] = None,
    mimicry: Mimicry = None,
    group: Groups = None,
    stratum: Strata = None,
) -> None:
    """Run one session: SPACE responds, ESC pauses.

    All recorded data are kept if the session ends early.
    """
    began_s = time.time()
    typer.echo(f"participant {participant}: starting")
    from experiment.commands.session_choice import chosen_cameras, require_present_camera, run_chosen_session
    from experiment.commands.session_output import shown_session
    from experiment.display.psychopy_import import require_display_server, require_psychopy

    require_psychopy()
    require_display_server()
    require_present_camera(camera, dataset, participant)
    asked = _Asked(
        seed=seed,
        language=language,
        partner=partner,
        groups=tuple(group or ()),
        strata=tuple(stratum or ()),
    )
    with shown_session(dataset, participant, session, began_s=began_s, protocol=protocol) as live:
        from experiment.lab.live.publisher import report_step
        from experiment.lab.session_options import Options

        report_step(live, "reading the protocol and its pictures")
        plan = _plan(protocol, dataset, (participant, session), asked, has_speech=not pilot)
        own_camera, partners_camera = chosen_cameras(plan, camera, partner_camera)
        options = Options(
            camera=own_camera,
            partner_camera=partners_camera,
            windowed=windowed,
            pilot=pilot,
            accept_display=accept_display,
            streams=tuple(stream or ()),
            accept=tuple(one.value for one in accept or ()),
            mimicry=_gain(mimicry, own_camera),
        )
        report = run_chosen_session(plan, dataset, options, live=live)
    print_report(report, dataset)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Options of the command line that the plan depends on."""

    seed: int | None
    language: str | None
    partner: str | None
    groups: tuple[str, ...]
    strata: tuple[str, ...]


def _plan(
    protocol: Path, dataset: Path, person: tuple[str, str | None], asked: _Asked, *, has_speech: bool
) -> SessionPlan:
    """Return the plan of a session of a participant."""
    from experiment.lab.assignments import GroupOptions, find_assignment
    from experiment.lab.clip_stills import clip_stills
    from experiment.lab.rendered_targets import render_for_session
    from experiment.lab.speech_files import require_speech
    from experiment.protocol.load import load_protocol
    from experiment.protocol.partner import with_partner
    from experiment.protocol.planner import design

    participant, session = person
    loaded = load_protocol(protocol)
    if has_speech:
        require_speech(loaded)
    groups = GroupOptions.parsed(asked.groups, asked.strata)
    plan = design(
        loaded,
        participant=participant,
        session=session,
        seed=asked.seed,
        language=asked.language,
        assignment=find_assignment(loaded, dataset, participant, groups, seed=asked.seed),
        render=render_for_session,
        stills=clip_stills,
    )
    return with_partner(plan, asked.partner)


def _gain(mimicry: float | None, camera: str) -> float:
    """Return the strength of mimicry of the simulated participant.

    Raises
    ------
    SessionError
        If it is not allowed, or the camera films a real person.
    """
    from experiment.errors import SessionError
    from experiment.lab.session_options import SIMULATED
    from experiment.simulation.watching.mimicry import check_gain

    if mimicry is None:
        return 1.0
    if camera != SIMULATED:
        raise SessionError(f"--mimicry is for simulated participants; add --camera {SIMULATED}, or leave it out")
    return check_gain(mimicry)


def print_report(report: SessionReport, dataset: Path) -> None:
    """Print how a session ended and the next command."""
    from experiment.lab.resume_command import resume_command
    from experiment.record.session_timing import session_timing

    place, totals = report.place, report.totals
    if report.ending == "declined":
        from experiment.record.consent.at_start import declined_sentence
        from experiment.record.history import read_history

        typer.echo(f"{place.label}: {declined_sentence(read_history(place))}: {place.journal}")
        return
    ending = {"complete": "complete", "ended": "ended early"}[report.ending]
    typer.echo(
        f"{place.label}: {ending}; display {report.verdict.word}, {totals.missed} of {totals.flips} frames missed"
    )
    if report.ending == "ended":
        typer.echo(f"continue with: {resume_command(dataset, place.participant, place.session)}")
    for sentence in (*session_timing(place).sentences(), *report.faces):
        typer.echo(sentence)
    typer.echo(f"recorded in {place.journal.parent}; figure of its timing: {ANALYSIS_PROGRAM} timing {dataset}")
