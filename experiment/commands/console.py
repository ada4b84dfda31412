"""``run_experiment.py console``: the experimenter's page in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def console(
    dataset: Annotated[
        Path | None, typer.Argument(metavar="[DATASET]", help="Folder of the data set (default: the one shown last).")
    ] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", metavar="FILE", help="Protocol that is proposed for new sessions.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", min=0, max=65535, help="Port (default: 8480, or a free one; 0: a free one)."
        ),
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Let a telephone or tablet in the local network watch, after pairing.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open no browser.")] = False,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address of this computer on which the page is served.")
    ] = "127.0.0.1",
) -> None:
    """Open a page in the browser to start, watch and review sessions.

    Sessions run in processes of their own: they continue if the console ends, and a new console finds them. Stop the
    console with Ctrl-C.
    """
    from experiment.console.installed import require_console

    require_console()
    from experiment.console.console import Console
    from experiment.console.last_dataset import chosen_dataset
    from experiment.console.network import bind
    from experiment.console.serving import serve
    from experiment.errors import SessionError

    if protocol is not None and not protocol.is_file():
        raise SessionError(f"there is no protocol at {protocol}; correct what --protocol names")
    shown = chosen_dataset(dataset).resolve()
    typer.echo(f"console of {shown}; stop it with Ctrl-C")
    serve(
        Console(shown, protocol.resolve() if protocol else None),
        bind(host, port),
        open_browser=not no_browser,
        share=share,
        say=typer.echo,
    )
