"""Ports of live measurement, and a measurement without a process of its own.

A `Measurer` turns a picture into a reading. A `Measuring` gives it the newest camera frame and returns the newest
measurement; `experiment.feedback.worker_process` does so in another process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from analysis.face.arrays import ImageArray
from analysis.face.errors import AnalysisError
from experiment.feedback.messages import LiveReading, Measurement, MeasurerInfo, shrink_image
from experiment.ports.camera import CameraFrame
from experiment.ports.clock import Clock

MeasuringState = Literal["starting", "ready", "restarting", "failed"]


class Measurer(Protocol):
    """Turns pictures into readings.

    Made in the measuring process by a factory that can be pickled.
    """

    info: MeasurerInfo
    """What is known before the first frame."""

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures as the trainee's neutral face.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.

        Raises
        ------
        AnalysisError
            If no face can be measured in them.
        """
        ...

    def set_target(self, target: str | None, *, want_distance: bool, want_forecast: bool) -> None:
        """Measure against this target from now on.

        Parameters
        ----------
        target
            Its name; None measures without a similarity.
        want_distance
            Whether to draw the face coloured by its distance to the target.
        want_forecast
            Whether to forecast the gain of every hint.
        """
        ...

    def measure(self, image: ImageArray) -> LiveReading:
        """Measure one picture.

        Parameters
        ----------
        image : (H, W, 3) uint8 array
            RGB.
        """
        ...


class MeasurerFactory(Protocol):
    """Makes a measurer; called in the measuring process."""

    def __call__(self) -> Measurer:
        """Load what the measurer needs.

        Raises
        ------
        AnalysisError
            If something is missing.
        """
        ...


class Measuring(Protocol):
    """Measures the newest frame; none of its methods waits."""

    state: MeasuringState
    """Whether measurements are possible."""
    fault: str
    """Why measurements are impossible or the calibration failed; else empty."""
    info: MeasurerInfo | None
    """What the measurer reports; None while it starts."""
    restarts: int
    """How often measuring was started again."""

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures as the trainee's neutral face.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.
        """
        ...

    def set_target(self, target: str | None, *, want_distance: bool = False, want_forecast: bool = False) -> None:
        """Measure against this target from now on.

        Parameters
        ----------
        target
            Its name; None measures without a similarity.
        want_distance
            Whether to draw the face coloured by its distance to the target.
        want_forecast
            Whether to forecast the gain of every hint.
        """
        ...

    def offer(self, frame: CameraFrame) -> None:
        """Take the newest frame. Called by one thread only."""
        ...

    def latest(self) -> Measurement | None:
        """Return the newest measurement against the present target, once."""
        ...

    def close(self) -> None:
        """Stop measuring."""
        ...


def calibrate_measurer(measurer: Measurer, neutrals: Sequence[ImageArray]) -> str:
    """Calibrate a measurer and return why that failed, or an empty text.

    Parameters
    ----------
    measurer
        What is calibrated.
    neutrals : sequence of (H, W, 3) uint8 arrays
        The trainee's neutral face.
    """
    try:
        measurer.calibrate(neutrals)
    except AnalysisError as error:
        return str(error)
    return ""


class SynchronousMeasuring:
    """Measures in the calling thread when `latest` is called.

    For simulated time, and for tests of one frame.

    Parameters
    ----------
    measurer
        What measures.
    clock
        The clock of the session.
    """

    def __init__(self, measurer: Measurer, *, clock: Clock) -> None:
        self._measurer = measurer
        self._clock = clock
        self._frame: CameraFrame | None = None
        self._offered_s = 0.0
        self._target: str | None = None
        self.state: MeasuringState = "ready"
        self.fault = ""
        self.info: MeasurerInfo | None = measurer.info
        self.restarts = 0

    def calibrate(self, neutrals: Sequence[ImageArray]) -> None:
        """Take these pictures as the trainee's neutral face.

        Parameters
        ----------
        neutrals : sequence of (H, W, 3) uint8 arrays
            RGB.
        """
        self.fault = calibrate_measurer(self._measurer, [shrink_image(image) for image in neutrals])

    def set_target(self, target: str | None, *, want_distance: bool = False, want_forecast: bool = False) -> None:
        """Measure against this target from now on.

        Parameters
        ----------
        target, want_distance, want_forecast
            As in `Measuring.set_target`.
        """
        self._target = target
        self._measurer.set_target(target, want_distance=want_distance, want_forecast=want_forecast)

    def offer(self, frame: CameraFrame) -> None:
        """Keep the frame until `latest` is called."""
        self._frame, self._offered_s = frame, self._clock.now()

    def latest(self) -> Measurement | None:
        """Measure the newest frame, if it is not measured yet."""
        frame, self._frame = self._frame, None
        if frame is None:
            return None
        started_s = self._clock.now()
        reading = self._measurer.measure(shrink_image(frame.image))
        finished_s = self._clock.now()
        return Measurement(reading, self._target, frame.index, frame.captured_s, self._offered_s, started_s, finished_s)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""
