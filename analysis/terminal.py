"""Terminal output of all commands: error messages, exit status, progress bars.

Both packages use this module, so that their commands print alike.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import typer
from typer.exceptions import TyperException

T = TypeVar("T")
PROGRESS_VARIABLE = "MIMICRY_PROGRESS"
"""Environment variable; with the value ``lines``, progress is printed as lines ``progress: TITLE DONE/TOTAL``."""
STOPPED = 130
"""Exit status of a program ended by Ctrl-C, as in shells."""


def limit_threads() -> None:
    """Let numerical libraries use one thread; call this before NumPy is imported.

    The matrices of a fit are so small that threads only wait for each other. Commands use several processes instead
    (``--jobs``). A value that the user has set stays.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
        os.environ.setdefault(name, "1")


def command_app(name: str, *, summary: str) -> typer.Typer:
    """Return an application without commands; without a command it prints its help."""
    return typer.Typer(
        name=name,
        help=summary,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )


def run_app(app: typer.Typer, *, name: str, expected: tuple[type[Exception], ...]) -> None:
    """Run a command line and exit: 0 done, 1 error, 2 wrong usage.

    An error is one sentence without a traceback. The traceback of an unexpected error is written to a file that the
    sentence names.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    name : str
        Its name in usage lines.
    expected : tuple of type
        Errors whose messages are for the user.
    """
    try:
        status = app(standalone_mode=False, prog_name=name)
    except typer.Abort:
        _fail("stopped by the user", 1)
    except TyperException as error:
        if hasattr(error, "show"):  # errors of Typer's copy of Click also show the usage line
            error.show()
        else:
            print(f"Error: {error.format_message()}", file=sys.stderr)
        sys.exit(2)
    except expected as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("stopped by the user", STOPPED)
    except Exception as error:
        with tempfile.NamedTemporaryFile("w", prefix="mimicry-fault-", suffix=".txt", delete=False) as report:
            traceback.print_exc(file=report)
        _fail(f"a fault of the program ({type(error).__name__}: {error}); please report it with {Path(report.name)}", 1)
    if status == STOPPED:  # Typer turns Ctrl-C into this status without a message
        _fail("stopped by the user", STOPPED)
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int) -> None:
    print(f"error: {message}", file=sys.stderr)
    sys.exit(status)


def many(count: int, thing: str) -> str:
    """Return ``1 session``, ``2 sessions``."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def progress(items: Iterable[T], *, total: int, title: str) -> Iterator[T]:
    """Yield the items, with a progress bar on standard error if that is a terminal.

    A program that starts a command sets `PROGRESS_VARIABLE`, and reads lines.

    Parameters
    ----------
    items : iterable
        The work.
    total : int
        Number of items.
    title : str
        Left of the bar.
    """
    if os.environ.get(PROGRESS_VARIABLE) == "lines":
        for number, item in enumerate(items):
            print(f"progress: {title} {number}/{total}", file=sys.stderr, flush=True)
            yield item
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield from bar.track(items, total=total, description=title)
