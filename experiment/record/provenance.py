"""Which program, on which machine, made a recording."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib import metadata

import psutil

from analysis.paths import IS_CHECKOUT, PROJECT

_PACKAGES = (
    *("mimicry-lab", "psychopy", "psychtoolbox", "pyglet", "opencv-python", "dlib-bin", "numpy", "scipy", "pandas"),
)


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of this program and of the packages a session depends on, as far as installed."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """Return the commit of this clone, with ``+changes`` if files differ from it; ``unknown`` in an installation."""
    head = _git("rev-parse", "HEAD")
    if not head:
        return "unknown"
    return head + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


@cache
def machine() -> dict[str, str]:
    """What computer this is; no user name, since data sets are shared."""
    return {
        "host": platform.node(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory_mb": str(psutil.virtual_memory().total // 2**20),
    }


def _git(*arguments: str) -> str:
    if not IS_CHECKOUT or not (PROJECT / ".git").exists():  # Git would report the clone of another project around it
        return ""
    try:
        result = subprocess.run(
            ["git", "-C", str(PROJECT), *arguments], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
