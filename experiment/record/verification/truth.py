"""Compare the true faces of a simulated participant with the journal."""

from __future__ import annotations

import json

from experiment.record.history import History
from experiment.record.verification.findings import COMPARE, Verification
from experiment.record.verification.segments import StretchOfSession

FILE = "truth.jsonl"
SUMS = "truth.sha256"
_ROUNDING_S = 2e-6


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
    _verify_hash(history, found)


def _verify_hash(history: History, found: Verification) -> None:
    """Compare the file with its hash; a killed simulation has none."""
    file, sums = history.place.source / FILE, history.place.source / SUMS
    if not sums.is_file():
        found.note(f"{history.place.label}: {FILE} has no hash; its frames and times were compared, its units were not")
        return
    found.expected.add(sums)
    if sums.read_text(encoding="utf-8", errors="replace") != f"{found.sha256(file)}  {FILE}\n":
        found.add("truth", file, f"it does not have the hash in {SUMS}; {COMPARE}")


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
            if listed_s is not None and abs(listed_s - time_s) > _ROUNDING_S:
                return f"line {number}: frame {index} has the time {time_s:.6f} s, in the journal {listed_s:.6f} s"
            seen.add(index)
            latest, latest_s = index, time_s
    if segments[position].is_closed and (missing := sorted(set(segments[position].camera) - seen)):
        return f"it lacks frame {missing[0]}, which the journal has"
    return ""
