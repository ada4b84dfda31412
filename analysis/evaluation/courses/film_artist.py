"""Draw the frames of one film of a drawn person.

Drawing takes most of the time of the evaluation, so a head that is kept still moves ten times a second. Units and
blinks change in every frame. The pictures stay in memory.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import astuple, replace
from typing import Any

import av
import numpy as np

from analysis.evaluation.courses.conditions import DrawnFilm, FilmedPerson
from analysis.evaluation.courses.known_course import closure
from analysis.face.arrays import FloatArray, ImageArray
from analysis.face.models.emotions import without_side
from analysis.face.render.renderer import FaceRenderer
from analysis.face.render.scene import HeadPose
from analysis.face.render.sensor import SensorNoise
from analysis.face.synthetic.glasses import draw_glasses
from experiment.record.film.video import PRESET

_POSES_HZ = 10.0
_BLINK = "eyeBlink"


class FilmArtist:
    """Draws the frames of one film; a frame that only differs in noise is drawn once.

    Parameters
    ----------
    person : FilmedPerson
        The person.
    film : DrawnFilm
        The film.
    renderer : FaceRenderer
        Renderer of the person's face model.
    """

    def __init__(self, person: FilmedPerson, film: DrawnFilm, renderer: FaceRenderer) -> None:
        self._film, self._renderer = film, renderer
        self._units = [without_side(name) for name in renderer.model.bases["units"].names]
        self._rest = renderer.model.neutral(person.identity)
        sensor, optics = film.scene.sensor, film.scene.optics
        self._scene = replace(film.scene, sensor=replace(sensor, noise=0.0))
        self._noise = SensorNoise(sensor, optics.width_px, optics.height_px, seed=film.seed)
        self._state: bytes = b""
        self._picture: ImageArray | None = None

    def draw(self, number: int, time_s: float) -> ImageArray:
        """Return the (H, W, 3) picture of a frame.

        Parameters
        ----------
        number : int
            Number of the frame; selects the noise.
        time_s : float
            Time from the onset of the target.
        """
        strengths = np.array(self._strengths(time_s))
        change = self._film.sway.at(float(np.floor(time_s * _POSES_HZ)) / _POSES_HZ)
        state = strengths.tobytes() + change.tobytes()
        if self._picture is None or state != self._state:
            self._state, self._picture = state, self._clean(strengths, change.tolist())
        return self._noise.add(self._picture, number)

    def _clean(self, strengths: FloatArray, change: list[float]) -> ImageArray:
        pose = HeadPose(*(value + by for value, by in zip(astuple(self._scene.pose), change, strict=True)))
        scene = replace(self._scene, pose=pose)
        vertices = self._rest + self._renderer.model.displacement(strengths)
        picture = self._renderer.render(vertices, scene)
        if not self._film.glasses:
            return picture
        return draw_glasses(picture, self._rest[self._renderer.model.landmark_vertices], scene)

    def _strengths(self, time_s: float) -> list[float]:
        shown = {one.unit: one.at(time_s) for one in self._film.movements}
        shown[_BLINK] = closure(self._film.blinks_s, time_s)
        return [shown.get(unit, 0.0) for unit in self._units]


def compressed(images: Sequence[ImageArray], crf: int, rate_hz: float) -> list[ImageArray]:
    """Return pictures after H.264 with the encoder settings of a session's film.

    Parameters
    ----------
    images : sequence of (H, W, 3) uint8 array
        RGB.
    crf : int
        Quality, 0 best to 51.
    rate_hz : float
        Frame rate.
    """
    height, width = images[0].shape[:2]
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream: Any = container.add_stream(
            "libx264", rate=round(rate_hz), options={"crf": str(crf), "preset": PRESET, "tune": "zerolatency"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    file.seek(0)
    decoder: Any = av.open(file)
    with decoder:
        return [frame.to_ndarray(format="rgb24") for frame in decoder.decode(video=0)]
