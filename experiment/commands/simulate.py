"""``run_experiment.py simulate``: whole sessions with simulated participants, in the real window and in real time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")],
    participants: Annotated[int, typer.Option("--participants", metavar="N", min=1, help="How many people.")],
    dataset: Annotated[Path, typer.Option("--dataset", metavar="DIR", help="Data set to record into.")],
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Of faces, skills and all random orders; the protocol's own if left out."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="What the participants read.")
    ] = None,
    windowed: Annotated[bool, typer.Option("--windowed", help="A window instead of the full screen.")] = False,
) -> None:
    """Rehearse a protocol: simulated participants 01, 02, ... go through all its sessions. ESC pauses.

    They have a face of their own, see the targets, imitate them as well as they can before a simulated camera, and
    press the keys. What their faces really did is kept beside the record, in truth.jsonl.
    """
    from experiment.commands.run import print_report
    from experiment.display.psychopy_import import require_psychopy
    from experiment.simulation.rehearsal import rehearse

    require_psychopy()
    for report in rehearse(
        protocol, participants=participants, dataset=dataset, seed=seed, language=language, windowed=windowed
    ):
        print_report(report, dataset)
        if report.ending == "ended":
            break
