"""``bench``: speed and accuracy of face measurement on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from analysis.commands.options import Model, chosen_model

if TYPE_CHECKING:
    from analysis.face.models.model import FaceModel

_SEED = 20200309


def bench(
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    accuracy: Annotated[
        bool, typer.Option("--accuracy", help="Also draw people and compare what is measured with the truth (minutes).")
    ] = False,
    photographs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also measure this copy of the Face Research Lab London Set.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write the figures into this Markdown file, as in docs/measurement.md."),
    ] = None,
    model: Model = None,
    actors: Annotated[int, typer.Option(metavar="N", min=2, help="Number of people that --accuracy draws.")] = 20,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Number of measurements of each stage; the median counts.")
    ] = 11,
) -> None:
    """Measure the speed of face measurement on one core.

    The pictures are drawn. If eos-py is installed, its speed is measured too.
    """
    import json

    from analysis.face.bench import speed
    from analysis.face.bench.document import PICTURE, figure_lines, write_figures
    from analysis.face.bench.machine import machine_facts
    from analysis.face.errors import FaceModelError
    from analysis.terminal import progress

    face_model = chosen_model(model)
    if "units" not in face_model.bases or "emotions" not in face_model.bases:
        raise FaceModelError(f"the face model {face_model.name} has no units or no emotions, which the benchmark needs")

    facts: dict[str, Any] = speed.summary(speed.measure_speed(face_model, rounds=rounds, progress=progress))
    facts["machine"], facts["model"] = machine_facts(), face_model.name
    if accuracy:
        facts |= _accuracy(face_model, actors)
    if photographs is not None:
        from analysis.face.bench import photographs as real

        facts["photographs"] = real.summary(real.measure_photographs(photographs, face_model, progress=progress))
    if document is not None:
        write_figures(document, facts)
        if accuracy:
            from analysis.face.bench.recovery_figure import draw_recovery

            draw_recovery(facts["recovery"], document.parent / PICTURE)
    if as_json:
        typer.echo(json.dumps(facts, indent=2))
    else:
        typer.echo("\n".join(figure_lines(facts)))


def _accuracy(model: FaceModel, actors: int) -> dict[str, Any]:
    import numpy as np

    from analysis.face.bench import recovery, turned
    from analysis.face.synthetic.actors import draw_actors
    from analysis.terminal import progress

    people = draw_actors(model, actors=actors, neutrals=5, rng=np.random.default_rng(_SEED))
    detected = recovery.detect_actors(model, people, progress=progress)
    facts: dict[str, Any] = {
        "actors": len(people),
        "neutrals": len(people[0].neutrals),
        "pictures": sum(len(one.takes) for one in people),
        "missed": [reason for one in detected for reason in one.missed],
    }
    for how in recovery.HOW:
        facts[how] = recovery.summary(recovery.recover(model, detected, how=how))
    exact = recovery.recover(model, recovery.exact_landmarks(model, people), how="calibrated")
    facts["exact"] = recovery.summary(exact)
    figures = turned.turn_neutral_faces(model, people=actors, rng=np.random.default_rng(_SEED))
    return {"recovery": facts, "turned": turned.summary(figures)}
