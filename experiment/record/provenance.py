"""Program, machine, devices and clocks of a recording."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Any

import psutil

from analysis.paths import IS_CHECKOUT, PROJECT
from experiment.ports.clock import Clock
from experiment.record.journal_lines import Setting

_PACKAGES = (
    *("mimicry-lab", "psychopy", "psychtoolbox", "pyglet", "opencv-python", "dlib-bin", "numpy", "scipy", "pandas"),
)


def setting(display: Mapping[str, Any], camera: Mapping[str, Any], clock: Clock) -> Setting:
    """Return what a session runs on, with the relation of its clock to wall time.

    Parameters
    ----------
    display, camera : mapping
        Facts about the devices (any JSON).
    clock : Clock
        Clock of the session.
    """
    clock_s, wall_s = clock.now(), time.time()
    return Setting(
        clock_s=clock_s,
        wall_s=wall_s,
        utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(wall_s)),
        display=dict(display),
        camera=dict(camera),
        versions=versions(),
        commit=commit(),
        machine=machine(),
    )


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python, of this program and of packages it needs.

    Packages that are not installed are left out.
    """
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """Return the commit of this clone, or ``unknown`` in an installation.

    ``+changes`` follows if files differ from the commit.
    """
    head = _git("rev-parse", "HEAD")
    if not head:
        return "unknown"
    return head + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


@cache
def machine() -> dict[str, str]:
    """Return facts about the computer.

    It has no name of the user or of the computer, since data sets and results are shared.
    """
    return {
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
