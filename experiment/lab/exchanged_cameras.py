"""Compare the cameras of two persons when a session is resumed.

Each must film the same person as before. The numbers of devices can change when a cable is moved or the computer starts
again. The films of the two persons would then be exchanged from the next part on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from experiment.errors import CameraError

PARTNER = "partner"
"""Key of the partner's camera among the facts of the participant's."""


def require_same_persons(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Require that cameras are not exchanged; warn of another camera.

    Parameters
    ----------
    before, now
        Facts about the cameras, as in the journal: of the participant's camera, with those of the partner's below
        `PARTNER`. Nothing is compared if one of them films one person only.

    Raises
    ------
    CameraError
        If the camera of one person was that of the other one.
    """
    if PARTNER not in before or PARTNER not in now:
        return
    was = {"participant": camera_name(before), "partner": camera_name(before[PARTNER])}
    now_is = {"participant": camera_name(now), "partner": camera_name(now[PARTNER])}
    if was["participant"] == was["partner"]:  # two simulated cameras, or one file for both
        return
    if now_is["participant"] == was["partner"] or now_is["partner"] == was["participant"]:
        raise CameraError(
            f"the cameras are exchanged: {was['participant']} filmed the participant before the interruption and "
            f"{was['partner']} the partner; name them in this order with --camera and --partner-camera"
        )
    for person, camera in now_is.items():
        if camera != was[person]:
            print(
                f"camera: {camera} films the {person}, before the interruption it was {was[person]}; check that it "
                f"shows the {person}",
                file=sys.stderr,
            )


def camera_name(facts: Mapping[str, Any]) -> str:
    """Return the lasting name of a camera, or else what named it."""
    return str(facts.get("identity") or facts.get("spec") or "")
