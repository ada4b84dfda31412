"""A contact sheet of drawn frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from experiment.simulation.study.detection import draw_frame

COLUMNS, TILE_PX = 8, (240, 180)


def contact_sheet(numbers: Sequence[int], file: Path, *, seed: int = 0) -> None:
    """Draw frames again, smaller, eight a row.

    Parameters
    ----------
    numbers : sequence of int
        Numbers of the frames.
    file : Path
        The picture to write.
    seed : int
        Seed of the frames.
    """
    width, height = TILE_PX
    rows = -(-len(numbers) // COLUMNS)
    sheet = np.zeros((rows * height, COLUMNS * width, 3), dtype=np.uint8)
    for place, number in enumerate(numbers):
        _, image, _ = draw_frame(number, seed=seed)
        row, column = divmod(place, COLUMNS)
        tile = cv2.resize(image, TILE_PX, interpolation=cv2.INTER_AREA)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), sheet[:, :, ::-1])
