"""Bounded queue of camera frames, in shared memory, to the encoding process.

Semaphores count what is free and what is ready. A process that is killed therefore leaves only complete entries
behind, and the other one can still use them. Neither side holds a lock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from multiprocessing.context import SpawnContext
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from experiment.ports.camera import CameraFrame, Image, TimeKind

LossReason = Literal["", "queue", "camera", "size", "interrupted"]
"""Why a frame is not in the film: ``queue``, the encoder was too slow; ``camera``, the camera reported it as lost;
``size``, it is larger than the pictures announced; ``interrupted``, the program or the computer stopped before the
frame was on the disk."""

_REASONS: tuple[str, ...] = get_args(LossReason)
_KINDS: tuple[str, ...] = get_args(TimeKind)
_ROWS = 16_384
"""Frames that may wait as rows of the table, nine minutes at 30 frames/s; their pictures are lost much earlier."""
_MOST_BYTES = 256 * 2**20

_ROW = np.dtype(
    [
        ("index", np.int64),
        ("time_s", np.float64),
        ("half_interval_s", np.float64),
        ("time_kind", np.uint8),
        ("lost", np.uint8),
        ("height", np.int32),
        ("width", np.int32),
        ("trial", "S256"),
    ]
)


@dataclass(frozen=True, slots=True)
class FrameNote:
    """What the table has of one camera frame."""

    index: int
    time_s: float | None
    """On the clock of the session; None for a frame that the camera lost."""
    time_kind: str
    half_interval_s: float | None
    """Half the time since the frame before; None without one."""
    trial: str
    """Id of the trial; empty between trials."""
    lost: LossReason = ""


class FrameQueue:
    """Queue with one writer and one reader, each in its own process.

    Parameters
    ----------
    context
        Makes the shared memory and the semaphores.
    slot_bytes
        Size of the largest picture.
    slots
        Pictures that may wait; fewer if they need more than 256 MB.
    """

    def __init__(self, context: SpawnContext, *, slot_bytes: int, slots: int) -> None:
        self.slots = max(2, min(slots, _MOST_BYTES // slot_bytes))
        self._slot_bytes = slot_bytes
        self._pixels = context.RawArray("B", self.slots * slot_bytes)
        self._rows = context.RawArray("B", _ROWS * _ROW.itemsize)
        self._free_slots = context.Semaphore(self.slots)
        self._free_rows = context.Semaphore(_ROWS)
        self._ready = context.Semaphore(0)
        self._taken = context.RawValue("q", 0)
        self._row = self._slot = 0

    def put(self, note: FrameNote, image: Image | None) -> LossReason | None:
        """Add a frame; never wait.

        Parameters
        ----------
        note
            Its row in the table.
        image : (H, W, 3) uint8 array, optional
            None for a frame that the camera lost.

        Returns
        -------
        LossReason or None
            Why the picture is lost, empty if it is not; None if not even the row had room.
        """
        if not self._free_rows.acquire(block=False):
            return None
        lost: LossReason = note.lost
        shape = (0, 0)
        if image is not None and not lost:
            if image.size > self._slot_bytes:
                lost = "size"
            elif not self._free_slots.acquire(block=False):
                lost = "queue"
            else:
                shape = image.shape[:2]
                self._picture(self._slot, shape)[...] = image
                self._slot += 1
        row = self._entry(self._row)
        row["index"], row["time_kind"], row["lost"] = note.index, _KINDS.index(note.time_kind), _REASONS.index(lost)
        row["time_s"] = math.nan if note.time_s is None else note.time_s
        row["half_interval_s"] = math.nan if note.half_interval_s is None else note.half_interval_s
        row["height"], row["width"] = shape
        row["trial"] = note.trial.encode()[:256]
        self._row += 1
        self._ready.release()
        return lost

    @property
    def waiting(self) -> int:
        """Number of frames that wait for the reader, as the writer sees it."""
        return self._row - int(self._taken.value)

    def take(self, timeout_s: float) -> tuple[FrameNote, Image | None] | None:
        """Return the oldest frame; None after ``timeout_s`` without one.

        The picture belongs to the queue; call `release` when it is not needed any more, before the next `take`.
        """
        if not self._ready.acquire(timeout=timeout_s):
            return None
        row = self._entry(self._row)
        time_s, half_s = float(row["time_s"]), float(row["half_interval_s"])
        lost: Any = _REASONS[int(row["lost"])]
        note = FrameNote(
            index=int(row["index"]),
            time_s=None if math.isnan(time_s) else time_s,
            time_kind=_KINDS[int(row["time_kind"])],
            half_interval_s=None if math.isnan(half_s) else half_s,
            trial=row["trial"].item().decode("utf-8", "ignore"),
            lost=lost,
        )
        shape = (int(row["height"]), int(row["width"]))
        self._row += 1
        self._taken.value = self._row
        self._free_rows.release()
        return note, (None if lost else self._picture(self._slot, shape))

    def release(self) -> None:
        """Give the slot of the last picture back."""
        self._slot += 1
        self._free_slots.release()

    def _entry(self, number: int) -> NDArray[Any]:
        return np.ndarray((), dtype=_ROW, buffer=self._rows, offset=number % _ROWS * _ROW.itemsize)

    def _picture(self, number: int, shape: tuple[int, ...]) -> Image:
        return np.ndarray(
            (*shape, 3), dtype=np.uint8, buffer=self._pixels, offset=number % self.slots * self._slot_bytes
        )


def note_of(frame: CameraFrame, *, half_interval_s: float | None, trial: str) -> FrameNote:
    """Return the row of a frame.

    Parameters
    ----------
    frame
        The frame.
    half_interval_s
        Half the time since the frame before.
    trial
        Id of the trial; empty between trials.
    """
    return FrameNote(frame.index, frame.captured_s, frame.time_kind, half_interval_s, trial)


def gap_note(index: int, trial: str) -> FrameNote:
    """Return the row of a frame that the camera reported as lost."""
    return FrameNote(index, None, _KINDS[0], None, trial, "camera")
