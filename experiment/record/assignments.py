"""How participants came into their groups, in the first lines of the journals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.protocol.plan import Assignment
from experiment.record.journal_lines import SessionStart
from experiment.record.layout import recorded_sessions


@dataclass(frozen=True, slots=True)
class RecordedAssignment:
    """The groups of a participant with a recorded session."""

    participant: str
    task: str
    seed: int
    groups: Mapping[str, str]
    assignment: Assignment | None
    """None: by number."""


def assignment_json(assignment: Assignment | None) -> dict[str, Any] | None:
    """Return an assignment for the first line of a journal, without the groups."""
    if assignment is None:
        return None
    return {
        "by": assignment.by,
        "rank": assignment.rank,
        "strata": dict(assignment.strata),
        "slot": assignment.slot,
    }


def assignment_from_json(value: Mapping[str, Any] | None, groups: Mapping[str, str]) -> Assignment | None:
    """Return the assignment of the first line of a journal, given its groups."""
    if value is None:
        return None
    return Assignment(dict(groups), int(value["rank"]), value["by"], dict(value["strata"]), value["slot"])


def strata_of(value: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the strata of an assignment as JSON."""
    return {} if value is None else {str(name): str(level) for name, level in value.get("strata", {}).items()}


def recorded_assignments(dataset: Path) -> Iterator[RecordedAssignment]:
    """Yield the groups of every recorded session, the earliest first.

    Pilot sessions are left out.
    """
    starts = []
    for place in recorded_sessions(dataset) if dataset.is_dir() else ():
        try:
            start = SessionStart.from_json(json.loads(place.first_line)["data"])
            assignment = assignment_from_json(start.assignment, start.groups)
        except (ValueError, KeyError, TypeError):
            continue  # everything that reads a damaged journal reports it
        if not start.pilot:
            known = RecordedAssignment(place.participant, start.task, start.seed, start.groups, assignment)
            starts.append((start.setting.wall_s, place.label, known))
    yield from (known for _, _, known in sorted(starts, key=lambda one: one[:2]))
