"""The camera and the lamp of a scene as numbers for the shaders."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.face.arrays import FloatArray
from analysis.face.render.scene import Optics, Scene

_NEAR_MM, _FAR_MM = 50.0, 5000.0
_SHADOW_REACH_MM = 330.0


def projection(optics: Optics) -> FloatArray:
    """Return OpenGL's projection of a pinhole camera with a central axis."""
    near, far = _NEAR_MM, _FAR_MM
    matrix = np.zeros((4, 4))
    matrix[0, 0] = 2 * optics.focal_px / optics.width_px
    matrix[1, 1] = 2 * optics.focal_px / optics.height_px
    matrix[2, 2], matrix[2, 3] = -(far + near) / (far - near), -2 * far * near / (far - near)
    matrix[3, 2] = -1.0
    return matrix


def lamp_direction(scene: Scene) -> FloatArray:
    """Return the (3,) unit vector towards the lamp, in camera axes."""
    azimuth, elevation = np.deg2rad([scene.light.key_azimuth_deg, scene.light.key_elevation_deg])
    return np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])


def lamp_view(scene: Scene) -> FloatArray:
    """Return the (4, 4) projection from camera axes to the shadow map around the head."""
    z = lamp_direction(scene)
    x = np.cross([0.0, 1.0, 0.0], z)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([x, np.cross(z, x), -z]) / _SHADOW_REACH_MM
    matrix[:3, 3] = -matrix[:3, :3] @ scene.pose.translation
    return matrix


def light_values(scene: Scene) -> dict[str, Any]:
    """Return light and colours by the name of the shaders' variables."""
    light, look = scene.light, scene.appearance
    warm = np.array([1 + 0.12 * light.warmth, 1.0, 1 - 0.16 * light.warmth]) * scene.sensor.exposure
    return {
        "lamp": lamp_view(scene),
        "key_direction": tuple(lamp_direction(scene)),
        "key_light": tuple(light.key * 1.3 * warm),
        "room_light": tuple(light.room * warm),
        "iris": look.iris,
        "skin": look.skin,
        "hair": look.hair_colour if look.headscarf is None else look.headscarf,
        "cloth": look.clothes,
        "knitted": float(look.hair == "cap" and look.headscarf is None),
    }
