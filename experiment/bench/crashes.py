"""Kill sessions at random times, and run them on failing disks.

The disks fill up, become read-only or vanish.

After every mishap: no completed trial is lost, every picture can be read and is the frame of the journal, the data set
passes the official BIDS validator, and the resumed session follows the planned order.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from experiment.bench.result import Result, ResultPart
from experiment.bench.small_session import (
    SmallSession,
    check_pictures,
    plan_of,
    run_small_session,
    trial_ids,
    write_protocol,
)
from experiment.record.bids import rebuild
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.layout import SessionPlace
from experiment.screens.screen import Screen

MISHAPS = ("full disk", "read-only disk", "vanished folder")
DISK_BYTES = 8 * 2**20
KILLS_A_SESSION = 6
"""A session is killed so often at most; then it runs to its end."""


@dataclass(slots=True)
class Campaign:
    """Result of many mishaps."""

    mishaps: int = 0
    sessions: int = 0
    validated: int = 0
    pictures: int = 0
    lost: list[str] = field(default_factory=list)
    """Completed trials that are missing in the journal."""
    faults: list[str] = field(default_factory=list)
    """All other faults."""
    where: Counter[str] = field(default_factory=Counter)
    """At which point of a session the mishaps happened."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a session's process ended."""

    acknowledged: int
    """Trials that this process completed: the next fixation cross, or the end, was shown."""
    error: str
    """Its error; empty if it was killed or completed."""
    was_killed: bool


def validator() -> Path | None:
    """Return the official BIDS validator, if it is installed."""
    found = Path(sys.executable).with_name("bids-validator-deno")
    return found if found.exists() else None


def bids_errors(dataset: Path) -> list[str]:
    """Return the errors of the official validator."""
    program = validator()
    assert program is not None
    done = subprocess.run(
        [str(program), str(dataset), "--format", "json"], capture_output=True, text=True, check=False, timeout=300
    )
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [f"{issue['code']} {issue.get('location', '')}" for issue in issues if issue["severity"] == "error"]


