"""Compare codecs for film: effect on the measured face, size and processor time.

Photographs and drawn faces become clips of 1280x720 with a slow movement and the noise of a webcam. Every clip is
encoded and decoded; the faces of some frames are measured before and after. The floor is the difference that a second
draw of the noise makes without any codec.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from analysis.face.appearance.change import appearance_of
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.errors import FaceError
from analysis.face.fitting.fit import calibrate_identity, fit_expression
from analysis.face.fitting.fitted_face import INTENSITY_RIDGE, SCORE_RIDGE, FitSettings, Identity
from analysis.face.images import read_image
from analysis.face.landmarks.detector import LandmarkDetector
from analysis.face.landmarks.landmarks import Landmarks
from analysis.face.models.model import FaceModel
from analysis.face.models.registry import load_model

SIZE_PX = (1280, 720)
RATE_HZ = 30
NOISE = 3.0
"""Standard deviation of the noise, in grey values."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One way to encode a film."""

    name: str
    encoder: str
    pixels: str
    options: dict[str, str] = field(default_factory=dict)


def _x264(crf: int, preset: str, pixels: str = "yuv420p") -> Codec:
    colour = "" if pixels == "yuv420p" else " 4:4:4"
    options = {"crf": str(crf), "preset": preset, "tune": "zerolatency", "g": "30", "threads": "1"}
    return Codec(f"H.264 crf {crf} {preset}{colour}", "libx264", pixels, options)


CODECS = (
    *(_x264(crf, "ultrafast") for crf in (12, 16, 18, 20, 23, 28)),
    *(_x264(crf, "superfast") for crf in (16, 18, 20, 23)),
    _x264(18, "veryfast"),
    _x264(18, "superfast", "yuv444p"),
    Codec("MJPEG q 2", "mjpeg", "yuvj420p", {"qmin": "2", "qmax": "2", "threads": "1"}),
    Codec("MJPEG q 5", "mjpeg", "yuvj420p", {"qmin": "5", "qmax": "5", "threads": "1"}),
    Codec(
        "VP8 realtime 8 Mbit/s",
        "libvpx",
        "yuv420p",
        {"deadline": "realtime", "cpu-used": "8", "b": "8000000", "g": "30", "threads": "1"},
    ),
    Codec("FFV1 (lossless)", "ffv1", "bgr0", {"level": "3", "g": "1", "threads": "1"}),
)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """What is measured in one frame."""

    landmarks_px: FloatArray
    units: FloatArray
    appearance: FloatArray


@dataclass(slots=True)
class Comparison:
    """Differences between frames before and after a codec."""

    landmarks_px: list[float] = field(default_factory=list)
    """Root mean square over the 68 landmarks."""
    units: list[float] = field(default_factory=list)
    """Largest difference of a unit's intensity."""
    appearance: list[float] = field(default_factory=list)
    """Correlation of the descriptors of appearance."""
    megabytes: list[float] = field(default_factory=list)
    """A minute."""
    encode_ms: list[float] = field(default_factory=list)
    """Processor time a frame, with the conversion from RGB."""
    failed: int = 0
    """Faces found before and not after."""

    def add(self, before: Face, after: Face | None) -> None:
        """Add one pair of faces."""
        if after is None:
            self.failed += 1
            return
        self.landmarks_px.append(float(np.sqrt(np.mean(np.sum((before.landmarks_px - after.landmarks_px) ** 2, 1)))))
        self.units.append(float(np.abs(before.units - after.units).max()))
        flat = (before.appearance.ravel(), after.appearance.ravel())
        use = np.isfinite(flat[0]) & np.isfinite(flat[1])
        self.appearance.append(float(np.corrcoef(flat[0][use], flat[1][use])[0, 1]))


class Measurer:
    """Measures faces against the neutral face of the same clip."""

    def __init__(self) -> None:
        self._model: FaceModel = load_model()
        self._detector = LandmarkDetector(boxes=3)

    def identity(self, images: Sequence[ImageArray]) -> Identity:
        """Return the identity of a person from frames.

        Parameters
        ----------
        images : sequence of (H, W, 3) uint8 arrays
            Frames of the face at rest.
        """
        return calibrate_identity([self._detector.detect(image) for image in images], self._model)

    def face(self, image: ImageArray, identity: Identity) -> Face | None:
        """Measure one frame; None without a face.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            The frame.
        identity : Identity
            Of the person.
        """
        try:
            landmarks: Landmarks = self._detector.detect(image)
            basis = self._model.finest_basis
            strong = fit_expression(
                landmarks, self._model, identity, basis=basis, settings=FitSettings(ridge=SCORE_RIDGE)
            )
            weak = fit_expression(
                landmarks,
                self._model,
                identity,
                basis=basis,
                settings=FitSettings(ridge=INTENSITY_RIDGE),
                start=strong,
            )
        except FaceError:
            return None
        return Face(landmarks.points_px, weak.expression, appearance_of(image, strong, self._model))


