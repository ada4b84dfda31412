"""Measure the figures of ``docs/simulation.md``.

``python -m experiment.simulation.study``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.face.errors import AnalysisError
from analysis.terminal import command_app, run_app
from experiment.errors import ExperimentError

app = command_app(
    "python -m experiment.simulation.study",
    summary="Studies of many simulated participants, with their kept frames only.",
)
PEOPLE = typer.Option("--people", min=2, help="Number of people.")
SEED = typer.Option("--seed", help="Seed of the people, as in `simulate --seed`.")
JOBS = typer.Option("--jobs", help="Number of processes; -1: one per core.")


def _seeds(seed: int, people: int) -> list[int]:
    from experiment.simulation.visitor import person_seed

    return [person_seed(seed, f"{number:02d}") for number in range(1, people + 1)]


@app.command()
def pattern(
    people: Annotated[int, PEOPLE] = 50,
    seed: Annotated[int, SEED] = 1,
    jobs: Annotated[int, JOBS] = 2,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="Only this metric; may be given several times.")
    ] = None,
) -> None:
    """Count the people whose table has the published pattern, and list violations."""
    import numpy as np

    from analysis.face.models.registry import load_model
    from analysis.face.similarity.metrics import DEFAULT_METRIC
    from experiment.simulation.study.measuring import emotion_targets, measure_people, measure_targets
    from experiment.simulation.study.pattern import find_pattern

    model = load_model()
    measured = measure_people(_seeds(seed, people), [emotion_targets(model)] * people, jobs=jobs)
    targets = measure_targets()
    for person in measured:
        for reason in person.exclusions:
            typer.echo(f"not measured: person {person.seed}: {reason}")
    for name in metric or (DEFAULT_METRIC, "points", "emotions", "blend"):
        found = find_pattern(measured, targets, name, model=model)
        low, middle = np.quantile(found.smallest_matching, [0.0, 0.5])
        high, typical = np.quantile(found.largest_other, [1.0, 0.5])
        typer.echo(
            f"{name}: the pattern holds for {int(found.holds.sum())} of {len(found.tables)} people; smallest matching "
            f"cell {middle:.3f} (worst {low:.3f}), largest other cell {typical:.3f} (worst {high:.3f}), "
            f"rank-1 {found.rank1:.3f}"
        )
        for cell, count in found.violations[:4]:
            typer.echo(f"    {count:3d}  {cell}")


@app.command()
def recovery(
    people: Annotated[int, PEOPLE] = 50,
    seed: Annotated[int, SEED] = 1,
    jobs: Annotated[int, JOBS] = 2,
    out: Annotated[Path, typer.Option("--out", help="The figure.")] = Path("docs/figures/simulation_recovery.png"),
) -> None:
    """Compare true and measured intensity of emotions, and draw the figure."""
    import numpy as np

    from analysis.face.models.registry import load_model
    from experiment.simulation.study.measuring import measure_people
    from experiment.simulation.study.recovery import graded_targets, recover
    from experiment.simulation.study.recovery_figure import draw_recovery

    model = load_model()
    targets = graded_targets(people, model, np.random.default_rng([seed, 7]))
    found = recover(measure_people(_seeds(seed, people), targets, jobs=jobs), model)
    typer.echo("emotion      n     r  slope  error   strongest other (median)")
    for one in found:
        typer.echo(
            f"{one.emotion:10s} {len(one.true):3d}  {one.correlation:.2f}   {one.slope:.2f}   {one.error:.2f}   "
            f"{float(np.median(one.others)):.2f}"
        )
    draw_recovery(found, out)
    typer.echo(f"figure: {out}")


@app.command()
def watching(
    people: Annotated[int, PEOPLE] = 20,
    seed: Annotated[int, SEED] = 1,
    trials: Annotated[int, typer.Option("--trials", min=2, help="Trials of each person.")] = 12,
    jobs: Annotated[int, JOBS] = 2,
) -> None:
    """Compare faces that watch with their targets, and measured with true smiles."""
    import numpy as np

    from analysis.face.models.registry import load_model
    from experiment.simulation.person import draw_simulated_person
    from experiment.simulation.study.watching import congruence, film_smiles

    model, seeds = load_model(), _seeds(seed, people)
    persons = [draw_simulated_person(one, model) for one in seeds]
    for gain in (1.0, 0.0):
        found = congruence(persons, model, trials=trials, gain=gain)
        typer.echo(f"mimicry {gain:g}: own minus other movement {found.mean:+.4f}, p = {found.p:.3f}")
    films = film_smiles(seeds, every=6, jobs=jobs)
    correlations = [film.correlation for film in films]
    typer.echo(
        f"film: {sum(len(film.true) for film in films)} faces measured, {sum(film.missed for film in films)} missed; "
        f"r of measured and true smile: median {np.median(correlations):.2f}, smallest {min(correlations):.2f}"
    )
    for film in films:
        typer.echo(f"    person {film.seed}: r {film.correlation:.2f}, strongest smile {film.true.max():.2f}")


@app.command()
def detection(
    frames: Annotated[int, typer.Option("--frames", min=1)] = 2000,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    jobs: Annotated[int, JOBS] = 2,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="Contact sheet to write: missed faces first.")] = None,
) -> None:
    """Count the drawn frames in which the face is detected."""
    from experiment.simulation.study.contact_sheet import contact_sheet
    from experiment.simulation.study.detection import detect_frames

    detected = detect_frames(range(frames), seed=seed, jobs=jobs)
    missed = [frame for frame in detected if frame.reason]
    typer.echo(f"found {frames - len(missed)} of {frames} faces ({100 * (1 - len(missed) / frames):.2f} %)")
    for frame in missed:
        pose = frame.scene.pose
        typer.echo(
            f"  frame {frame.number}: {frame.reason}; yaw {pose.yaw_deg:.0f}, pitch {pose.pitch_deg:.0f}, "
            f"distance {pose.distance_mm:.0f} mm, hair {frame.scene.appearance.hair}"
        )
    if sheet is not None:
        rest = [frame.number for frame in detected if not frame.reason]
        contact_sheet([frame.number for frame in missed][:24] + rest[:24], sheet, seed=seed)
        typer.echo(f"contact sheet: {sheet}")


if __name__ == "__main__":
    run_app(app, name="python -m experiment.simulation.study", expected=(AnalysisError, ExperimentError))
