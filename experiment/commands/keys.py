"""``run_experiment.py keys``: make a pair of keys for encrypted recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def keys(
    private: Annotated[Path, typer.Argument(metavar="PRIVATE", help="New file of the private key.")],
    public: Annotated[
        Path | None, typer.Option("--public", metavar="FILE", help="New file of the public key; default: PRIVATE.pub.")
    ] = None,
) -> None:
    """Make a pair of keys for encrypted recordings.

    The public key encrypts frames, the private key reads them.

    Name the public key in the protocol: camera: {encrypt_for: FILE}. Make the keys on the computer of the analysis, not
    on that of the laboratory. Without the private key the recordings are lost: keep a copy in a safe place.
    """
    from experiment.record.encryption import make_key_pair

    file = public or private.with_name(f"{private.stem}.pub")
    key = make_key_pair(private, file)
    typer.echo(f"public key {key.text} in {file}: copy it next to the protocol and name it by `encrypt_for`")
    typer.echo(f"private key in {private}: keep it off the computer of the laboratory, and keep a copy of it")
