"""Search the pictures of targets for a face that can be measured.

The result is kept in the user's cache under the hash of the picture, so that the next check does not load the detector.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from analysis.paths import cache_folder
from experiment.protocol.language.problems import Problem
from experiment.protocol.load import Protocol

GOOD = "good"
"""What the cache has for a picture with a face that can be measured."""
VERSION = 1
"""Of the search; results of another version are not used."""


def find_faceless_targets(protocol: Protocol, folder: Path | None = None) -> Iterator[Problem]:
    """Yield a warning for every target picture without a face that can be measured.

    Parameters
    ----------
    protocol
        A protocol without errors.
    folder
        Folder of the results; by default the user's cache.
    """
    background = protocol.content.display.background
    seen: set[Path] = set()
    for (name, key), (place, line) in protocol.picture_places.items():
        picture = getattr(protocol.content.targets[name], key)
        if picture in seen:
            continue
        seen.add(picture)
        message = _fault_of(picture, background, folder or cache_folder("target-faces"))
        if message:
            yield Problem(place, f"`{picture.name}` of target `{name}`: {message}", "warning", line)


def _fault_of(picture: Path, background: str, folder: Path) -> str:
    """Return why the face of a picture cannot be measured; empty if it can."""
    from experiment.record.files import sha256_of

    with suppress(OSError):
        kept = folder / f"{sha256_of(picture)}-{background.strip('#')}-{VERSION}.txt"
        with suppress(OSError, UnicodeDecodeError):
            found = kept.read_text("utf-8").removesuffix("\n")
            return "" if found == GOOD else found
        message = _search(picture, background)
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            unfinished = kept.with_name(f"{kept.name}.{os.getpid()}.tmp")
            unfinished.write_text(f"{message or GOOD}\n", "utf-8")
            unfinished.replace(kept)
        return message
    return ""


def _search(picture: Path, background: str) -> str:
    from analysis.face.measurement import Exclusion, Picture, detect_face

    found = detect_face(Picture(picture, "target", background))
    if not isinstance(found, Exclusion):
        return ""
    if found.reason == "no-face":
        return "no face is found in this picture, so imitations of it cannot be measured"
    return found.short_message