def in_child(place: SessionPlace, protocol: Path, *, seed: int, disturb: Callable[[int], None]) -> Ended:
    """Run or resume a session in a process of its own and disturb it.

    Parameters
    ----------
    place
        Where it is recorded.
    protocol
        From `small_session.write_protocol`.
    seed
        Of the session.
    disturb
        Called with the id of the process; returns after the mishap.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _session(place, protocol, seed, write)
    os.close(write)
    disturb(child)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        lines = answer.read().splitlines()
    errors = [line.removeprefix("error ") for line in lines if line.startswith("error ")]
    return Ended(lines.count("done"), " ".join(errors), os.WIFSIGNALED(status))


def _session(place: SessionPlace, protocol: Path, seed: int, write: int) -> None:
    """Run the session and end the process."""
    cv2.setNumThreads(1)
    running = False

    def on_change(screen: Screen) -> None:
        nonlocal running
        if running and screen.kind in ("fixation", "page"):
            running = False
            os.write(write, b"done\n")
        running = running or screen.kind == "target"

    try:
        run_small_session(place, protocol, seed=seed, setup=SmallSession(on_change=on_change))
    except RecordError as error:
        os.write(write, f"error {error}\n".encode())
    except BaseException as error:
        os.write(write, f"error fault: {error!r}\n".encode())
    finally:
        os._exit(0)


def session_seconds(folder: Path, protocol: Path) -> float:
    """Return the duration of one undisturbed session."""
    began = time.monotonic()
    ended = in_child(SessionPlace(folder / "undisturbed", "00", None), protocol, seed=0, disturb=lambda _: None)
    assert not ended.error, ended.error
    return time.monotonic() - began


def kill_sessions(
    folder: Path, *, kills: int, seed: int, trials: int = 8, on_kill: Callable[[int], None] = lambda _: None
) -> Campaign:
    """Kill running sessions, each up to `KILLS_A_SESSION` times.

    Parameters
    ----------
    folder
        For the data sets.
    kills
        Number of kills.
    seed
        Of their times.
    trials
        Of each session.
    on_kill
        Called with the number of kills so far.
    """
    rng = np.random.default_rng(seed)
    protocol = write_protocol(folder / "protocol", trials=trials)
    longest_s = session_seconds(folder, protocol)
    campaign = Campaign()
    while campaign.mishaps < kills:
        campaign.sessions += 1
        name = f"{campaign.sessions:03d}"
        place = SessionPlace(folder / f"data-{name}", name, None)
        done: list[str] = []
        for _ in range(min(KILLS_A_SESSION, kills - campaign.mishaps)):
            delay_s = float(rng.uniform(0, longest_s))

            def kill(child: int, delay_s: float = delay_s) -> None:
                time.sleep(delay_s)
                os.kill(child, signal.SIGKILL)

            ended = in_child(place, protocol, seed=int(rng.integers(1 << 30)), disturb=kill)
            if ended.error:
                campaign.faults.append(f"{name}: {ended.error}")
            if not ended.was_killed:
                break
            campaign.mishaps += 1
            done = _inspect(place, protocol, done, ended, campaign)
            on_kill(campaign.mishaps)
            if place.begun and read_history(place).complete:
                break
        _finish(place, protocol, done, campaign, seed=int(rng.integers(1 << 30)))
        shutil.rmtree(place.dataset, ignore_errors=True)
    return campaign


def _inspect(place: SessionPlace, protocol: Path, before: list[str], ended: Ended, campaign: Campaign) -> list[str]:
    """Inspect the record after a mishap and return the completed trials."""
    if not place.begun:
        campaign.where["before anything was recorded"] += 1
        if before or ended.acknowledged:
            campaign.lost += before or [f"{ended.acknowledged} trials"]
        return before
    planned = trial_ids(plan_of(protocol, place.participant))
    try:
        history = read_history(place)
        done = history.done
        campaign.pictures += check_pictures(history)
    except (RecordError, AssertionError) as error:
        campaign.faults.append(f"{place.label}: {error}")
        return before
    campaign.where["after the end" if history.complete else f"after {len(done)} of {len(planned)} trials"] += 1
    if len(done) < len(before) + ended.acknowledged:
        campaign.lost += planned[len(done) : len(before) + ended.acknowledged]
    if done != planned[: len(done)]:
        campaign.faults.append(f"{place.label}: trials {done}, planned were {planned}")
    _validate(place, campaign)
    return done


def _finish(place: SessionPlace, protocol: Path, done: list[str], campaign: Campaign, *, seed: int) -> None:
    """Run the session to its end and inspect it."""
    planned = trial_ids(plan_of(protocol, place.participant))
    was_complete = place.begun and read_history(place).complete
    if not was_complete:
        ended = in_child(place, protocol, seed=seed, disturb=lambda _: None)
        if ended.error or len(done) + ended.acknowledged != len(planned):
            campaign.faults.append(f"{place.label}: was not completed: {ended.error or ended.acknowledged}")
            return
    history = read_history(place)
    steps = [step.id for step in plan_of(protocol, place.participant).steps]
    if history.finished != steps or history.done != planned:
        campaign.faults.append(f"{place.label}: the order is not the planned one: {history.finished}")
    written = _derived(place.dataset)
    rebuild(place.dataset)
    rebuilt = _derived(place.dataset)
    changed = sorted(file.name for file in {**written, **rebuilt} if written.get(file) != rebuilt.get(file))
    left = [file.name for file in (place.lock, *place.frames.glob(".partial-*")) if file.exists()]
    if not history.complete or ((changed or left) and not was_complete):
        # killed after its last line: the next `rebuild` removes what is left
        campaign.faults.append(f"{place.label}: at the end {left} was left, {changed} was not up to date")
    campaign.pictures += check_pictures(history)
    _validate(place, campaign)


def _derived(dataset: Path) -> dict[Path, bytes]:
    """Return the contents of the files derived from the journal."""
    files = [*dataset.glob("participants.*"), *dataset.glob("sub-*/**/*_*.*")]
    return {file: file.read_bytes() for file in files if file.is_file()}


def _validate(place: SessionPlace, campaign: Campaign) -> None:
    if validator() is None:
        return
    campaign.validated += 1
    errors = bids_errors(place.dataset)
    if errors:
        campaign.faults.append(f"{place.label}: errors of the BIDS validator: {errors}")


# -- disks


@contextmanager
def small_disk(folder: Path, *, size_bytes: int = DISK_BYTES) -> Iterator[Path]:
    """Mount a small file system in memory.

    Raises
    ------
    PermissionError
        If mounting is not allowed here.
    """
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)]
    mounted = None
    if sys.platform == "linux" and shutil.which("mount"):
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted is None or mounted.returncode != 0:
        raise PermissionError(
            f"mounting a small file system is not allowed here{f' ({mounted.stderr.strip()})' if mounted else ''}"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    """Use up a disk to its last byte."""
    with suppress(OSError), file.open("wb", buffering=0) as open_file:
        block = bytes(65536)
        while True:
            open_file.write(block)
    with suppress(OSError), file.open("ab", buffering=0) as open_file:
        while True:
            open_file.write(b"0")


def spoil_disks(folder: Path, mishap: str, *, times: int, seed: int, trials: int = 8) -> Campaign:
    """Cause a mishap of the disk at random times of sessions, undo it, and resume.

    Parameters
    ----------
    folder
        For the disks.
    mishap
        One of `MISHAPS`.
    times
        Number of mishaps.
    seed
        Of their times.
    trials
        Of each session.

    Raises
    ------
    PermissionError
        If mounting a small disk is not allowed here.
    """
    rng = np.random.default_rng(seed)
    protocol = write_protocol(folder / "protocol", trials=trials)
    with small_disk(folder / "disk-000") as disk:
        longest_s = session_seconds(disk, protocol)
    campaign = Campaign()
    while campaign.mishaps < times and campaign.sessions < 10 * times:
        campaign.sessions += 1
        name = f"{campaign.sessions:03d}"
        delay_s = float(rng.uniform(0, longest_s))
        with small_disk(folder / f"disk-{name}") as disk:
            place = SessionPlace(disk / "data", name, None)
            seeds = [int(seed) for seed in rng.integers(1 << 30, size=3)]
            ended = _strike(place, protocol, mishap, delay_s=delay_s, seed=seeds[0])
            if not ended.error:  # it was complete before
                continue
            campaign.mishaps += 1
            if _MESSAGES[mishap] not in ended.error:
                campaign.faults.append(f"{name}: its error was {ended.error!r}")
            done = _inspect(place, protocol, [], ended, campaign)
            _finish(place, protocol, done, campaign, seed=seeds[1])
    return campaign


_MESSAGES = {
    "full disk": "the disk is full; free some space",
    "read-only disk": "the disk is read-only; choose another folder",
    "vanished folder": "the folder is gone; was the disk unplugged or the folder moved?",
}


def _strike(place: SessionPlace, protocol: Path, mishap: str, *, delay_s: float, seed: int) -> Ended:
    """Cause the mishap, wait for the end of the session, undo the mishap."""
    disk = place.dataset.parent
    away = disk / "elsewhere"

    def fill_up(_: int) -> None:
        time.sleep(delay_s)
        fill(disk / "filler")

    def take_away(_: int) -> None:
        time.sleep(delay_s)
        while not place.dataset.exists():
            time.sleep(0.001)
        place.dataset.rename(away)

    def kill(child: int) -> None:
        time.sleep(delay_s)
        os.kill(child, signal.SIGKILL)

    if mishap == "full disk":
        ended = in_child(place, protocol, seed=seed, disturb=fill_up)
        (disk / "filler").unlink()
    elif mishap == "vanished folder":
        ended = in_child(place, protocol, seed=seed, disturb=take_away)
        if place.dataset.exists():  # a new folder would hide the old one
            return Ended(ended.acknowledged, "a new folder replaced the one that vanished", was_killed=False)
        away.rename(place.dataset)
    else:
        # Linux refuses to make a disk read-only while a file is open for writing: kill first, then resume.
        killed = in_child(place, protocol, seed=seed, disturb=kill)
        if not killed.was_killed or (place.begun and read_history(place).complete):
            return Ended(killed.acknowledged, "", killed.was_killed)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        ended = in_child(place, protocol, seed=seed + 1, disturb=lambda _: None)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        return Ended(killed.acknowledged, ended.error, was_killed=False)
    return ended


# -- results


def results(
    folder: Path, *, kills: int, mishaps: int, on_kill: Callable[[int], None] = lambda _: None
) -> Iterator[Result]:
    """Kill sessions, cause mishaps of disks, and yield the results.

    Parameters
    ----------
    folder
        For data sets and disks.
    kills
        Number of kills.
    mishaps
        Number of each mishap.
    on_kill
        Called with the number of kills so far.
    """
    yield from _results(
        ResultPart("kill -9"), kill_sessions(folder / "kills", kills=kills, seed=5, on_kill=on_kill), kills
    )
    for mishap in MISHAPS:
        try:
            campaign = spoil_disks(folder / mishap.replace(" ", "-"), mishap, times=mishaps, seed=11)
        except PermissionError as error:
            yield ResultPart(mishap).skip("sessions", str(error))
            continue
        yield from _results(ResultPart(mishap), campaign, mishaps)


def _results(part: ResultPart, campaign: Campaign, wanted: int) -> Iterator[Result]:
    yield part.require(
        "mishaps at random times",
        str(wanted),
        f"{campaign.mishaps} in {campaign.sessions} sessions",
        met=campaign.mishaps >= wanted,
        mishaps=campaign.mishaps,
        sessions=campaign.sessions,
    )
    lost = campaign.lost
    yield part.require("completed trials lost", "0", _some(lost), met=not lost, lost=len(lost))
    yield part.require(
        "unreadable pictures, other orders, errors of the BIDS validator",
        "0",
        f"{_some(campaign.faults)} ({campaign.pictures} pictures read, {campaign.validated} validations)",
        met=not campaign.faults and (validator() is None or campaign.validated > 0),
        faults=len(campaign.faults),
        pictures=campaign.pictures,
        validations=campaign.validated,
    )
    spread = ", ".join(f"{count} {where}" for where, count in sorted(campaign.where.items()))
    yield part.note("when they happened", spread)


def _some(found: list[str]) -> str:
    return str(len(found)) + (f": {'; '.join(found[:3])}" if found else "")
