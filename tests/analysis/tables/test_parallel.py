from __future__ import annotations

import time

import pytest

from analysis.errors import DataSetError
from analysis.tables.parallel import results


def slow_when_small(number: int) -> int:
    time.sleep(0.05 if number < 2 else 0)
    return number * number


def test_results_come_in_the_order_of_the_items() -> None:
    assert list(results(slow_when_small, [0, 1, 2, 3])) == [0, 1, 4, 9]


@pytest.mark.slow
def test_two_processes_give_the_same() -> None:
    assert list(results(slow_when_small, [0, 1, 2, 3], jobs=2)) == [0, 1, 4, 9]


def test_two_processes_call_a_function_without_a_name() -> None:
    assert list(results(lambda number: number + 1, [0, 1, 2], jobs=2)) == [1, 2, 3]


@pytest.mark.parametrize("jobs", [0, -2])
def test_an_impossible_number_of_processes_is_refused(jobs: int) -> None:
    with pytest.raises(DataSetError, match="--jobs"):
        list(results(slow_when_small, [1, 2], jobs=jobs))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_gives_the_same() -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, host="127.0.0.1", protocol="tcp://"
    ) as cluster:
        assert list(results(slow_when_small, [0, 1, 2, 3], scheduler=cluster.scheduler_address)) == [0, 1, 4, 9]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_missing_scheduler_is_reported_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("analysis.tables.parallel.PATIENCE", "1s")
    with pytest.raises(DataSetError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(results(slow_when_small, [1, 2], scheduler="tcp://127.0.0.1:9"))
