"""Compare what the sessions of a data set share.

Participants, descriptions, stimuli, results, names and permissions of files.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

from experiment.record.bids import DESCRIPTION, description
from experiment.record.checks.strays import find_strays
from experiment.record.frames import PARTIAL
from experiment.record.history import History
from experiment.record.layout import LABEL, SessionPlace, begun_sessions
from experiment.record.stimuli import SUMS
from experiment.record.verification.consent import verify_earlier_consent
from experiment.record.verification.findings import COMPARE, Verification, files_in, first_names
from experiment.record.verification.journal import verify_formats
from experiment.record.verification.participants import verify_participants
from experiment.record.verification.sums import read_list, verify_sums

GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEFTOVERS = ("*.tmp", f"{PARTIAL}*", ".*.partial", "*.part")


def verify_folder(dataset: Path, found: Verification) -> None:
    """Compare what the sessions of a data set share; call it after all sessions.

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
    strays = find_strays(dataset)
    for stray in strays:
        if not found.has(stray.path):
            shown = stray.path.relative_to(dataset).as_posix()
            found.add("names", stray.path, stray.message.removeprefix(f"{shown} "))
    for what, labels in found.older.items():
        found.note(f"{first_names(labels)}: {what}")
    verify_formats(found)
    verify_earlier_consent(found)
    _verify_description(dataset, found)
    verify_participants(dataset, found)
    _verify_stimuli(dataset, found)
    _verify_files(dataset, {stray.path for stray in strays}, found)
    verify_sums(dataset, found)
    _verify_order_of_sessions(found)
    if sys.platform != "win32":
        _verify_permissions(dataset, found)


def _verify_description(dataset: Path, found: Verification) -> None:
    """Compare what the program wrote into the description; the rest may be edited."""
    file = dataset / DESCRIPTION
    if not file.is_file():
        found.add(
            "description", file, "the description is missing; restore it from a copy, or `mimicry rebuild` makes one"
        )
        return
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        found.add("description", file, f"it is not JSON ({error}); restore it from a copy")
        return
    if not isinstance(content, dict):
        found.add("description", file, "it is not a JSON object; restore it from a copy")
        return
    titles = {history.start.title for history in found.histories}
    for key, value in description("").items():
        now = content.get(key)
        if key == "Name":
            if now not in titles:
                found.note(f"{DESCRIPTION}: the data set is called {now!r}; no session has this title")
        elif key == "GeneratedBy":
            if not isinstance(now, list) or any(one not in now for one in value):
                found.add("description", file, f"GeneratedBy does not name this program any more; {COMPARE}")
        elif now != value:
            found.add("description", file, f"{key} is {now!r}, the program wrote {value!r}; {COMPARE}")


def _verify_stimuli(dataset: Path, found: Verification) -> None:
    """Compare the stimuli with the list of their hashes."""
    sums = dataset / "stimuli" / SUMS
    if not sums.is_file():
        if files_in(sums.parent):
            found.add("stimuli", sums, "the list of hashes is missing; restore it from a copy")
        return
    listed = read_list(sums, found, check="stimuli", remedy="restore the file from a copy")
    for file in files_in(sums.parent):
        name = file.relative_to(sums.parent).as_posix()
        if file == sums or found.has(file):
            continue
        if name not in listed:
            found.add("stimuli", file, f"the file is not in {SUMS}; move it out of the data set")
        elif found.sha256(file) != listed[name]:
            found.add("stimuli", file, f"the file does not have the hash in {SUMS}")
    for file in (sums.parent / name for name in listed):
        if not file.is_file() and not found.has(file):
            found.add("stimuli", file, f"the picture is missing, {SUMS} has it; restore it from a copy")


def _verify_files(dataset: Path, strays: set[Path], found: Verification) -> None:
    """Find files of sessions and participants that no journal has."""
    places = list(begun_sessions(dataset))
    participants = {f"sub-{place.participant}" for place in places}
    sources = {place.source for place in places}
    for top in (dataset, dataset / "sourcedata"):
        for folder in sorted(top.glob("sub-*")):
            is_label = bool(LABEL.fullmatch(folder.name.removeprefix("sub-")))
            if folder.is_dir() and is_label and folder.name not in participants and folder not in strays:
                found.add("files", folder, f"{folder.name} {_NO_JOURNAL}")
    for folder in sorted((dataset / "sourcedata").glob("sub-*/ses-*")):
        if folder.is_dir() and folder not in sources and not _is_part_of(folder, strays):
            found.add("files", folder, f"the session {_NO_JOURNAL}")
    for participant in sorted(participants):
        for file in (*files_in(dataset / participant), *files_in(dataset / "sourcedata" / participant)):
            if file not in found.expected and not found.has(file) and not _is_part_of(file, strays):
                _judge_file(file, places, found)


_NO_JOURNAL = f"has no journal in sourcedata: it was removed, or this folder was added; {COMPARE}"


def _judge_file(file: Path, places: list[SessionPlace], found: Verification) -> None:
    """Judge a file in the folders of a participant that no journal names."""
    place = next((one for one in places if file.is_relative_to(one.source) or file.parent == one.behaviour), None)
    shown = file.relative_to(found.dataset).as_posix()
    if place is not None and file == place.lock:
        found.note(f"{shown}: a session is being recorded, or it ended without closing its record")
    elif place is None and file.parent.name == "beh":
        found.add("files", file, f"the session of this table has no journal; {COMPARE}")
    elif place is not None and file.parent == place.behaviour:
        if place.journal in found.expected - found.unread:  # else its tables are not known
            found.add("files", file, "no session wrote this file; move it out of the data set")
    elif place is None or not any(file.is_relative_to(folder) for folder in (place.frames, *place.films)):
        found.note(f"{shown}: the program did not write this file; it was not compared")


def _is_part_of(path: Path, strays: set[Path]) -> bool:
    return path in strays or any(folder in strays for folder in path.parents)


def _verify_order_of_sessions(found: Verification) -> None:
    """Note sessions that began in another order than that of the protocol."""
    for task, order in found.session_orders.items():
        latest: dict[str, History] = {}
        own = [history for history in found.histories if history.start.task == task]
        for session in order:
            for history in (one for one in own if one.place.session == session):
                before = latest.get(history.place.participant)
                if before is not None and history.start.setting.wall_s < before.start.setting.wall_s:
                    found.note(
                        f"{history.place.label} began before {before.place.label}, which the protocol has first: the "
                        "clock of the computer was set back, or the sessions were run in this order"
                    )
                latest[history.place.participant] = history


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