def clip(photograph: ImageArray, *, frames: int, rng: np.random.Generator) -> Iterator[ImageArray]:
    """Yield frames of a photograph that moves slowly, with noise.

    Parameters
    ----------
    photograph : (H, W, 3) uint8 array
        The picture.
    frames : int
        Number of frames.
    rng : Generator
        For the noise.
    """
    width, height = SIZE_PX
    scale = height / photograph.shape[0]
    left = (width - scale * photograph.shape[1]) / 2
    for number in range(frames):
        phase = 2 * np.pi * number / 45
        move = np.array([[scale, 0, left + 3 * np.sin(phase)], [0, scale, 2 * np.cos(phase)]])
        image = cv2.warpAffine(photograph, move, SIZE_PX, flags=cv2.INTER_AREA, borderValue=(120, 120, 120))
        noise = rng.normal(scale=NOISE, size=(height, width, 1)).astype(np.float32)
        yield np.clip(image + noise, 0, 255).astype(np.uint8)


def encode(frames: Sequence[ImageArray], codec: Codec) -> tuple[bytes, float]:
    """Encode frames; return the film and the processor time in seconds.

    Parameters
    ----------
    frames : sequence of (H, W, 3) uint8 arrays
        RGB.
    codec : Codec
        How to encode.
    """
    target = io.BytesIO()
    began_s = time.process_time()
    with av.open(target, "w", format="matroska") as film:
        stream: Any = film.add_stream(codec.encoder, rate=RATE_HZ, options=dict(codec.options))
        stream.width, stream.height = SIZE_PX
        stream.pix_fmt = codec.pixels
        for image in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(stream.encode(None))
    return target.getvalue(), time.process_time() - began_s


def decode(film: bytes) -> list[ImageArray]:
    """Return all frames of a film, RGB."""
    container: Any
    with av.open(io.BytesIO(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def compare(photographs: Sequence[ImageArray], *, seconds: float = 2.0) -> dict[str, Comparison]:
    """Compare all codecs; the key ``no codec`` has the floor.

    Parameters
    ----------
    photographs : sequence of (H, W, 3) uint8 arrays
        Pictures with one face each.
    seconds : float
        Length of the clip of each.
    """
    measurer, found = Measurer(), {"no codec": Comparison()} | {codec.name: Comparison() for codec in CODECS}
    for photograph in photographs:
        count = round(seconds * RATE_HZ)
        frames = list(clip(photograph, frames=count, rng=np.random.default_rng(1)))
        again = list(clip(photograph, frames=count, rng=np.random.default_rng(2)))
        chosen = range(RATE_HZ // 2 - 1, count, RATE_HZ // 2)
        try:
            identity = measurer.identity([frames[number] for number in chosen])
        except FaceError:
            continue
        before = {number: face for number in chosen if (face := measurer.face(frames[number], identity)) is not None}
        for number, face in before.items():
            found["no codec"].add(face, measurer.face(again[number], identity))
        for codec in CODECS:
            film, cpu_s = encode(frames, codec)
            decoded = decode(film)
            one = found[codec.name]
            one.megabytes.append(len(film) / 1e6 * 60 / seconds)
            one.encode_ms.append(1000 * cpu_s / count)
            for number, face in before.items():
                one.add(face, measurer.face(decoded[number], identity))
    return found


def table(found: dict[str, Comparison]) -> list[str]:
    """Return the comparison as rows of a Markdown table."""
    rows = [
        "| codec | landmarks, px: median, 95 % | units: median, 95 % | appearance r: median, 5 % | MB/min | ms/frame |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        size = f"{np.median(one.megabytes):.0f}" if one.megabytes else "–"
        cpu = f"{np.median(one.encode_ms):.1f}" if one.encode_ms else "–"
        lost = f" ({one.failed} faces lost)" if one.failed else ""
        rows.append(
            f"| {name}{lost} | {np.median(one.landmarks_px):.2f}, {np.quantile(one.landmarks_px, 0.95):.2f} "
            f"| {np.median(one.units):.3f}, {np.quantile(one.units, 0.95):.3f} "
            f"| {np.median(one.appearance):.4f}, {np.quantile(one.appearance, 0.05):.4f} | {size} | {cpu} |"
        )
    return rows


def pictures(folder: Path, *, most: int) -> list[ImageArray]:
    """Return pictures of a folder, evenly chosen."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))
    chosen = [files[round(i)] for i in np.linspace(0, len(files) - 1, min(most, len(files)))]
    return [read_image(path) for path in chosen]


def main() -> int:
    """Print the table of the pictures in a folder."""
    parser = argparse.ArgumentParser(description="Compare codecs for film on pictures with one face each.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=8, help="largest number of pictures")
    given = parser.parse_args()
    print("\n".join(table(compare(pictures(given.folder, most=given.most)))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
