"""Write drawn courses as clips, for other programs and for talks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av

from analysis.face.arrays import ImageArray
from analysis.face.clips import read_clip
from experiment.errors import ExperimentError
from experiment.protocol.plan import Target
from experiment.record.course_tables import course_description, course_table
from experiment.record.files import remedy

CRF = 10
"""Quality of the clips; the lossless frames are in the data set."""


def write_course_clips(targets: Sequence[Target], folder: Path) -> list[Path]:
    """Write each drawn course as ``NAME.mp4`` with its table; return the clips.

    Parameters
    ----------
    targets
        Targets with rendered frames; those that are not drawn courses are left out.
    folder
        Folder of the files.

    Raises
    ------
    ExperimentError
        If a file cannot be written.
    """
    clips = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for target in targets:
            if target.movement is None or target.motion is None:
                continue
            frames, starts = read_clip(target.motion.file).frames, target.movement.starts()
            course = target.movement.course
            lasting = [end - start for start, end in zip(starts, [*starts[1:], course.length], strict=True)]
            file = folder / f"{target.name}.mp4"
            write_mp4(
                file,
                [frame for frame, count in zip(frames, lasting, strict=True) for _ in range(count)],
                rate_hz=course.rate_hz,
            )
            (folder / f"{target.name}_course.tsv").write_bytes(course_table(target.movement))
            (folder / f"{target.name}_course.json").write_bytes(course_description(target.movement))
            clips.append(file)
    except OSError as error:
        raise ExperimentError(f"{folder}: the clips cannot be written there: {remedy(error, new=True)}") from error
    return clips


def write_mp4(file: Path, frames: Sequence[ImageArray], *, rate_hz: float) -> None:
    """Write frames of one rate as H.264, which every player can show.

    Parameters
    ----------
    file
        The clip.
    frames
        (H, W, 3) RGB frames of one size with an even height and width.
    rate_hz
        Frames per second.
    """
    height, width = frames[0].shape[:2]
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(str(rate_hz)).limit_denominator(1001))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(CRF), "preset": "medium"}
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
