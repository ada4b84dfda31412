"""Still pictures of clips: the apex and the face at rest, made once and cached.

Everything that needs one picture of a target uses them: tables that compare imitations with the target, the preview,
simulated participants.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from analysis.paths import cache_folder
from experiment.errors import ProtocolError
from experiment.lab.kept_files import is_kept, keep_picture
from experiment.protocol.planner import ClipMoments


def clip_stills(moments: ClipMoments, folder: Path | None = None) -> tuple[Path, Path | None]:
    """Return the pictures of a clip's apex and of its face at rest; make missing ones.

    Parameters
    ----------
    moments
        The clip and its moments. Without a time of the apex, the clip is measured.
    folder
        Folder of the pictures; by default the user's cache.

    Raises
    ------
    ProtocolError
        If the clip cannot be read, or the apex is not given and no face is found.
    """
    from analysis.face.clips import clip_facts
    from analysis.face.errors import AnalysisError

    try:
        place = (folder or cache_folder("clip-stills")) / _version(moments)
        facts = clip_facts(moments.file)
        apex = _measured_apex(moments) if moments.apex_s is None else facts.index_at(moments.apex_s)
        at_rest = moments.neutral
        if isinstance(at_rest, float):
            at_rest = _still(moments, facts.index_at(at_rest), place, "rest")
        return _still(moments, apex, place, "apex"), at_rest
    except AnalysisError as error:
        raise ProtocolError(f"{error}; or write the moment of the strongest expression: `apex: {{at: 1 s}}`") from error
    except OSError as error:
        raise ProtocolError(f"{error.filename}: pictures of clips cannot be kept there ({error.strerror})") from error


def locate_stills(moments: ClipMoments, folder: Path | None = None) -> tuple[Path, Path | None]:
    """Return where the pictures of a clip would be, without reading it.

    For plans whose pictures are not looked at.

    Parameters
    ----------
    moments
        The clip and its moments.
    folder
        Folder of the pictures; by default the user's cache.
    """
    place = (folder or cache_folder("clip-stills")) / "unread" / moments.file.stem
    return place.with_suffix(".png"), moments.neutral if isinstance(moments.neutral, Path) else None


def _version(moments: ClipMoments) -> str:
    """Return a name for the content of a clip, what reads it, and the background."""
    from analysis.face.clip_faces import clip_fingerprint

    content = hashlib.sha256(moments.file.read_bytes()).hexdigest()
    return hashlib.sha256(f"{content}\0{moments.background}\0{clip_fingerprint()}".encode()).hexdigest()[:16]


def _measured_apex(moments: ClipMoments) -> int:
    """Return the index of the frame that differs most from the face at rest."""
    from analysis.face.clip_faces import measure_clip
    from analysis.face.models.registry import load_model
    from analysis.terminal import progress

    faces = measure_clip(
        moments.file, load_model(), neutral=moments.neutral, background=moments.background, progress=progress
    )
    return faces.apex


def _still(moments: ClipMoments, index: int, place: Path, name: str) -> Path:
    """Return the picture of one frame; an interrupted run leaves no partial file."""
    file = place / f"{moments.file.stem}_{name}-{index:04d}.png"
    if is_kept(file):
        return file
    from analysis.face.clips import read_clip_frame

    place.mkdir(parents=True, exist_ok=True)
    keep_picture(file, read_clip_frame(moments.file, index, background=moments.background))
    return file
