"""``python -m analysis.evaluation.sides``: single movements and sides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.evaluation.__main__ import CACHE, shared_folder
from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sides.learning import (
    MeasuredPictures,
    joined,
    learn,
    measured_pictures,
    with_errors,
    write_learned,
)
from analysis.evaluation.sides.palsy_people import draw_palsy_person, draw_retest
from analysis.evaluation.sides.real_smiles import real_smiles
from analysis.evaluation.sides.results_page import JudgedPeople, sides_page
from analysis.face.errors import AnalysisError
from analysis.face.movements.strengths import LEARNED, learned_movements
from analysis.face.synthetic.generators import Generator, ict_generator
from analysis.paths import PROJECT
from analysis.terminal import run_app

LEARNING_SEED, JUDGING_SEED = 19, 23
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def sides(  # noqa: PLR0913 (every option of a command is a parameter)
    people: Annotated[int, typer.Option(min=2, help="Drawn people to judge, in two sessions each.")] = 10,
    ict_people: Annotated[int, typer.Option(min=2, help="The same, of ICT-FaceKit.")] = 4,
    ict: Annotated[
        Path | None, typer.Option(help="ICT-FaceKit, a folder of OBJ files or an .npz: people of another face model.")
    ] = None,
    london: Annotated[
        Path | None, typer.Option(help="Face Research Lab London Set: NNN_neutral.jpg and NNN_smiling.jpg.")
    ] = None,
    learn_from: Annotated[
        int, typer.Option("--learn", metavar="N", help="Learn responses and errors again, from N people; 0: do not.")
    ] = 0,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = PROJECT / "docs/results/sides.md",
    learned_file: Annotated[Path, typer.Option(help="File of what is learned.")] = LEARNED,
    cache: Annotated[Path, typer.Option(help="Folder of pictures and landmarks kept between runs.")] = CACHE,
) -> None:
    """Measure drawn people with a palsy of one side, and write the results."""
    generators = [(Generator(), people)]
    if (folder := ict or shared_folder("models/ict-facekit")) is not None:
        generators.append((ict_generator(folder), ict_people))
    judged, measured = [], []
    for generator, count in generators:
        store = PhotographStore(generator, cache)
        measured.append(_retests(store, count))
        judged.append(JudgedPeople(generator.name, measured[-1].imitations))
        typer.echo(f"{generator.name}: {count} people measured")
    learned = learned_movements()
    if learn_from:
        store = PhotographStore(Generator(), cache)
        origin = f"{learn_from} drawn people of the face model that ships"
        learned = learn(_learning(store, learn_from), origin=origin)
        learned = with_errors(learned, joined(measured))
        write_learned(learned, learned_file)
        learned_movements.cache_clear()
    photographs = london or shared_folder("faces/london")
    smiles = None if photographs is None else real_smiles(photographs, cache)
    command = f"scripts/evaluate sides --people {people} --ict-people {ict_people}"
    command += f" --learn {learn_from}" if learn_from else ""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(sides_page(learned, judged, smiles, command=command), "utf-8", newline="\n")
    typer.echo(f"written to {out}")


def _retests(store: PhotographStore, people: int) -> MeasuredPictures:
    model = store.generator.model()
    return measured_pictures(
        store,
        [
            (number, session, shown)
            for number in range(people)
            for session, shown in enumerate(
                draw_retest(f"retest-{number}", model, np.random.default_rng((JUDGING_SEED, number)))
            )
        ],
        with_rest=True,
    )


def _learning(store: PhotographStore, people: int) -> MeasuredPictures:
    model = store.generator.model()
    sessions = [
        (number, 0, draw_palsy_person(f"learning-{number}", model, np.random.default_rng((LEARNING_SEED, number))))
        for number in range(people)
    ]
    return measured_pictures(store, sessions)


if __name__ == "__main__":
    run_app(app, name="scripts/evaluate sides", expected=(AnalysisError,))
