"""``python -m analysis.evaluation.sides``: single movements and sides."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from analysis.evaluation.options import CACHE, EXPECTED, Cache, Ict, London, drawn_models, london_photographs
from analysis.evaluation.photographs import PhotographStore
from analysis.evaluation.sides.learning import learn, with_errors, write_learned
from analysis.evaluation.sides.measured_pictures import MeasuredPictures, joined, measured_pictures
from analysis.evaluation.sides.palsy_people import draw_palsy_person, draw_retest
from analysis.evaluation.sides.real_smiles import real_smiles
from analysis.evaluation.sides.results_page import JudgedPeople, sides_page
from analysis.face.movements.strengths import LEARNED, learned_movements
from analysis.face.synthetic.generators import Generator
from analysis.paths import PROJECT
from analysis.tables.output_files import put
from analysis.terminal import run_app

LEARNING_SEED, JUDGING_SEED = 19, 23
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def sides(  # noqa: PLR0913 (every option of a command is a parameter)
    people: Annotated[int, typer.Option(min=2, help="Drawn people to judge, in two sessions each.")] = 10,
    ict_people: Annotated[int, typer.Option(min=2, help="The same, of ICT-FaceKit.")] = 4,
    ict: Ict = None,
    london: London = None,
    learn_from: Annotated[
        int, typer.Option("--learn", metavar="N", help="Learn responses and errors again, from N people; 0: do not.")
    ] = 0,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page to write.")] = PROJECT / "docs/results/sides.md",
    learned_file: Annotated[Path, typer.Option(help="File of what is learned.")] = LEARNED,
    cache: Cache = CACHE,
) -> None:
    """Measure drawn people with a palsy of one side, and write the results."""
    judged, measured = [], []
    for generator, count in zip(drawn_models(ict), (people, ict_people), strict=False):
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
    photographs = london_photographs(london)
    smiles = None if photographs is None else real_smiles(photographs, cache)
    command = f"scripts/evaluate sides --people {people} --ict-people {ict_people}"
    command += f" --learn {learn_from}" if learn_from else ""
    put(out, sides_page(learned, judged, smiles, command=command))
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
    run_app(app, name="scripts/evaluate sides", expected=EXPECTED)
