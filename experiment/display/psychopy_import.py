"""Import PsychoPy without its side effects.

On import, PsychoPy creates folders in the user's home, changes Python's search path, and prints warnings about monitors
without calibration. Here its folders go to the user's cache, the search path stays unchanged, and its messages are not
shown: `experiment.display` measures what they are about.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_void_p
from ctypes.util import find_library
from importlib.util import find_spec
from types import ModuleType

from analysis.paths import cache_folder
from experiment.display.lean_import import hidden_modules, postponed_modules, replaced_modules
from experiment.errors import DisplayError

NO_DISPLAY_REMEDY = "log in to a desktop, or use a virtual one (`xvfb-run -s '-screen 0 1440x900x24' COMMAND`)"


def require_psychopy() -> None:
    """Raise an error with the remedy if PsychoPy is not installed; does not import it.

    Raises
    ------
    DisplayError
        If the program was installed without the extra ``lab``.
    """
    if find_spec("psychopy") is None:
        raise DisplayError('sessions need PsychoPy, which is not installed: pip install "mimicry-lab[lab]"')


def require_display_server() -> None:
    """Raise an error with the remedy if no window can be opened; takes no time.

    On Linux it connects to the X server once. Elsewhere every account with a desktop has a display.

    Raises
    ------
    DisplayError
        If there is none.
    """
    if not sys.platform.startswith("linux"):
        return
    name = os.environ.get("DISPLAY")
    if not name:
        raise DisplayError(f"no display: {NO_DISPLAY_REMEDY}")
    library = find_library("X11")
    if library is None:  # the window has its own message
        return
    x11 = CDLL(library)
    x11.XOpenDisplay.restype = c_void_p
    connection = c_void_p(x11.XOpenDisplay(name.encode()))
    if not connection.value:
        raise DisplayError(f"no display: {name} does not answer; {NO_DISPLAY_REMEDY}")
    x11.XCloseDisplay(connection)


_HIDDEN = ("pandas", "matplotlib")
"""PsychoPy and its packages import these for functions that are not called here, and go on without them."""
_POSTPONED = ("scipy.interpolate",)
_REPLACED = {"psychopy.visual.form": {"Form": None}}
"""Forms of PsychoPy read tables of many formats. Here `experiment.session.questionnaire` has the forms."""


def load_psychopy() -> ModuleType:
    """Import PsychoPy (some seconds the first time) and return its module ``visual``.

    Raises
    ------
    DisplayError
        If it is not installed or finds no display.
    """
    require_psychopy()
    require_display_server()
    with _private_home(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            visual = _import_visual()
        except ImportError as error:
            raise DisplayError(
                f'PsychoPy cannot be loaded ({error}); repair it: pip install --force-reinstall "mimicry-lab[lab]"'
            ) from error
        except Exception as error:  # pyglet's exceptions depend on the system
            raise DisplayError(f"the display cannot be opened: {error}") from error
    return visual


def _import_visual() -> ModuleType:
    """Import PsychoPy without parts that are not used; with them if that fails."""
    before = set(sys.modules)
    try:
        with hidden_modules(_HIDDEN), postponed_modules(_POSTPONED), replaced_modules(_REPLACED):
            return _visual()
    except Exception:
        for name in [name for name in set(sys.modules) - before if name.partition(".")[0] == "psychopy"]:
            del sys.modules[name]
        return _visual()


def _visual() -> ModuleType:
    from psychopy import logging

    logging.console.setLevel(logging.CRITICAL)
    from psychopy import visual

    return visual  # type: ignore[no-any-return]


@contextmanager
def _private_home() -> Iterator[None]:
    """Set the home folder to the cache folder while PsychoPy is imported."""
    folder = cache_folder("psychopy")
    folder.mkdir(parents=True, exist_ok=True)
    name = "APPDATA" if sys.platform == "win32" else "HOME"
    before = {key: os.environ.get(key) for key in (name, "PSYCHOPYNOPACKAGES")}
    os.environ.update({name: str(folder), "PSYCHOPYNOPACKAGES": "1"})
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
