"""The target pictures, clips and sounds of a session.

Copies in ``stimuli/`` with their SHA-256, checked when it is resumed.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from experiment.record.course_tables import course_description, course_table
from experiment.record.errors import RecordError
from experiment.record.files import digest, record_errors, replace_file, sha256_of
from experiment.record.journal_lines import SourceFile, StoredStimulus
from experiment.record.layout import file_name
from experiment.record.values import Stimulus

SUMS = "SHA256SUMS"


def store_stimuli(stimuli: tuple[Stimulus, ...], dataset: Path) -> tuple[StoredStimulus, ...]:
    """Copy the pictures, clips and sounds that are not in the data set yet.

    Two different files of one file name are both kept: the name of the later one ends in the start of its hash.

    Raises
    ------
    RecordError
        If a file cannot be read or written.
    """
    named = dict.fromkeys(file for stimulus in stimuli for file in stimulus.files)
    copied = {file: _copy(file, dataset) for file in named}
    stored = []
    for stimulus in stimuli:
        image, image_sha = copied[stimulus.image]
        neutral, neutral_sha = copied[stimulus.neutral] if stimulus.neutral else (None, None)
        motion, motion_sha = copied[stimulus.motion] if stimulus.motion else (None, None)
        sound, sound_sha = copied[stimulus.sound] if stimulus.sound else (None, None)
        stored.append(
            StoredStimulus(
                stimulus.name,
                stimulus.expression,
                image,
                image_sha,
                neutral,
                neutral_sha,
                dict(stimulus.blend),
                motion,
                motion_sha,
                units=dict(stimulus.units) or None,
                course=_course_files(stimulus, dataset),
                sound=sound,
                sound_sha256=sound_sha,
            )
        )
    _write_sums(dataset, {name for name, _ in copied.values()})
    return tuple(stored)


def check_stimuli(stored: tuple[StoredStimulus, ...], dataset: Path) -> None:
    """Compare the pictures, clips and sounds in the data set with their hashes.

    Raises
    ------
    RecordError
        If one is missing or changed; names the first one.
    """
    for stimulus in stored:
        for name, sha256 in stimulus.files.items():
            path, kind = dataset / "stimuli" / name, stimulus.kind_of(name)
            if not path.is_file():
                raise RecordError(f"the target {kind} {path} is missing; put it back before you resume")
            if sha256_of(path) != sha256:
                raise RecordError(f"the target {kind} {path} is not the one this session began with; restore it")


def _copy(picture: Path, dataset: Path) -> tuple[str, str]:
    with record_errors("read", picture):
        content = picture.read_bytes()
    return _put(picture.stem, picture.suffix.lower(), content, dataset)


def _put(stem: str, suffix: str, content: bytes, dataset: Path) -> tuple[str, str]:
    """Write a file into ``stimuli/``; return its name and SHA-256."""
    sha256 = digest(content)
    target = dataset / "stimuli" / (file_name(stem) + suffix)
    if _is_taken(target, sha256):
        target = target.with_name(f"{file_name(stem)}-{sha256[:8]}{suffix}")
    with record_errors("write", target):
        replace_file(target, content, inside=dataset)
    return target.name, sha256


def _course_files(stimulus: Stimulus, dataset: Path) -> tuple[SourceFile, ...]:
    """Write the table of a drawn course and its description."""
    if stimulus.movement is None:
        return ()
    table, sha256 = _put(f"{stimulus.name}_course", ".tsv", course_table(stimulus.movement), dataset)
    description = course_description(stimulus.movement)
    beside, own_sha256 = _put(Path(table).stem, ".json", description, dataset)
    return SourceFile("table", table, sha256), SourceFile("description", beside, own_sha256)


def _is_taken(target: Path, sha256: str) -> bool:
    """Return whether a file of this name, in any case, is another picture.

    ``Anger.png`` and ``anger.png`` are one file on Windows and macOS.
    """
    if target.is_file():
        return sha256_of(target) != sha256
    present = target.parent.iterdir() if target.parent.is_dir() else ()
    return any(other.name.lower() == target.name.lower() for other in present)


def _write_sums(dataset: Path, copied: Collection[str]) -> None:
    """Write ``stimuli/SHA256SUMS`` as ``sha256sum -c`` reads it.

    A file of an earlier session keeps its listed hash: if it was changed since, the list still says so.

    Parameters
    ----------
    dataset : Path
        The folder of the data set.
    copied : collection of str
        Names of the files of this session, which were compared.
    """
    folder = dataset / "stimuli"
    if not folder.is_dir():
        return
    pictures = sorted(p for p in folder.iterdir() if p.is_file() and p.name != SUMS and not p.name.startswith("."))
    with record_errors("write", folder / SUMS):
        listed = _listed(folder / SUMS)
        hashes = {
            p.name: sha256_of(p) if p.name in copied or p.name not in listed else listed[p.name] for p in pictures
        }
        lines = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items())
        replace_file(folder / SUMS, lines.encode(), inside=dataset)


def _listed(sums: Path) -> dict[str, str]:
    """Return the listed hash of each file; empty without a list."""
    if not sums.is_file():
        return {}
    lines = (line.partition("  ") for line in sums.read_text("utf-8", "replace").splitlines())
    return {name: sha256 for sha256, _, name in lines if name}
