"""Compare the camera frames on disk with the lines of the journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from experiment.record.checks.plausibility import ROUNDING_S
from experiment.record.frames import PARTIAL
from experiment.record.history import History
from experiment.record.journal import Entry
from experiment.record.journal_lines import FORMAT, CalibrationLine, TrialLine
from experiment.record.layout import SessionPlace, file_name
from experiment.record.verification.findings import COMPARE, Verification, files_in
from experiment.record.verification.segments import TOLERANCE_S, StretchOfSession


def verify_frame_files(history: History, segments: list[StretchOfSession], found: Verification) -> None:
    """Compare the files of frames with their hashes.

    Files that the journal does not have are differences.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    found : Verification
        Takes the differences.
    """
    dataset, frames = history.place.dataset, list(history.frames())
    found.read_hashes(dataset / frame.file for frame in frames if frame.sha256 is not None)
    found.frames += len(frames)
    for frame in frames:
        file = dataset / frame.file
        if not file.is_file():
            found.add("frames", file, "the frame is missing; restore it from a copy")
        elif frame.sha256 is not None and found.sha256(file) != frame.sha256:
            found.add("frames", file, "the frame is not the one that was recorded (SHA-256); restore it from a copy")
    _verify_only_here(history, found)
    known = {dataset / frame.file for frame in frames}
    found.expected |= known
    left = _left_by_interruption(history, segments)
    for file in files_in(history.place.frames):
        if file in known or any(part.startswith(PARTIAL) for part in file.parts):
            continue
        if file.parent in left:
            found.note(
                f"{file.parent.relative_to(dataset).as_posix()}: the frames were kept when the session was "
                "interrupted; the journal has no line for them"
            )
        else:
            message = f"the journal has no such frame: it was added, or lines were cut; {COMPARE}"
            found.add("frames", file, message)


def _verify_only_here(history: History, found: Verification) -> None:
    """Find frames that another session has as well.

    A camera never gives the same picture twice.
    """
    label = history.place.label
    if not str(history.start.setting.camera.get("spec", "")).isdecimal():
        return  # films, folders and simulated cameras repeat their pictures
    for frame in history.frames():
        sha256 = frame.clear_sha256 or frame.sha256
        if sha256 is None:
            continue
        other = found.first_seen.setdefault(sha256, label)
        if other != label:
            message = f"{other} has the same picture; one of the two sessions did not record it; {COMPARE}"
            found.add("frames", history.place.dataset / frame.file, message)


def _left_by_interruption(history: History, segments: list[StretchOfSession]) -> set[Path]:
    """Return the folders that an interruption may have left.

    Their frames are on the disk, their line is not in the journal.
    """
    left: set[Path] = set()
    steps = history.start.steps
    for position, stretch in enumerate(segments):
        is_killed = not stretch.is_closed and (position + 1 < len(segments) or history.place.lock.exists())
        if not is_killed:
            continue
        done = {
            str(entry.data.get("id") or entry.data.get("step"))
            for earlier in segments[: position + 1]
            for entry in earlier.entries
            if entry.data.get("outcome") != "aborted"
        }
        # The step after the last one that was finished. Its folder may have a number for the attempt.
        if following := next((step for step in steps if step not in done), None):
            name = file_name(following)
            left |= {folder for folder in history.place.frames.glob("*") if name in folder.name and folder.is_dir()}
    return left


def verify_frame_lines(history: History, segments: list[StretchOfSession], found: Verification) -> None:
    """Compare the frames in the journal with names and camera times.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    found : Verification
        Takes the differences.
    """
    seen: dict[str, int] = {}
    source = SessionPlace(Path(), history.start.participant, history.start.session).source.as_posix()
    for stretch in segments:
        for entry in stretch.entries:
            if entry.event not in (TrialLine.EVENT, CalibrationLine.EVENT):
                continue
            for frame in entry.data.get("frames", ()):
                for message in _faults(frame, entry, stretch, source=source) if history.start.format >= FORMAT else ():
                    found.add("frames", history.place.journal, f"line {entry.n + 1}: {frame['file']} {message}")
                if (line := seen.setdefault(frame["file"], entry.n)) != entry.n:
                    message = f"line {entry.n + 1}: {frame['file']} is in line {line + 1} as well; {COMPARE}"
                    found.add("frames", history.place.journal, message)


def _faults(frame: dict[str, Any], entry: Entry, stretch: StretchOfSession, *, source: str) -> Iterator[str]:
    """Yield what is wrong with a frame in a line of the journal."""
    path, at_s = PurePosixPath(frame["file"]), float(frame["time_s"])
    step = str(entry.data.get("id", entry.data.get("step", "")))
    if path.parts[:-2] != PurePosixPath(source, "frames").parts:
        yield f"is not in the folder of this session; {COMPARE}"
    elif file_name(step) not in path.parts[-2]:
        yield f"is not in the folder of {step}; {COMPARE}"
    if not path.name.startswith({"calibration": "neutral-"}.get(frame["role"], frame["role"])):
        yield f"does not have the name of a frame {frame['role']}; {COMPARE}"
    # the frames after a key press are captured after the time of its line; the last line has no line after it
    end_s = stretch.latest_s if stretch.latest_s > entry.time_s else entry.time_s + 60
    if not stretch.clock_s - TOLERANCE_S - 60 <= at_s <= end_s + TOLERANCE_S:
        yield f"was captured at {at_s:.3f} s, which is outside of this session; {COMPARE}"
    listed_s = stretch.camera.get(int(frame["index"]))
    if listed_s is not None and abs(listed_s - at_s) > ROUNDING_S:
        yield f"has the time {at_s:.6f} s, the list of camera frames has {listed_s:.6f} s; {COMPARE}"
    elif listed_s is None and stretch.camera and min(stretch.camera) < int(frame["index"]) < max(stretch.camera):
        yield f"has the index {frame['index']}, which is not in the list of camera frames; {COMPARE}"
