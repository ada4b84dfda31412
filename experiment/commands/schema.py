"""``run_experiment.py schema``: the JSON Schema of protocol files."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of protocol files, which gives editors completion and help."""
    from experiment.protocol.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
