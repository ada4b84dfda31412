"""``ratings``: agreement of the people who rated the frames of trials."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from analysis.commands.options import DataSet


def ratings(
    dataset: DataSet,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Print how far the raters of a data set agree.

    Prints percent agreement, Cohen's kappa and its interval.

    Ratings are given in the console, page Rate.
    """
    from analysis.tables.rating_agreement import agreements, read_rated_trials
    from analysis.terminal import many

    rated = read_rated_trials(dataset)
    found = agreements(rated)
    if as_json:
        content = {
            "trials": len(rated.participants),
            "raters": {rater: len(own) for rater, own in sorted(rated.by_rater.items())},
            "agreements": [one.to_json() for one in found],
            "left_out": rated.left_out,
        }
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return
    for sentence in rated.left_out:
        typer.echo(f"warning: {sentence}; `mimicry verify` shows more", err=True)
    counts = [f"{rater} {len(own)}" for rater, own in sorted(rated.by_rater.items())]
    typer.echo(f"{many(len(rated.participants), 'trial')} can be rated; rated: {', '.join(counts) or 'none'}")
    for question, title in (("usable", "usable or not"), ("expression", "expression")):
        own = [one for one in found if one.question == question]
        if own:
            typer.echo(f"{title}:")
        for one in own:
            typer.echo(f"  {one.sentence()}")
