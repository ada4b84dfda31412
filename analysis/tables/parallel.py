"""Call one function on many items, here, on several cores or on a Dask cluster.

Results come in the order of the items, so that tables do not depend on where they were computed. The function, with a
face model in it for example, is sent once to each process and not with each item, so that what it keeps in memory
serves all items of a process. Few results wait in memory: the next items are begun while results are taken.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from analysis.errors import DataSetError

_AHEAD = 4
"""Items a worker of a cluster has at once, so that it never waits."""
PATIENCE = "10s"
"""Longest time a Dask scheduler may take to answer."""
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Workers:
    """Where work is done."""

    jobs: int = 1
    """Processes on this machine; -1 for one per core."""
    scheduler: str | None = None
    """Address of a Dask scheduler; `jobs` is then ignored."""

    @property
    def several(self) -> bool:
        """Whether other processes work."""
        return self.scheduler is not None or self.jobs != 1

    @property
    def processes(self) -> int:
        """Number of processes on this machine; 0 with a scheduler."""
        if self.scheduler is not None:
            return 0
        return self.jobs if self.jobs > 0 else os.cpu_count() or 1


HERE = Workers()
"""In this process."""


def results(
    function: Callable[[Item], Result], items: Sequence[Item], *, jobs: int = 1, scheduler: str | None = None
) -> Iterator[Result]:
    """Yield ``function(item)`` for every item, in order.

    Parameters
    ----------
    function : callable
        Takes one item. It can be pickled where other processes work.
    items : sequence
        They can be pickled, too. Workers of a cluster need the same paths.
    jobs : int
        Processes on this machine; -1 for one per core.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://cluster:8786``; ``jobs`` is then ignored.

    Yields
    ------
    Result
        In the order of the items.

    Raises
    ------
    DataSetError
        If the scheduler cannot be reached or Dask is not installed, or ``jobs`` is 0 or below -1.
    """
    if scheduler is not None:
        yield from _on_cluster(function, items, scheduler)
    elif jobs == 1 or len(items) < 2:
        yield from map(function, items)
    else:
        require_jobs(jobs)
        from joblib import Parallel, delayed

        with tempfile.TemporaryDirectory(prefix="mimicry-") as folder:
            carried = _Carried[Item, Result].of(function, Path(folder))
            yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(carried)(item) for item in items)


def require_jobs(jobs: int) -> None:
    """Refuse a number of processes that is 0 or below -1.

    Raises
    ------
    DataSetError
        If it is.
    """
    if jobs < -1 or jobs == 0:
        raise DataSetError(f"--jobs is a number of processes, or -1 for all cores; got {jobs}")


def _on_cluster(function: Callable[[Item], Result], items: Sequence[Item], address: str) -> Iterator[Result]:
    try:
        from distributed import Client
    except ImportError as error:
        raise DataSetError(
            '--scheduler needs Dask, which is not installed: pip install "mimicry-lab[cluster]"'
        ) from error
    try:
        client: Any = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise DataSetError(f"no Dask scheduler answers at {address}: {error}") from error
    with client:
        sent = client.scatter(_Called(function), broadcast=True, hash=False)
        workers = sum(client.nthreads().values()) or 1
        rest, begun = iter(items), deque[Any]()
        while True:
            for item in islice(rest, max(_AHEAD * workers - len(begun), 0)):
                begun.append(client.submit(_call, sent, item, pure=False))
            if not begun:
                return
            yield begun.popleft().result()


@dataclass(frozen=True, slots=True)
class _Called(Generic[Item, Result]):
    """A function as a value that Dask keeps on each worker."""

    function: Callable[[Item], Result]


def _call(sent: _Called[Item, Result], item: Item) -> Result:
    return sent.function(item)


@dataclass(frozen=True, slots=True)
class _Carried(Generic[Item, Result]):
    """A function in a file, which each process reads once."""

    file: Path
    sha256: str

    @staticmethod
    def of(function: Callable[[Item], Result], folder: Path) -> _Carried[Item, Result]:
        """Write a function, also one without a name, into a private folder."""
        from joblib import wrap_non_picklable_objects

        content = pickle.dumps(wrap_non_picklable_objects(function))
        file = folder / "function"
        file.write_bytes(content)
        return _Carried(file, hashlib.sha256(content).hexdigest())

    def __call__(self, item: Item) -> Result:
        """Return the result of the function."""
        return _loaded(self.file, self.sha256)(item)  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _loaded(file: Path, sha256: str) -> Callable[[Any], Any]:
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataSetError(f"{file} was changed while processes worked; run the command again")
    function: Callable[[Any], Any] = pickle.loads(content)
    return function
