"""Check a journal: its lines, its format, its end, its clocks."""

from __future__ import annotations

from datetime import datetime, timezone

from experiment.record.history import History
from experiment.record.journal import Entry, Journal
from experiment.record.journal_lines import (
    FORMAT,
    CalibrationLine,
    FilmEndLine,
    FilmStartLine,
    PermissionLine,
    SessionEnd,
    SessionResume,
    TrialLine,
)
from experiment.record.provenance import commit
from experiment.record.verification.findings import COMPARE, Verification
from experiment.record.verification.segments import TOLERANCE_S, StretchOfSession, after_the_end, is_closed

_SINCE_FORMAT_2 = (PermissionLine.EVENT, FilmStartLine.EVENT, FilmEndLine.EVENT)


def verify_journal(
    history: History, journal: Journal, segments: list[StretchOfSession], *, found: Verification
) -> None:
    """Check the lines of a journal, and note what cannot be checked.

    Parameters
    ----------
    history : History
        The session.
    journal : Journal
        Its lines.
    segments : list of StretchOfSession
        The same lines by stretch.
    found : Verification
        Takes the differences.
    """
    for line in history.changed:
        message = f"line {line.line} ({line.event}) was changed after the session wrote it; restore it from a copy"
        found.add("journal", journal.path, message)
    _verify_bytes(journal, found)
    _verify_format(history, journal, found)
    _verify_end(history, journal, segments, found=found)
    if history.start.format >= FORMAT:
        _verify_clock(journal, segments, found)


def _verify_bytes(journal: Journal, found: Verification) -> None:
    content = journal.path.read_bytes()
    if b"\r\n" in content:
        found.add("journal", journal.path, "another program saved it, with other line ends; restore it from a copy")
    elif content.startswith(b"\n") or b"\n\n" in content:
        found.add("journal", journal.path, "it has empty lines, which no session writes; restore it from a copy")


def _verify_format(history: History, journal: Journal, found: Verification) -> None:
    """Note what an old journal does not protect; find a new one made old."""
    start, place = history.start, history.place
    own = commit()
    if own != "unknown" and own == start.setting.commit:
        found.commits.setdefault(own, set()).add(FORMAT)
    found.commits.setdefault(start.setting.commit, set()).add(start.format)
    if start.format >= FORMAT:
        return
    unprotected = [frame for frame in history.frames() if frame.sha256 is None]
    resumed = next((entry.n for entry in journal.entries if entry.event == SessionResume.EVENT), len(journal.entries))
    answers = len(history.answers) + len(history.demographics)
    found.note(
        f"{place.label}: its journal has format {start.format}, without hashes: {_many(len(unprotected), 'frame')}, "
        f"{_many(len(history.trials), 'trial')} and {_many(answers, 'answer')} cannot be verified; compare the journal "
        "with a copy"
    )
    for reason in _signs_of_format_2(history, journal.entries[:resumed]):
        message = (
            f"the first line says format {start.format}, but {reason}: the journal was set back to a format without "
            "hashes; restore it from a copy"
        )
        found.add("journal", journal.path, message)
        break


def _signs_of_format_2(history: History, entries: tuple[Entry, ...]) -> list[str]:
    signs = []
    if history.start.protocol.sources or history.start.encrypt_for:
        signs.append("it names the files of the plan as format 2 does")
    for entry in entries:
        if entry.event in _SINCE_FORMAT_2:
            signs.append(f"line {entry.n + 1} ({entry.event}) is of format 2")
        elif entry.event in (TrialLine.EVENT, CalibrationLine.EVENT) and any(
            "sha256" in frame for frame in entry.data.get("frames", ())
        ):
            signs.append(f"line {entry.n + 1} ({entry.event}) has hashes of frames as format 2 does")
        elif "clauses" in entry.data or "facts" in entry.data:
            signs.append(f"line {entry.n + 1} ({entry.event}) has the clauses of format 2")
    return signs


def verify_formats(found: Verification) -> None:
    """Find old formats of a version of the program that writes a newer one."""
    for history in found.histories:
        start = history.start
        known = found.commits.get(start.setting.commit, set())
        is_known = set(start.setting.commit) not in (set("0"), set("unknown"))
        if is_known and start.format < max(known, default=start.format):
            message = (
                f"the first line says format {start.format}, and the version of the program that recorded it writes "
                f"format {max(known)}: the journal was set back to a format without hashes; restore it from a copy"
            )
            if not any(
                "was set back" in one.message and one.file == history.place.journal for one in found.differences
            ):
                found.add("journal", history.place.journal, message)


def _verify_end(history: History, journal: Journal, segments: list[StretchOfSession], *, found: Verification) -> None:
    label = history.place.label
    for stretch in segments:
        for entry in after_the_end(stretch):
            message = f"line {entry.n + 1} ({entry.event}) comes after the end of the session; {COMPARE}"
            found.add("journal", journal.path, message)
            break
    if not is_closed(journal):
        found.note(
            f"{label}: its journal has {len(journal.entries)} lines and no end: the session was interrupted, or the "
            "end was removed; what came after the last line cannot be verified"
        )
    elif not history.complete:
        ends = [entry for entry in journal.entries if entry.event == SessionEnd.EVENT]
        reason = str(ends[-1].data.get("reason", ""))
        found.note(f"{label}: the session is not complete{f' ({reason})' if reason else ''}")
    for torn in journal.torn:
        found.note(f"{label}: line {torn.line} of its journal was torn by an interruption and is not used")


def _verify_clock(journal: Journal, segments: list[StretchOfSession], found: Verification) -> None:
    previous: StretchOfSession | None = None
    for stretch in segments:
        latest_s = stretch.clock_s
        for entry in stretch.entries:
            if entry.time_s < latest_s - TOLERANCE_S:
                message = (
                    f"line {entry.n + 1} ({entry.event}) is {latest_s - entry.time_s:.3f} s earlier than the lines "
                    f"before it; {COMPARE}"
                )
                found.add("clock", journal.path, message)
                break
            latest_s = max(latest_s, entry.time_s)
        _verify_wall_clock(stretch, previous, journal, found=found)
        previous = stretch


def _verify_wall_clock(
    stretch: StretchOfSession, previous: StretchOfSession | None, journal: Journal, *, found: Verification
) -> None:
    first = stretch.entries[0]
    written = datetime.fromtimestamp(stretch.wall_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if stretch.utc != written:
        message = f"line {first.n + 1} ({first.event}) has two different times, {stretch.utc} and {written}; {COMPARE}"
        found.add("clock", journal.path, message)
    if previous is not None:
        ended_s = previous.wall_s + previous.latest_s - previous.clock_s
        if stretch.wall_s < ended_s - 1.0:
            found.note(
                f"{journal.path.relative_to(found.dataset).as_posix()}: the session was resumed "
                f"{ended_s - stretch.wall_s:.0f} s before it was interrupted: the clock of the computer was set back"
            )


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
