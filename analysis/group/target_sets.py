"""Which sessions have the same targets.

Targets of one name can be different pictures: two protocols, or a protocol whose pictures were exchanged. Sessions are
analysed together only if their task is the same and no name stands for two pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from experiment.record.session_record import SessionRecord

Hashes = Mapping[str, tuple[str | None, ...]]
"""SHA-256 of picture, clip, sound and neutral face of each target."""


@dataclass(slots=True)
class TargetSets:
    """The sets of targets of a data set, numbered within each task."""

    sets: dict[str, list[dict[str, tuple[str | None, ...]]]] = field(default_factory=dict)

    def number(self, task: str, own: Hashes) -> int:
        """Return the number of the set of a session, from 1; a new one if no set agrees.

        Parameters
        ----------
        task : str
            The task of the session.
        own : mapping
            Result of `target_hashes`.
        """
        known = self.sets.setdefault(task, [])
        for number, targets in enumerate(known, start=1):
            if all(targets.get(name, value) == value for name, value in own.items()):
                targets.update(own)
                return number
        known.append(dict(own))
        return len(known)

    def warnings(self) -> list[str]:
        """Return a sentence for each task with several sets."""
        return [
            f"task {task}: the targets of some sessions have the same names as those of others and are other pictures; "
            f"the {len(found)} sets of targets are analysed apart (column target_set)"
            for task, found in self.sets.items()
            if len(found) > 1
        ]


def target_hashes(record: SessionRecord, shown: Iterable[str]) -> Hashes:
    """Return the hashes of the files of some targets."""
    return {name: _hashes(record, name) for name in shown}


def _hashes(record: SessionRecord, name: str) -> tuple[str | None, ...]:
    target = record.targets[name]
    neutral = None if target.neutral is None else record.hashes.get(target.neutral)
    return target.sha256, target.motion_sha256, target.sound_sha256, neutral
