"""``run_experiment.py simulate``: sessions with simulated participants."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.options import DataSet, Language, ProtocolFile, Seed, Windowed


def simulate(
    protocol: ProtocolFile,
    participants: Annotated[int, typer.Option("--participants", metavar="N", min=1, help="Number of participants.")],
    dataset: DataSet,
    seed: Seed = None,
    language: Language = None,
    windowed: Windowed = False,
) -> None:
    """Rehearse a protocol with simulated participants.

    Their ids are 01, 02, ...; ESC pauses a session. Each has its own face, imitates the targets in front of a simulated
    camera, and presses the keys. The true movements of the faces are kept in truth.jsonl, next to the record.
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
