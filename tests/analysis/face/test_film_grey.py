"""Grey values of films and of the pictures they are compared with."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from analysis.face.arrays import ImageArray
from analysis.face.clips import film_frames, film_index
from analysis.face.film_grey import Luma, grey_of_frame, grey_of_picture, luma_of

COLOURS = np.array([[200, 60, 60], [60, 200, 60], [60, 60, 200], [230, 170, 140], [0, 0, 0], [255, 255, 255]], np.uint8)


def patches() -> ImageArray:
    """Six plain colours side by side, 16 px each."""
    return np.repeat(np.repeat(COLOURS[None], 16, axis=1), 32, axis=0)


def write_film(path: Path, *, matrix: str, number: int, pixels: str, rotation: int = 0) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.height, stream.width = patches().shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.colorspace = number
        for _ in range(2):
            frame = av.VideoFrame.from_ndarray(patches(), format="rgb24")
            container.mux(stream.encode(frame.reformat(format=pixels, dst_colorspace=matrix)))
        container.mux(stream.encode())


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv444p10le"])
@pytest.mark.parametrize(("matrix", "number", "luma"), [("ITU709", 1, "bt709"), ("ITU601", 2, "bt601")])
def test_a_film_has_the_grey_values_of_its_pictures(
    tmp_path: Path, matrix: str, number: int, luma: Luma, pixels: str
) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, matrix=matrix, number=number, pixels=pixels)
    expected = grey_of_picture(patches(), luma).astype(int)

    assert film_index(film).luma == luma
    frames = dict(film_frames(film, first=0, stop=2))
    assert sorted(frames) == [0, 1]
    assert np.abs(frames[1][:, 8::16] - expected[:, 8::16]).max() <= 2
    with av.open(str(film)) as container:
        decoded = next(container.decode(video=0))
        assert luma_of(decoded) == luma
        assert_array_equal(grey_of_frame(decoded), frames[0])


def test_the_standards_weight_colours_differently_and_grey_alike() -> None:
    older, newer = (grey_of_picture(patches(), luma)[0, 8::16] for luma in ("bt601", "bt709"))
    assert older.tolist() == [102, 142, 76, 185, 0, 255]
    assert newer.tolist() == [90, 160, 70, 181, 0, 255]
    assert_array_equal(grey_of_picture(np.asarray(patches()[..., 0]), "bt601"), patches()[..., 0])
