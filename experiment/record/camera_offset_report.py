"""What ``timing`` reports about the offsets of the cameras of a session."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis.paths import LABORATORY_PROGRAM
from experiment.record.camera_offset import CameraOffset, cameras_of, difference_s, recorded_offsets
from experiment.record.history import History
from experiment.record.layout import FilmedPerson

NAMES: Mapping[FilmedPerson, str] = {"participant": "camera", "partner": "camera of the partner"}


@dataclass(frozen=True, slots=True)
class CameraUse:
    """One camera from a start or resumption on."""

    person: FilmedPerson
    is_device: bool
    """Whether it films the room; clips and simulated cameras have no offset."""
    command: str
    """Measures its offset."""
    offset: CameraOffset | None
    """None if it was not measured."""
    time_kinds: frozenset[str] = frozenset()
    """Sources of the time stamps of the kept frames; empty if they are not known."""


@dataclass(frozen=True, slots=True)
class CameraOffsets:
    """The cameras of a session, in the order of their use."""

    uses: tuple[CameraUse, ...]

    def of(self, person: FilmedPerson) -> CameraOffset | None:
        """Return the offset of a person's camera; None if there is none, or more than one."""
        found = {use.offset for use in self.uses if use.person == person}
        return found.pop() if len(found) == 1 else None

    def sentences(self) -> Iterator[str]:
        """Yield the offset of each camera, and the difference of the two."""
        for use in dict.fromkeys(self.uses):
            name = NAMES[use.person]
            if use.offset is not None:
                yield f"{name}: {_measured(use.offset)}"
                other = use.time_kinds - {use.offset.time_kind}
                if other:
                    yield (
                        f"warning: {name}: the offset was measured with times of the kind {use.offset.time_kind}, the "
                        f"frames have {', '.join(sorted(other))}: it does not hold for them"
                    )
            elif use.is_device:
                yield f"warning: {name}: its offset on the clock was not measured; measure it with `{use.command}`"
        own, partners = self.of("participant"), self.of("partner")
        if own is not None and partners is not None:
            offset_s, error_s = difference_s(partners, own)
            yield (
                f"camera of the partner minus camera: {1000 * offset_s:+.1f} ms, 95 % within {1000 * error_s:.1f} ms; "
                "subtract each offset before you compare the two films"
            )


def offsets_of(history: History) -> CameraOffsets:
    """Return the cameras of a session with their offsets.

    Raises
    ------
    RecordError
        If an offset in the journal is damaged.
    """
    protocol = shlex.quote(history.start.protocol.file)
    kinds = frozenset(trial.key_frame.time_kind for trial in history.trials if trial.key_frame is not None)
    uses = []
    for setting in (history.start.setting, *(line.setting for line in history.resumed)):
        offsets = recorded_offsets(setting.camera)
        for person, facts in cameras_of(setting.camera).items():
            spec = shlex.quote(str(facts.get("spec", "0")))
            command = f"{LABORATORY_PROGRAM} check camera-loop --camera {spec} --protocol {protocol}"
            own_kinds = kinds if person == "participant" else frozenset()
            uses.append(CameraUse(person, facts.get("kind") == "device", command, offsets.get(person), own_kinds))
    return CameraOffsets(tuple(uses))


def _measured(offset: CameraOffset) -> str:
    low, high = 1000 * offset.low_s, 1000 * offset.high_s
    return (
        f"its times are {1000 * offset.offset_s:.1f} ms after the flips that the frames show (95 % interval {low:.1f} "
        f"to {high:.1f} ms, measured {offset.measured_utc[:10]}); they are stored without correction"
    )
