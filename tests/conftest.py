"""Fixtures every test may use: the files that do not ship, a virtual display, a seeded generator."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.scheduling import GroupScheduling, rank

PROJECT = Path(__file__).resolve().parent.parent


def shared_path(relative: str) -> Path:
    """The path of a photograph, clip or model that does not ship with the project.

    Looked for in ``$MIMICRY_SHARED``, then in a folder ``shared`` beside the project or beside a folder above it.
    Skips the test where it is absent.
    """
    named = os.environ.get("MIMICRY_SHARED")
    places = [Path(named)] if named else [folder / "shared" for folder in PROJECT.parents]
    for place in places:
        if (place / relative).exists():
            return place / relative
    pytest.skip(
        f"needs {relative}, which does not ship with the project (set MIMICRY_SHARED to the folder that has it)"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, each kind in the random order that it has."""
    items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupScheduling:
    config.option.loadscopereorder = False  # the order of the collection
    return GroupScheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under continuous integration everything is there, and a test that is skipped has found something broken."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure under CI: {report.longreprtext}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module whose tests are skipped together."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which is a failure under CI: {report.longreprtext}"
    return report


@pytest.fixture(scope="session", autouse=True)
def own_runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Sessions and notes of tests are in folders of the tests, not in those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMICRY_RUNTIME", str(tmp_path_factory.mktemp("runtime")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("user-data")))
        yield


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20200309)


@pytest.fixture(scope="session", autouse=True)
def own_runtime_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the runtime files of tests (published sessions, locks of cameras) apart from those of the user."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIMICRY_RUNTIME", str(tmp_path_factory.mktemp("runtime")))
        yield


@pytest.fixture(scope="session")
def virtual_display() -> Iterator[str]:
    """The name of a 1440x900 X display of our own (``:N``); skips where Xvfb is not installed."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb (scripts/setup installs it)")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1440x900x24", "+extension", "GLX", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        name = answer.readline().strip()
    try:
        yield f":{name}"
    finally:
        server.terminate()
        server.wait()
