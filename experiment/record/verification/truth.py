"""Compare the true faces of a simulated participant with the journal."""

from __future__ import annotations

import json
from pathlib import Path

from experiment.record.checks.plausibility import ROUNDING_S
from experiment.record.history import History
from experiment.record.verification.findings import COMPARE, Verification
from experiment.record.verification.segments import StretchOfSession

FILE = "truth.jsonl"
PARTNER_FILE = "truth-partner.jsonl"


def verify_truth(history: History, segments: list[StretchOfSession], found: Verification) -> None:
    """Compare the true faces with the journal and their hash.

    Only simulated sessions have the file.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    found : Verification
        Takes the differences.
    """
    file = history.place.source / FILE
    is_simulated = any(
        entry.data.get("camera", {}).get("truth") == FILE for stretch in segments for entry in stretch.entries[:1]
    )
    if not is_simulated:
        if file.is_file():
            found.add("truth", file, "the session was not simulated; move the file out of the data set")
        return
    found.expected.add(file)
    if not file.is_file():
        if any(stretch.camera for stretch in segments):
            found.add(
                "truth", file, "the true faces of the simulated participant are missing; restore them from a copy"
            )
        return
    message = _fault(history, segments)
    if message:
        found.add("truth", file, f"{message}; {COMPARE}")
    if not _verify_hash(file, found):
        found.note(f"{history.place.label}: {FILE} has no hash; its frames and times were compared, its units were not")


def verify_truth_of_partner(history: History, segments: list[StretchOfSession], found: Verification) -> None:
    """Compare the true faces of a simulated partner with their hash.

    Parameters
    ----------
    history : History
        The session.
    segments : list of StretchOfSession
        Its lines.
    found : Verification
        Takes the differences.
    """
    file = history.place.source / PARTNER_FILE
    cameras = [entry.data.get("camera", {}).get("partner") for stretch in segments for entry in stretch.entries[:1]]
    is_simulated = any(isinstance(one, dict) and one.get("truth") == PARTNER_FILE for one in cameras)
    if not is_simulated:
        if file.is_file():
            found.add("truth", file, "the partner was not simulated; move the file out of the data set")
        return
    found.expected.add(file)
    if not file.is_file():
        if any(part.frames for part in history.film if part.person == "partner"):
            found.add("truth", file, "the true faces of the simulated partner are missing; restore them from a copy")
    elif not _verify_hash(file, found):
        found.note(f"{history.place.label}: {PARTNER_FILE} has no hash; it was not compared")


def _verify_hash(file: Path, found: Verification) -> bool:
    """Compare a file with its hash; return False if it has none, as after a kill."""
    sums = file.with_suffix(".sha256")
    if not sums.is_file():
        return False
    found.expected.add(sums)
    if sums.read_text(encoding="utf-8", errors="replace") != f"{found.sha256(file)}  {file.name}\n":
        found.add("truth", file, f"it does not have the hash in {sums.name}; {COMPARE}")
    return True


def _fault(history: History, segments: list[StretchOfSession]) -> str:
    """Return the first disagreement with the journal; empty if there is none."""
    position, latest, latest_s = 0, -1, float("-inf")
    seen: set[int] = set()
    with (history.place.source / FILE).open(encoding="utf-8", errors="replace") as lines:
        for number, text in enumerate(lines, start=1):
            try:
                line = json.loads(text)
                index, time_s = int(line["index"]), float(line["time_s"])
                dict(line["units"])
            except (ValueError, KeyError, TypeError):
                if text.endswith("\n"):
                    return f"line {number} is damaged"
                continue
            if index <= latest and position + 1 < len(segments):  # a resumed session counts from 0 again
                position, latest_s, seen = position + 1, float("-inf"), set()
            elif index <= latest or time_s < latest_s:
                return f"line {number}: frame {index} is not later than the one before it"
            listed_s = segments[position].camera.get(index)
            if listed_s is not None and abs(listed_s - time_s) > ROUNDING_S:
                return f"line {number}: frame {index} has the time {time_s:.6f} s, in the journal {listed_s:.6f} s"
            seen.add(index)
            latest, latest_s = index, time_s
    if segments[position].is_closed and (missing := sorted(set(segments[position].camera) - seen)):
        return f"it lacks frame {missing[0]}, which the journal has"
    return ""
