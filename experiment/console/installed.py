"""Whether the packages of the console are installed."""

from __future__ import annotations

from importlib.util import find_spec

from experiment.errors import SessionError


def require_console() -> None:
    """Raise an error with the remedy if the extra ``console`` is not installed.

    Raises
    ------
    SessionError
        If the program was installed without it.
    """
    if any(find_spec(name) is None for name in ("starlette", "uvicorn", "segno")):
        raise SessionError('the console needs packages that are not installed: pip install "mimicry-lab[console]"')
