"""Arrows of hints: at the right part of the face, in the direction of the movement, on the right side."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.face.arrays import FloatArray
from analysis.face.fitting.landmark_basis import landmark_rows
from analysis.face.models.registry import load_model
from experiment.feedback.hint_arrows import Arrow, draw_arrows, hint_arrows, landmark_motions, places_of
from experiment.feedback.hint_forecast import LITTLE, SOME, Hint, possible_hints

MODEL = load_model()
NAMES = MODEL.bases["units"].names
MOTIONS = dict(zip(NAMES, landmark_motions(MODEL), strict=True))
HINTS = {(hint.movement, hint.side, hint.amount): hint for hint in possible_hints(NAMES)}
SIZE_PX = (640, 480)
NOSE, MOUTH_LEFT, MOUTH_RIGHT = 30, 54, 48


def points(*, roll_deg: float = 0.0) -> FloatArray:
    """Landmarks of the mean face in the middle of a picture of 640 x 480, 1 px a millimetre."""
    rows = landmark_rows(MODEL, "units")
    px = np.zeros((68, 2))
    px[rows.landmarks] = rows.mean[:2].T * (1.0, -1.0)
    px -= px[NOSE]
    cos, sin = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    turned: FloatArray = px @ np.array([[cos, -sin], [sin, cos]]).T + (320.0, 240.0)
    return turned


def arrows(movement: str, side: str = "", amount: float = SOME, *, roll_deg: float = 0.0) -> tuple[Arrow, ...]:
    return hint_arrows(HINTS[movement, side, amount], MOTIONS, places_of(points(roll_deg=roll_deg), SIZE_PX))


def way(arrow: Arrow) -> FloatArray:
    return np.subtract(arrow.end, arrow.start)


def test_a_smile_has_an_arrow_from_each_mouth_corner_upwards_and_outwards() -> None:
    left, right = arrows("mouthSmile")
    places = places_of(points(), SIZE_PX)

    assert left.start == pytest.approx(places[MOUTH_LEFT], abs=0.03)
    assert right.start == pytest.approx(places[MOUTH_RIGHT], abs=0.03)
    assert way(left)[1] < 0 > way(right)[1]
    assert way(left)[0] > 0 > way(right)[0]


def test_a_hint_for_one_side_has_one_arrow_on_the_trainees_own_side() -> None:
    """The camera's picture is not mirrored: the trainee's left is at its right. The screen mirrors both."""
    (left,) = arrows("mouthSmile", "left")
    (right,) = arrows("mouthSmile", "right")

    assert left.start[0] > 0 > right.start[0]


def test_less_of_a_movement_is_the_opposite_direction() -> None:
    more, less = arrows("mouthSmile", "left")[0], arrows("mouthSmile", "left", -SOME)[0]

    assert way(less) == pytest.approx(-way(more))


def test_arrows_turn_with_the_head() -> None:
    upright, turned = way(arrows("mouthSmile", "left")[0]), way(arrows("mouthSmile", "left", roll_deg=30.0)[0])
    angle = np.degrees(np.arctan2(turned[1], turned[0]) - np.arctan2(upright[1], upright[0]))

    assert angle == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize(
    ("movement", "count", "lowest", "highest"),
    [("jawOpen", 1, 48, 67), ("browInnerUp", 2, 17, 26), ("noseSneer", 2, 27, 35), ("mouthLeft", 1, 48, 67)],
)
def test_arrows_are_at_the_part_of_the_face_that_the_hint_names(
    movement: str, count: int, lowest: int, highest: int
) -> None:
    found, places = arrows(movement), places_of(points(), SIZE_PX)
    nearest = [int(np.argmin(np.linalg.norm(places - one.start, axis=1))) for one in found]

    assert len(found) == count
    assert all(lowest <= landmark <= highest for landmark in nearest)


def test_arrows_towards_each_other_end_at_the_mouth_corners() -> None:
    first, other = sorted(arrows("mouthPucker"), key=lambda arrow: arrow.start[0])

    assert first.start[0] < first.end[0] < other.end[0] < other.start[0]


def test_a_little_is_shorter() -> None:
    long, short = (np.linalg.norm(way(arrows("jawOpen", "", amount)[0])) for amount in (SOME, LITTLE))

    assert short < 0.8 * long


@pytest.mark.parametrize("hint", [hint for hint in HINTS.values() if abs(hint.amount) == SOME], ids=str)
def test_every_hint_has_one_or_two_arrows_within_the_face(hint: Hint) -> None:
    places = places_of(points(), SIZE_PX)
    found = hint_arrows(hint, MOTIONS, places)

    assert 1 <= len(found) <= 2
    for arrow in found:
        assert np.abs(np.array([arrow.start, arrow.end])).max() < 1.3 * np.abs(places).max()


def test_an_arrow_is_drawn_into_a_copy_of_the_picture_at_its_place() -> None:
    """Also into the middle of the picture, which is what the mirror shows."""
    arrow = Arrow((0.1, 0.0), (0.1, -0.2), 0.3)
    for width in (640, 384):
        grey = np.full((480, width, 3), 100, np.uint8)
        drawn = draw_arrows(grey, (arrow,))
        rows, columns = np.nonzero((drawn != grey).any(axis=2))

        assert (grey == 100).all()
        assert (columns.min() + columns.max()) / 2.0 == pytest.approx(width / 2.0 + 48.0, abs=1.5)
        assert (rows.min(), rows.max()) == pytest.approx((240.0 - 96.0, 240.0), abs=6.0)
        assert tuple(drawn[220, width // 2 + 48]) == (255, 213, 79)


def test_without_arrows_the_picture_is_the_same_object() -> None:
    grey = np.full((48, 64, 3), 100, np.uint8)

    assert draw_arrows(grey, ()) is grey
