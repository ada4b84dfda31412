"""Live measurement of a session that continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.face.errors import AnalysisError
from analysis.face.images import read_image
from experiment.record.captured import captured_similarity
from experiment.record.errors import RecordError
from experiment.record.history import read_history
from experiment.record.journal_lines import LiveCalibrationLine
from experiment.record.recorder import Recorder

if TYPE_CHECKING:
    from experiment.feedback.controller import Training


def restore_training(training: Training, recorder: Recorder) -> None:
    """Give the neutral face and the best attempts recorded before the interruption.

    The calibration is not repeated, so without this the trainee would be measured without a neutral face.

    Parameters
    ----------
    training
        The live feedback.
    recorder
        Of the session; gets a line. Of several calibrations the last one counts.

    Raises
    ------
    RecordError
        If a frame of the calibration cannot be read.
    """
    place = recorder.place
    history = read_history(place)
    for trial in history.trials:
        similarity = captured_similarity(trial.details)
        if trial.outcome == "response" and similarity is not None:
            training.remember(trial.target, similarity)
    recorded = [line for line in history.calibrations if line.frames]
    if not recorded:
        return
    try:
        training.calibrate_pictures([read_image(place.dataset / frame.file) for frame in recorded[-1].frames])
        recorder.write(LiveCalibrationLine(recorded[-1].step))
    except AnalysisError as error:
        raise RecordError(f"live feedback needs the neutral frames of this session, but {error}") from error
