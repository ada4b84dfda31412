"""Keep faces in memory out of core dumps."""

from __future__ import annotations

import sys


def forbid_core_dumps() -> None:
    """Set the size limit of core dumps to 0, also for processes started later.

    A core dump is a copy of the memory of a program that crashed, with the latest camera frames. Windows has no such
    limit.
    """
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
