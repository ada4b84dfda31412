"""``run_experiment.py schema``: the JSON Schema of protocol files."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def schema(
    reference: Annotated[bool, typer.Option("--reference", help="Print docs/protocol-reference.md instead.")] = False,
) -> None:
    """Print the JSON Schema of protocol files.

    Editors use it to complete and explain keys.
    """
    from experiment.protocol.language.json_schema import json_schema
    from experiment.protocol.language.reference import reference_page

    if reference:
        typer.echo(reference_page(), nl=False)
    else:
        typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
