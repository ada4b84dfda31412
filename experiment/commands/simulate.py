"""``run_experiment.py simulate``: sessions with simulated participants, in the real window and in real time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")],
    participants: Annotated[int, typer.Option("--participants", metavar="N", min=1, help="Number of participants.")],
    dataset: Annotated[Path, typer.Option("--dataset", metavar="DIR", help="Data set to record into.")],
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="Random seed of faces, skills and orders (default: the protocol's)."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="Language of the participants.")
    ] = None,
    windowed: Annotated[bool, typer.Option("--windowed", help="A window instead of the full screen.")] = False,
) -> None:
    """Rehearse a protocol: simulated participants 01, 02, ... do all its sessions. ESC pauses.

    Each has its own face, imitates the targets in front of a simulated camera, and presses the keys. The true movements
    of the faces are kept in truth.jsonl, next to the record.
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
