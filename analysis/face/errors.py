"""Errors of face measurement.

::

    AnalysisError            one sentence: expected, found, remedy
    ├── ImageError           the file is not a picture that can be read
    ├── FaceModelError       a face model is missing or damaged, or lacks a requested part
    ├── DataSetError         (analysis.errors) a data set, manifest or table cannot be used
    └── FaceError            the picture is readable but its face cannot be measured
        ├── NoFaceError
        ├── SeveralFacesError
        ├── FaceTooSmallError
        ├── FaceCutError
        ├── FaceOverexposedError
        ├── FaceTurnedError
        ├── FaceBlurredError
        └── FitError         landmarks were found, but no face fits them

Every error of another library is converted into one of these where that library is called
(`tests/analysis/face/test_errors.py`).
"""


class AnalysisError(Exception):
    """Base of all errors that `analysis` raises on purpose.

    The text is one sentence with a remedy.
    """


class ImageError(AnalysisError):
    """The file is not a picture that can be read."""


class FaceModelError(AnalysisError):
    """A face model is missing or damaged, or lacks a requested part."""


class FaceError(AnalysisError):
    """The picture is readable, but its face cannot be measured."""

    reason = "face"
    """One word for lists of exclusions."""


class NoFaceError(FaceError):
    """No face was found."""

    reason = "no-face"


class SeveralFacesError(FaceError):
    """More than one face was found, and the choice must not be silent."""

    reason = "several-faces"


class FaceTooSmallError(FaceError):
    """The distance between the eyes is too small to measure an expression."""

    reason = "too-small"


class FaceCutError(FaceError):
    """The border of the picture cuts brows, chin or cheeks off."""

    reason = "cut"


class FaceOverexposedError(FaceError):
    """Too much of the face is white: its detail was not recorded."""

    reason = "overexposed"


class FaceTurnedError(FaceError):
    """The head is turned too far from the camera."""

    reason = "turned"


class FaceBlurredError(FaceError):
    """The face is too blurred."""

    reason = "blurred"


class FitError(FaceError):
    """Landmarks were found, but no face of the model fits them."""

    reason = "fit"
