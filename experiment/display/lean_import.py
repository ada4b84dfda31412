"""Import a package without slow parts that are not used here.

PsychoPy imports pandas, matplotlib and openpyxl for functions that a session does not call. They take more than half of
its import. They stay available to the rest of the program.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


@contextmanager
def hidden_modules(names: Sequence[str]) -> Iterator[None]:
    """Let imports of these modules fail inside this context.

    Only for modules whose users catch the error. A module that is loaded already stays.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is Python's mark of a hidden module
    try:
        yield
    finally:
        for name in hidden:
            if name in sys.modules and sys.modules[name] is None:
                del sys.modules[name]


@contextmanager
def postponed_modules(names: Sequence[str]) -> Iterator[None]:
    """Load these modules when they are used, not when they are imported.

    Only for modules that are imported as a whole (``import NAME``, ``from PACKAGE import NAME``).
    """
    finder = _PostponingFinder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def replaced_modules(contents: Mapping[str, Mapping[str, object]]) -> Iterator[None]:
    """Put modules with these contents in the place of some that are not loaded yet."""
    replaced = {name: ModuleType(name) for name in contents if name not in sys.modules}
    for name, module in replaced.items():
        vars(module).update(contents[name])
    sys.modules.update(replaced)
    try:
        yield
    finally:
        for name, module in replaced.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


class _PostponingFinder(MetaPathFinder):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a postponed module; None for others."""
        if fullname not in self._names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec
