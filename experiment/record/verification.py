"""Compare a data set with its journals, byte by byte: what differs, and where.

Nothing is written or repaired. A `Difference` is something that the program did not leave like this; a note is about
something that could not be checked.
"""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

from experiment.protocol.plan import Trial
from experiment.record import bids
from experiment.record.encryption import EncryptionError, has_private_key, is_encrypted, read_decrypted
from experiment.record.errors import RecordError
from experiment.record.files import digest, sha256_of
from experiment.record.film.verification import film_differences
from experiment.record.frames import PARTIAL
from experiment.record.history import History, read_history
from experiment.record.journal_lines import (
    FORMAT,
    CalibrationLine,
    FilmEndLine,
    JournalLine,
    PermissionLine,
    StoredFile,
    StoredFrame,
    TrialLine,
)
from experiment.record.layout import SessionPlace
from experiment.record.replan import CannotPlanError, plan_again
from experiment.record.stimuli import SUMS
from experiment.record.strays import find_strays

GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEFTOVERS = ("*.tmp", f"{PARTIAL}*", ".*.partial", "*.part")


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the program left it."""

    check: str
    """``frames``, ``film``, ``journal``, ``order``, ``events``, ``stimuli``, ``consent``, ``names``, ``leftovers``,
    ``permissions``, ``tables``."""
    file: Path
    message: str


@dataclass(slots=True)
class Verification:
    """What was compared, and what differs."""

    dataset: Path
    sessions: int = 0
    frames: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""

    def add(self, check: str, file: Path, message: str) -> None:
        """Note a difference.

        Parameters
        ----------
        check : str
            As in `Difference`.
        file : Path
            Where it is.
        message : str
            What differs, and the remedy.
        """
        self.differences.append(Difference(check, file, message))


def verify_session(place: SessionPlace, found: Verification) -> History | None:
    """Compare one session with its journal; return its history.

    Returns None if the journal cannot be read.

    Parameters
    ----------
    place : SessionPlace
        The session.
    found : Verification
        Takes the differences.
    """
    found.sessions += 1
    unagreed: list[tuple[str, StoredFrame | StoredFile]] = []
    state, was_allowed = "not-asked", False

    def each(line: JournalLine, _: History) -> None:
        nonlocal state, was_allowed
        if isinstance(line, PermissionLine):
            state = line.state
            was_allowed = was_allowed or state not in ("refused", "pending")
        elif isinstance(line, FilmEndLine) and state in ("refused", "pending") and not was_allowed:
            unagreed.extend((state, file) for file in line.files)  # a film may end after a refusal, not begin
        elif isinstance(line, (TrialLine, CalibrationLine)) and state in ("refused", "pending"):
            unagreed.extend((state, frame) for frame in line.frames)

    try:
        history = read_history(place, each=each)
    except RecordError as error:
        found.add("journal", place.journal, str(error).removeprefix(f"{place.journal}: "))
        return None
    for line in history.changed:
        message = f"line {line.line} ({line.event}) was changed after the session wrote it; restore it from a copy"
        found.add("journal", place.journal, message)
    if history.start.format < FORMAT:
        found.notes.append(f"{place.label}: its journal has format {history.start.format}, without hashes of frames")
    for state, frame in unagreed:
        message = {
            "refused": "the participant did not agree to be filmed, and this frame was kept",
            "pending": "this frame was kept before the participant was asked for consent",
        }[state]
        found.add("consent", place.dataset / frame.file, message)
    _verify_frames(history, found)
    for file, message in film_differences(history):
        found.add("film", file, message)
    _verify_stimuli(history, found)
    _verify_order(history, found)
    _verify_tables(history, found)
    return history


def verify_folder(dataset: Path, found: Verification) -> None:
    """Find copies, leftovers and files that others can read in a data set.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    found : Verification
        Takes the differences.
    """
    for pattern in _LEFTOVERS:
        for path in sorted(dataset.rglob(pattern)):
            found.add("leftovers", path, "a file that was being written when the program stopped; delete it")
    known = {difference.file for difference in found.differences}
    for stray in find_strays(dataset):
        if stray.path not in known:
            shown = stray.path.relative_to(dataset).as_posix()
            found.add("names", stray.path, stray.message.removeprefix(f"{shown} "))
    _verify_sums(dataset, found)
    if sys.platform != "win32":
        _verify_permissions(dataset, found)


# -- parts


def _verify_frames(history: History, found: Verification) -> None:
    """Compare the files of frames with the hashes in the journal."""
    dataset, frames = history.place.dataset, list(history.frames())
    skipped = 0
    for frame in frames:
        found.frames += 1
        file = dataset / frame.file
        if not file.is_file():
            found.add("frames", file, "the frame is missing; restore it from a copy")
        elif frame.sha256 is None:
            continue
        elif sha256_of(file) != frame.sha256:
            found.add("frames", file, "the frame is not the one that was recorded (SHA-256); restore it from a copy")
        elif is_encrypted(file) and not has_private_key():
            skipped += 1
        elif is_encrypted(file):
            _verify_clear(file, frame, found)
    if skipped:
        found.notes.append(
            f"{history.place.label}: {skipped} frames are encrypted; only the encrypted files were compared, name the "
            "private key by --key to compare the pictures"
        )
    known = {dataset / frame.file for frame in frames}
    for file in _files(history.place.frames):
        if file not in known and not any(part.startswith(PARTIAL) for part in file.parts):
            found.add("frames", file, "the journal has no such frame; move it out of the data set")


def _verify_clear(file: Path, frame: StoredFrame, found: Verification) -> None:
    try:
        clear = read_decrypted(file)
    except EncryptionError as error:
        found.add("frames", file, str(error).removeprefix(f"{file} "))
        return
    if digest(clear) != frame.clear_sha256:
        found.add("frames", file, "the decrypted picture is not the one that was recorded (SHA-256)")


def _verify_stimuli(history: History, found: Verification) -> None:
    for stored in history.stimuli:
        for name, sha256 in ((stored.image, stored.sha256), (stored.neutral, stored.neutral_sha256)):
            if name is None:
                continue
            file = history.place.dataset / "stimuli" / name
            if not file.is_file():
                message = f"the picture of target {stored.name} is missing; restore it from a copy"
            elif sha256_of(file) != sha256:
                message = f"this is not the picture of target {stored.name} that {history.place.label} was shown"
            else:
                continue
            if Difference("stimuli", file, message) not in found.differences:
                found.add("stimuli", file, message)


def _verify_order(history: History, found: Verification) -> None:
    """Compare the order of the session with the one that protocol and seed give."""
    journal, start = history.place.journal, history.start
    try:
        plan = plan_again(history)
    except CannotPlanError as error:
        found.notes.append(f"{history.place.label}: its order was not planned again: {error}")
        return
    if tuple(step.id for step in plan.steps) != start.steps:
        found.add("order", journal, f"protocol and seed {start.seed} do not give the order of steps in the first line")
        return
    planned = {step.id: step for step in plan.steps if isinstance(step, Trial)}
    place = {step: number for number, step in enumerate(start.steps)}
    latest = -1
    for trial in history.trials:
        one = planned.get(trial.id)
        if one is None:
            found.add("order", journal, f"the protocol has no trial {trial.id}")
        elif (trial.target, dict(trial.condition)) != (one.target.name, dict(one.condition)):
            found.add("order", journal, f"trial {trial.id} has not the target or condition of protocol and seed")
        elif place[trial.id] < latest:
            found.add("order", journal, f"trial {trial.id} is not in the order of protocol and seed {start.seed}")
        latest = max(latest, place.get(trial.id, -1))


def _verify_tables(history: History, found: Verification) -> None:
    """Compare the tables of BIDS with the journal, cell by cell."""
    remedy = "`mimicry rebuild` writes it again"
    for file, expected in bids.expected_tables(history).items():
        if not file.is_file():
            found.add("events", file, f"the table is missing; {remedy}")
            continue
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        columns = lines[0].split("\t") if lines else []
        rows = [dict(zip(columns, line.split("\t"), strict=False)) for line in lines[1:]]
        if len(rows) != len(expected):
            found.add("events", file, f"it has {len(rows)} rows, the journal has {len(expected)}; {remedy}")
            continue
        for number, (row, wanted) in enumerate(zip(rows, expected, strict=True), start=2):
            # A version that added a column wrote the others as before.
            differing = [name for name in row if row[name] != wanted.get(name)]
            if differing:
                name = differing[0]
                message = (
                    f"line {number}: {name} is {row[name]}, in the journal it is {wanted.get(name, 'not there')}; "
                )
                found.add("events", file, message + remedy)


def _verify_sums(dataset: Path, found: Verification) -> None:
    """Compare the stimuli with the list of their hashes."""
    sums = dataset / "stimuli" / SUMS
    if not sums.is_file():
        return
    lines = (line.partition("  ") for line in sums.read_text("utf-8", "replace").splitlines())
    listed = {name: sha256 for sha256, _, name in lines}
    known = {difference.file for difference in found.differences}
    for file in _files(sums.parent):
        if file == sums or file in known:
            continue
        if file.name not in listed:
            found.add("stimuli", file, f"the picture is not in {SUMS}; move it out of the data set")
        elif sha256_of(file) != listed[file.name]:
            found.add("stimuli", file, f"the picture does not have the hash in {SUMS}")


def _verify_permissions(dataset: Path, found: Verification) -> None:
    """Report everything inside the data set that other users of the computer can read."""
    open_files: list[Path] = []
    for folder, folders, files in os.walk(dataset):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink() and path.stat().st_mode & GROUP_AND_OTHERS:
                open_files.append(path)
    for path in sorted(open_files):
        mode, wanted = stat.S_IMODE(path.stat().st_mode), "700" if path.is_dir() else "600"
        found.add("permissions", path, f"other users can open it (mode {mode:o}); set it to {wanted}")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
