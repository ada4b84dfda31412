"""``verify``: compare a data set with its journals, byte by byte."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from analysis.commands.options import DataSet, PrivateKey


def verify(
    dataset: DataSet,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    key: PrivateKey = None,
) -> int:
    """Compare a data set with its journals; print every difference.

    Compares frames, stimuli, order, events, consent and tables. Changes nothing.

    Exit status 0: no difference, 1: differences.
    """
    from analysis.tables.output_files import relative_path
    from analysis.tables.table_verification import verify_fits, verify_landmarks, verify_tables
    from analysis.terminal import many, progress
    from experiment.record.encryption import use_private_key
    from experiment.record.errors import RecordError
    from experiment.record.layout import begun_sessions
    from experiment.record.verification import Verification, verify_folder, verify_session

    use_private_key(key)
    dataset = dataset.absolute()
    places = list(begun_sessions(dataset)) if dataset.is_dir() else []
    if not places:
        raise RecordError(f"no recorded session in {dataset}; give the folder that was named by --dataset")
    found = Verification(dataset)
    for place in progress(places, total=len(places), title="Comparing"):
        history = verify_session(place, found)
        if history is not None:
            verify_tables(history, found)
        found.drop_hashes(dataset / "sourcedata")
    verify_folder(dataset, found)
    verify_landmarks(dataset, found)
    verify_fits(dataset, found)
    shown = [(one.check, relative_path(one.file, dataset), one.message) for one in found.differences]
    if as_json:
        content = {
            "sessions": found.sessions,
            "frames": found.frames,
            "differences": [{"check": check, "file": file, "message": message} for check, file, message in shown],
            "notes": found.notes,
        }
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
        return 1 if shown else 0
    for check, file, message in shown:
        typer.echo(f"{file}: {check}: {message}")
    for note in found.notes:
        typer.echo(f"note: {note}")
    compared = f"{many(found.sessions, 'session')} and {many(found.frames, 'frame')} compared"
    typer.echo(f"{compared}: {many(len(shown), 'difference') if shown else 'no difference'}")
    return 1 if shown else 0
