"""``run_experiment.py speak``: sound files of the texts that a protocol says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def speak(
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="Protocol file (YAML).")],
    voice: Annotated[
        list[str] | None,
        typer.Option("--voice", metavar="LANGUAGE=VOICE", help="Voice of espeak-ng for a language, such as en=en-gb."),
    ] = None,
    speed: Annotated[int, typer.Option("--speed", min=80, max=450, help="Words a minute.")] = 150,
    again: Annotated[bool, typer.Option("--again", help="Replace files that are there, recordings too.")] = False,
) -> None:
    """Make the sound files of all texts under `say`.

    They are written into the folder `speech` next to the protocol, before the sessions. Files that are there are kept,
    so a recording of your own is never replaced. Needs the program espeak-ng.
    """
    from experiment.lab.speech_files import make_speech
    from experiment.protocol.load import load_protocol

    done = make_speech(load_protocol(protocol), voices=voice or [], speed=speed, again=again)
    for file in done.made:
        typer.echo(f"made {file}")
    typer.echo(f"{len(done.made)} made, {done.kept} kept")
