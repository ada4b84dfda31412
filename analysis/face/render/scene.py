"""The contents of a rendered picture as values: appearance, pose, camera, light.

Frames and units: millimetres, degrees, x to the right of the picture, y up, z towards the viewer. The camera looks
along -z. Positive yaw turns the face towards the right edge of the picture, positive pitch raises the chin, positive
roll tilts the head towards the left edge (counter-clockwise). Colours are sRGB, 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from scipy.spatial.transform import Rotation

from analysis.face.arrays import FloatArray

Colour: TypeAlias = tuple[float, float, float]
Hair = Literal["none", "short", "long", "cap"]


@dataclass(frozen=True, slots=True)
class Appearance:
    """Everything about a person's appearance except the shape of the face."""

    skin: Colour = (0.86, 0.67, 0.56)
    lips: Colour = (0.70, 0.40, 0.38)
    brows: Colour = (0.20, 0.14, 0.10)
    brow_strength: float = 0.85
    """Opacity of the brows, 0..1."""
    brow_fullness: float = 1.0
    """Height of the brows; 1 is at most 6 mm."""
    iris: Colour = (0.33, 0.23, 0.14)
    hair: Hair = "short"
    hair_colour: Colour = (0.16, 0.11, 0.08)
    clothes: Colour = (0.25, 0.30, 0.38)
    stubble: float = 0.0
    """Shadow of a beard, 0..1."""
    beard: float = 0.0
    """Opacity of a full beard, 0..1."""
    headscarf: Colour | None = None
    """Colour of a scarf around the face, over hair, ears and neck; None without one."""
    texture_seed: int = 0
    """Freckles, pores, the hairs of the brows, and the places of wrinkles."""
    wrinkles: float = 0.0
    """Depth of the wrinkles that movements make: 0 none, 1 deep, as of an old person."""
    folds: float = 0.0
    """Depth of the broad folds and bulges that movements make: 0 none, 1 clear."""

    @property
    def creased(self) -> bool:
        """Whether movements change the relief of the skin."""
        return self.wrinkles > 0 or self.folds > 0


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Position and rotation of the head."""

    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    x_mm: float = 0.0
    y_mm: float = 0.0
    distance_mm: float = 600.0
    """From the camera to the origin of the model."""

    @property
    def rotation(self) -> FloatArray:
        """(3, 3) model-to-camera rotation."""
        turn = Rotation.from_euler("ZXY", [self.roll_deg, -self.pitch_deg, self.yaw_deg], degrees=True)
        matrix: FloatArray = turn.as_matrix()
        return matrix

    @property
    def translation(self) -> FloatArray:
        """(3,) position of the model origin in camera axes, mm; z is negative."""
        return np.array([self.x_mm, self.y_mm, -self.distance_mm])


@dataclass(frozen=True, slots=True)
class Optics:
    """A pinhole camera."""

    width_px: int = 640
    height_px: int = 480
    focal_px: float = 640.0
    """Focal length; for a webcam about one image width."""

    def project(self, points_mm: FloatArray, pose: HeadPose) -> FloatArray:
        """Return the pixels of points; (0, 0) is the centre of the first pixel, y down.

        Parameters
        ----------
        points_mm : (N, 3) float array
            Points in model space.
        pose : HeadPose
            Pose of the head.

        Returns
        -------
        (N, 2) float array
            Pixels.
        """
        points = points_mm @ pose.rotation.T + pose.translation
        depth = -points[:, 2]
        centre = np.array([(self.width_px - 1) / 2, (self.height_px - 1) / 2])
        pixels: FloatArray = centre + self.focal_px * np.stack([points[:, 0], -points[:, 1]], axis=1) / depth[:, None]
        return pixels


@dataclass(frozen=True, slots=True)
class Lighting:
    """One soft lamp and the light of the room."""

    key_azimuth_deg: float = 25.0
    """Positive: from the right of the picture."""
    key_elevation_deg: float = 35.0
    key: float = 0.75
    room: float = 0.50
    warmth: float = 0.0
    """-1 bluish .. 1 reddish."""


@dataclass(frozen=True, slots=True)
class Sensor:
    """Blur, noise and exposure of the camera."""

    noise: float = 0.0
    """Standard deviation of the noise of a mid-grey pixel, 0..255 levels."""
    blur_px: float = 0.0
    """Standard deviation of a Gaussian blur."""
    exposure: float = 1.0


@dataclass(frozen=True, slots=True)
class Background:
    """A wall with a little structure."""

    colour: Colour = (0.45, 0.47, 0.50)
    clutter: float = 0.0
    """0: plain wall; 1: shelves and frames."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything in one picture except the shape of the face."""

    appearance: Appearance = field(default_factory=Appearance)
    pose: HeadPose = field(default_factory=HeadPose)
    optics: Optics = field(default_factory=Optics)
    light: Lighting = field(default_factory=Lighting)
    sensor: Sensor = field(default_factory=Sensor)
    background: Background = field(default_factory=Background)
    gaze_deg: tuple[float, float] = (0.0, 0.0)
    """Horizontal (positive: to the right of the picture) and vertical (positive: up) turn of the eyes."""
