"""``run_experiment.py simulate``: sessions with simulated participants."""

from __future__ import annotations

from typing import Annotated

import typer

from experiment.commands.options import Accepted, DataSet, Language, Mimicry, ProtocolFile, Seed, Windowed


def simulate(
    protocol: ProtocolFile,
    participants: Annotated[int, typer.Option("--participants", metavar="N", min=1, help="Number of participants.")],
    dataset: DataSet,
    seed: Seed = None,
    language: Language = None,
    windowed: Windowed = False,
    mimicry: Mimicry = None,
    accept: Accepted = None,
) -> None:
    """Rehearse a protocol with simulated participants.

    Their ids are 01, 02, ...; ESC pauses a session. Each has its own face, imitates the targets in front of a simulated
    camera, and presses the keys. Targets that are only watched are mimicked spontaneously. The true movements of the
    faces are kept in truth.jsonl, next to the record. The same command goes on after it was stopped: it leaves out what
    is recorded. In a protocol that films two persons, 01 has the partner 01p.
    """
    from dataclasses import replace

    from experiment.commands.run import print_report
    from experiment.display.psychopy_import import require_psychopy
    from experiment.simulation.rehearsal import OPTIONS, rehearse

    require_psychopy()
    options = replace(
        OPTIONS,
        windowed=windowed,
        mimicry=1.0 if mimicry is None else mimicry,
        accept=tuple(one.value for one in accept or ()),
    )
    for report in rehearse(
        protocol, participants=participants, dataset=dataset, seed=seed, language=language, options=options
    ):
        print_report(report, dataset)
        if report.ending == "ended":
            break
