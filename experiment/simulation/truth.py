"""The true face in every frame: ``truth.jsonl`` next to the journal.

One line a camera frame::

    {"index": 412, "time_s": 1013.733, "act": "anger-1", "frame": 38, "units": {"browDownLeft": 0.83, ...},
     "yaw_deg": 1.2, "pitch_deg": -0.4, "roll_deg": 0.3, "x_mm": 4.1, "y_mm": -9.0, "distance_mm": 541.0}

``index`` and ``time_s`` are those of the camera frame in the journal. ``act`` is the name of the face sequence,
``frame`` counts from its first frame. Units with strength zero are left out. The file serves to judge measurements; it
is not part of the record of the session. It is written without fsync, so a crash may lose its last lines. At the end of
the session ``truth.sha256`` gets its hash, as ``sha256sum -c`` reads it. A simulated partner has
``truth-partner.jsonl``, with the frames of the second camera.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from experiment.record.files import PRIVATE_FILE, record_errors, replace_file, sha256_of
from experiment.record.verification.truth import FILE as FILE
from experiment.record.verification.truth import PARTNER_FILE as PARTNER_FILE
from experiment.simulation.face_schedule import SequenceFrame


class TruthLog:
    """Appends to the file; opens it at the first frame.

    Parameters
    ----------
    file : Path
        The file.
    units : sequence of str
        Names of the units of the face model.
    """

    def __init__(self, file: Path, units: Sequence[str]) -> None:
        self._path = file
        self._units = tuple(units)
        self._open: IO[str] | None = None

    def add(self, index: int, time_s: float, moment: SequenceFrame) -> None:
        """Append one frame.

        Parameters
        ----------
        index : int
            Index of the camera frame.
        time_s : float
            Time of the camera frame.
        moment : SequenceFrame
            The true face.
        """
        with record_errors("write", self._path):
            if self._open is None:
                self._sums.unlink(missing_ok=True)
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE)
                self._open = os.fdopen(handle, "a", encoding="utf-8")
            self._open.write(json.dumps({"index": index, "time_s": round(time_s, 6), **self.row(moment)}) + "\n")

    def row(self, moment: SequenceFrame) -> dict[str, Any]:
        """Return the values that do not depend on time."""
        state = moment.state
        pose = state.pose
        units = zip(self._units, state.units.tolist(), strict=True)
        return {
            "act": moment.sequence.name,
            "frame": moment.frame,
            "units": {name: round(strength, 5) for name, strength in units if strength > 0},
            "yaw_deg": round(pose.yaw_deg, 4),
            "pitch_deg": round(pose.pitch_deg, 4),
            "roll_deg": round(pose.roll_deg, 4),
            "x_mm": round(pose.x_mm, 3),
            "y_mm": round(pose.y_mm, 3),
            "distance_mm": round(pose.distance_mm, 3),
        }

    def close(self) -> None:
        """Close the file and write its hash."""
        if self._open is not None:
            self._open.close()
            self._open = None
            with record_errors("write", self._sums):
                replace_file(
                    self._sums, f"{sha256_of(self._path)}  {self._path.name}\n".encode(), inside=self._path.parent
                )

    @property
    def _sums(self) -> Path:
        return self._path.with_suffix(".sha256")


def read_truth(file: Path) -> Iterator[Mapping[str, Any]]:
    """Yield every line of a ``truth.jsonl``, without an incomplete last line."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)
