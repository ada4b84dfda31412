"""``run_experiment.py simulate``: simulated participants, and power of a study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from experiment.commands.options import Accepted, Language, Mimicry, ProtocolFile, Seed, Windowed

_NUMBERS = re.compile(r"([1-9]\d{0,5})(?:\.\.([1-9]\d{0,5}))?")


def simulate(
    protocol: ProtocolFile,
    participants: Annotated[
        str,
        typer.Option("--participants", metavar="N", help="Number of participants; with --effect also N1..N2."),
    ],
    dataset: Annotated[
        Path | None, typer.Option("--dataset", metavar="DIR", help="Folder of the data set; not with --effect.")
    ] = None,
    effect: Annotated[
        float | None,
        typer.Option(
            "--effect",
            metavar="D",
            help="Simulate the power of the study instead of sessions: difference in standard deviations between "
            "participants of their mean scores.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the power curve; needed with --effect.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", metavar="NAME", help="Metric of the scores, with --effect.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Processes that measure faces, with --effect.")] = 1,
    seed: Seed = None,
    language: Language = None,
    windowed: Windowed = False,
    mimicry: Mimicry = None,
    accept: Accepted = None,
) -> None:
    """Rehearse a protocol with simulated participants, or simulate its power.

    Their ids are 01, 02, ...; ESC pauses a session. Each has its own face, imitates the targets in front of a simulated
    camera, and presses the keys. Targets that are only watched are mimicked spontaneously. The true movements of the
    faces are kept in truth.jsonl, next to the record. The same command goes on after it was stopped: it leaves out what
    is recorded. In a protocol that films two persons, 01 has the partner 01p.

    With --effect no session runs. Drawn people imitate the targets, their pictures are measured as in an analysis, and
    studies of N1 to N2 participants are resampled from the scores: a table, a figure and a sentence for a
    preregistration.
    """
    smallest, largest = _numbers(participants)
    if effect is not None:
        if out is None:
            raise typer.BadParameter("name a folder for the power curve", param_hint="--out")
        if dataset is not None:
            raise typer.BadParameter("with --effect no data set is recorded; leave it out", param_hint="--dataset")
        _print_power(protocol, out, (effect, smallest, largest), metric=metric, jobs=jobs, seed=seed)
        return
    if dataset is None:
        raise typer.BadParameter("name the folder of the data set", param_hint="--dataset")
    if ".." in participants or out is not None or metric is not None:
        raise typer.BadParameter(
            "N1..N2, --out and --metric are for the power of a study; add --effect D", param_hint="--effect"
        )

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
        protocol, participants=largest, dataset=dataset, seed=seed, language=language, options=options
    ):
        print_report(report, dataset)
        if report.ending == "ended":
            break


def _numbers(text: str) -> tuple[int, int]:
    """Return smallest and largest number of participants."""
    match = _NUMBERS.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(
            f"{text!r} is not a number of participants from 1 on, such as 20, or two, such as 10..40",
            param_hint="--participants",
        )
    smallest = int(match[1])
    largest = int(match[2] or match[1])
    if largest < smallest:
        raise typer.BadParameter(f"{text!r}: the first number is the smaller one", param_hint="--participants")
    return smallest, largest


def _print_power(
    protocol: Path,
    out: Path,
    numbers: tuple[float, int, int],
    *,
    metric: str | None,
    jobs: int,
    seed: int | None,
) -> None:
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from experiment.record.files import record_errors
    from experiment.simulation.study.power_files import power_sentence, write_power
    from experiment.simulation.study.power_study import PowerOptions, simulated_power

    effect, smallest, largest = numbers
    options = PowerOptions(effect, smallest, largest, metric or DEFAULT_METRIC, jobs=jobs)
    curve = simulated_power(protocol, out, options, seed=seed)
    with record_errors("write", out):
        write_power(curve, out)
    for point, null in zip(curve.points, curve.null, strict=True):
        low, high = point.interval
        typer.echo(
            f"{point.participants:5d} participants: power {point.power:.2f} ({low:.2f} to {high:.2f}), "
            f"false alarms {100 * null.power:.1f} %"
        )
    typer.echo(f"\n{power_sentence(curve)}\n\npower curve: {out / 'power.pdf'}")
