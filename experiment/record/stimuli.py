"""The target pictures a session shows, copied into ``stimuli/`` with their SHA-256, and checked when it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiment.record.errors import RecordError
from experiment.record.files import digest, record_errors, replace_file, sha256_of
from experiment.record.layout import file_name
from experiment.record.values import Stimulus

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class StoredStimulus:
    """A target face as it lies in the data set; paths are relative to ``stimuli/``."""

    name: str
    expression: str
    image: str
    sha256: str
    neutral: str | None
    neutral_sha256: str | None
    blend: Mapping[str, float]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> StoredStimulus:
        """As written by `dataclasses.asdict`."""
        return cls(**value)


def store_stimuli(stimuli: tuple[Stimulus, ...], dataset: Path) -> tuple[StoredStimulus, ...]:
    """Copy the pictures; one that is there already is not written again.

    Two different pictures of one file name are both kept: the later one gets the start of its hash into its name.
    """
    named = dict.fromkeys(p for stimulus in stimuli for p in (stimulus.image, stimulus.neutral) if p is not None)
    copied = {picture: _copy(picture, dataset) for picture in named}
    stored = []
    for stimulus in stimuli:
        image, image_sha = copied[stimulus.image]
        neutral, neutral_sha = copied[stimulus.neutral] if stimulus.neutral else (None, None)
        stored.append(
            StoredStimulus(
                stimulus.name, stimulus.expression, image, image_sha, neutral, neutral_sha, dict(stimulus.blend)
            )
        )
    _write_sums(dataset)
    return tuple(stored)


def check_stimuli(stored: tuple[StoredStimulus, ...], dataset: Path) -> None:
    """Compare the pictures in the data set with their hashes.

    Raises
    ------
    RecordError
        Naming the first picture that is missing or changed.
    """
    for stimulus in stored:
        for name, sha256 in ((stimulus.image, stimulus.sha256), (stimulus.neutral, stimulus.neutral_sha256)):
            if name is None:
                continue
            path = dataset / "stimuli" / name
            if not path.is_file():
                raise RecordError(f"the target picture {path} is missing; put it back before going on")
            if sha256_of(path) != sha256:
                raise RecordError(f"the target picture {path} is not the one this session began with; restore it")


def _copy(picture: Path, dataset: Path) -> tuple[str, str]:
    with record_errors("read", picture):
        content = picture.read_bytes()
    sha256 = digest(content)
    name = file_name(picture.stem) + picture.suffix.lower()
    target = dataset / "stimuli" / name
    if target.is_file() and sha256_of(target) != sha256:
        target = target.with_name(f"{file_name(picture.stem)}-{sha256[:8]}{picture.suffix.lower()}")
    with record_errors("write", target):
        replace_file(target, content, inside=dataset)
    return target.name, sha256


def _write_sums(dataset: Path) -> None:
    """``stimuli/SHA256SUMS``, as ``sha256sum -c`` reads it."""
    folder = dataset / "stimuli"
    if not folder.is_dir():
        return
    pictures = sorted(p for p in folder.iterdir() if p.is_file() and p.name != SUMS and not p.name.startswith("."))
    with record_errors("write", folder / SUMS):
        replace_file(folder / SUMS, "".join(f"{sha256_of(p)}  {p.name}\n" for p in pictures).encode(), inside=dataset)
