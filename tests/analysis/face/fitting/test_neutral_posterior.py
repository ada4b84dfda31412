from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.face.fitting.camera import Pose, from_principal_point
from analysis.face.fitting.landmark_basis import LandmarkRows
from analysis.face.fitting.neutral_posterior import neutral_offsets, uncertain_axes
from analysis.face.fitting.residuals import View
from tests.analysis.face.toy import toy_pose


def test_offsets_move_a_landmark_to_where_it_was_detected(rows: LandmarkRows, rng: np.random.Generator) -> None:
    """In a frontal picture it is 2 mm higher than on the model; the jitter is much smaller."""
    pose = toy_pose(rng, yaw_deg=0.0)
    there = rows.mean.copy()
    there[1, 48] += 2.0
    view = View(from_principal_point(pose.project(there.T), (640, 480)), np.ones(68), pose, np.zeros(0))

    offsets = neutral_offsets([view], rows.mean, jitter_px=[0.05], spread_mm=3.0)

    assert offsets[1, 48] == pytest.approx(2.0, abs=0.4)  # the head is nodding: part of it may be depth
    assert np.abs(np.delete(offsets, 48, axis=1)).max() < 0.01


def test_a_frontal_picture_leaves_depth_uncertain(rows: LandmarkRows, rng: np.random.Generator) -> None:
    front = Pose(np.eye(3), np.array([0.0, 0.0, -600.0]), 704.0, (319.5, 239.5))
    turned = toy_pose(rng, yaw_deg=20.0)
    views = [View(np.zeros((2, 68)), np.ones(68), pose, np.zeros(0)) for pose in (front, turned)]

    one, both = (
        uncertain_axes(some, rows.identity, neutral_mm=rows.mean, noise_px=[0.5] * len(some), spread_mm=3.0, count=12)
        for some in (views[:1], views)
    )

    assert one.shape == (3, 68, 12)
    across, up, depth = np.sqrt((one**2).mean(axis=(1, 2)))
    assert depth > 5 * max(across, up)
    assert np.linalg.norm(both) < 0.6 * np.linalg.norm(one)


def test_uncertain_axes_are_standard_deviations_longest_first(rows: LandmarkRows) -> None:
    """Before any picture, and without people differing, each direction is uncertain by the spread."""
    axes = uncertain_axes([], 0.0 * rows.identity, neutral_mm=rows.mean, noise_px=[], spread_mm=3.0, count=4)
    assert_allclose(np.linalg.norm(axes.reshape(-1, 4), axis=0), 3.0)
    people = uncertain_axes([], rows.identity, neutral_mm=rows.mean, noise_px=[], spread_mm=0.1, count=4)
    lengths = np.linalg.svd(rows.identity.reshape(-1, 8), compute_uv=False)[:4]
    assert_allclose(np.linalg.norm(people.reshape(-1, 4), axis=0), np.hypot(lengths, 0.1), rtol=1e-6)
