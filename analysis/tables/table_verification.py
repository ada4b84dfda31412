"""Compare tables with the record: frames, trials, and hashes of the files."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from analysis.paths import ANALYSIS_PROGRAM
from analysis.tables.kept_fits import kept_fits_fault
from analysis.tables.output_files import derivatives
from analysis.tables.picture_landmarks import NO_HASH, landmark_file_fault, landmark_fingerprint
from analysis.tables.table_text import file_stem
from experiment.record.encryption import has_private_key, is_encrypted
from experiment.record.history import History
from experiment.record.journal import read_journal
from experiment.record.provenance import commit
from experiment.record.verification import Verification
from experiment.record.verification.findings import COMPARE

REMEDY = f"run `{ANALYSIS_PROGRAM} tables` again"
LANDMARKS = "delete it; the next command that measures faces writes it again"


def verify_tables(history: History, found: Verification) -> None:
    """Compare all tables of a session with the record.

    Parameters
    ----------
    history : History
        The session.
    found : Verification
        Takes the differences.
    """
    start, place = history.start, history.place
    folder = derivatives(place.dataset) / "tables"
    stem = file_stem(place.participant, place.session, start.task)
    files = sorted(folder.glob(f"{stem}_metric-*_table.json"))
    lines = read_journal(place.journal).hashes if files else ()
    for file in files:
        try:
            about = json.loads(file.read_text("utf-8"))
            sources = dict(about["provenance"])
            pictures = dict(sources["pictures"])
        except (OSError, ValueError, KeyError, TypeError):
            found.add("tables", file, f"the description of the table cannot be read; {REMEDY}")
            continue
        _verify_anchor(sources, file, place.journal, lines, found=found)
        for message in _differing(about, sources, pictures, found):
            found.add("tables", file, f"{message}; {REMEDY}")
        made_by = sources.get("program", {}).get("commit")
        if made_by != commit():
            found.note(f"{place.label}: its tables were made by version {made_by} of the program, this is {commit()}")
    _verify_trials(history, folder, stem, found=found)


def _verify_anchor(
    sources: Mapping[str, Any], file: Path, journal: Path, now: Sequence[str], *, found: Verification
) -> None:
    """Compare the journal with the hash that the table has of its last line."""
    then = sources.get("journal")
    if not isinstance(then, dict):
        return
    lines = then.get("lines")
    if not isinstance(lines, int) or lines < 1 or lines > len(now):
        message = (
            f"it had {lines} lines when {file.name} was made and has {len(now)} now: its end was removed, or the "
            "table was changed"
        )
        found.add("journal", journal, f"{message}; {COMPARE}")
    elif now[lines - 1] != then.get("sha256"):
        message = f"its first {lines} lines are not those of which {file.name} was made (SHA-256)"
        found.add("journal", journal, f"{message}; {COMPARE}")


def _differing(
    about: Mapping[str, Any], sources: Mapping[str, Any], pictures: Mapping[str, str], found: Verification
) -> Iterator[str]:
    """Yield what differs between a table and what it was made of."""
    dataset = found.dataset
    for picture, sha256 in pictures.items():
        now = found.sha256(dataset / picture)
        if now != sha256:
            yield f"{picture} is {'missing' if now is None else 'another picture'} than when the table was made"
    yield from _differing_landmarks(sources, found)
    if sources.get("landmarks") != landmark_fingerprint():
        yield "another version of the landmark detector made it"
    for name, sha256 in about.get("files", {}).items():
        if found.sha256(derivatives(dataset) / "tables" / name) != sha256:
            yield f"{name} was changed after it was made"


def _differing_landmarks(sources: Mapping[str, Any], found: Verification) -> Iterator[str]:
    """Yield the files of kept landmarks that are not those that a table was made of.

    A file that is missing changes no number: the next command detects the landmarks again.
    """
    for name, sha256 in dict(sources.get("landmark_files", {})).items():
        now = found.sha256(derivatives(found.dataset) / name)
        if now is not None and now != sha256:
            yield f"{name} has other landmarks than when the table was made"


def verify_landmarks(dataset: Path, found: Verification) -> None:
    """Check every file of kept landmarks of a data set.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    found : Verification
        Takes the differences.
    """
    earlier = 0
    for file in sorted(derivatives(dataset).glob("**/landmarks/*.json")):
        fault = landmark_file_fault(file)
        if fault == NO_HASH:
            earlier += 1
        elif fault:
            found.add("landmarks", file, f"{fault}; {LANDMARKS}")
    if earlier:
        found.note(f"{earlier} files of landmarks are of an earlier version; they are not used any more")


def verify_fits(dataset: Path, found: Verification) -> None:
    """Check every file of kept fits of a data set.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    found : Verification
        Takes the differences.
    """
    closed = 0
    for file in sorted(derivatives(dataset).glob("**/fits/*.npz*")):
        if is_encrypted(file) and not has_private_key():
            closed += 1
        elif fault := kept_fits_fault(file):
            found.add("fits", file, f"{fault}; {LANDMARKS}")
    if closed:
        found.note(f"{closed} files of fits are encrypted; give --key to compare them")


def _verify_trials(history: History, folder: Path, stem: str, *, found: Verification) -> None:
    """Compare the trials of the scores with those of the journal."""
    scores = folder / f"{stem}_scores.csv"
    if not scores.is_file():
        return
    scored = {row.get("trial_id", "") for row in _rows(scores)}
    excluded = {row.get("what", "").removeprefix("trial ") for row in _rows(folder / f"{stem}_exclusions.csv")}
    recorded = {trial.id for trial in history.trials if trial.kind == "experiment" and trial.key_frame is not None}
    if unknown := sorted(scored - {trial.id for trial in history.trials}):
        found.add("tables", scores, f"the journal has no trial {', '.join(unknown)}; {REMEDY}")
    if excluded_since := sorted(one for one in scored if one and history.exclusion_of(one) is not None):
        shown = f"{scores.relative_to(found.dataset).as_posix()}: made before the trials were excluded by hand"
        found.note(f"{shown} ({', '.join(excluded_since)}); run `tables` again")
    if lacking := sorted(recorded - scored - excluded):
        found.add("tables", scores, f"it lacks the trials {', '.join(lacking)} of the journal; {REMEDY}")


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))
