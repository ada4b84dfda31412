"""Call one function on many items, here, on several cores or on a Dask cluster.

Results come in the order of the items, so that tables do not depend on where they were computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from analysis.errors import DataSetError

PATIENCE = "10s"
"""Longest time a Dask scheduler may take to answer."""
Item = TypeVar("Item")
Result = TypeVar("Result")


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

        yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(function)(item) for item in items)


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
        for future in client.map(function, list(items), pure=False):
            yield future.result()
