"""Statistics of photographs of people, compared with one person or each with each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.inference.estimate import Estimate
from analysis.tables.identification import (
    ROUNDS,
    auc_estimate,
    chance_of,
    d_prime_estimate,
    pair_estimates,
    rank1_estimate,
    shuffled_people,
    shuffled_trials,
)
from analysis.tables.similarity_table import SimilarityTable
from analysis.tables.statistics import double_centred, p_value

NAMES = (
    "rank1",
    "auc",
    "d_prime",
    "rank1_interval_95",
    "auc_interval_95",
    "rank1_chance",
    "rank1_p_value",
    "double_centred",
    "methods",
)
_SEED = 0
Pairs = Mapping[tuple[str, str], SimilarityTable]


def comparison_statistics(whole: Pairs, *, each: bool) -> dict[str, Any]:
    """Return the statistics of all tables; None for those left out.

    Parameters
    ----------
    whole : mapping
        Tables by (target person, person) with a column for every picture of the person.
    each : bool
        Whether every person is compared with every other, instead of all with one.

    Returns
    -------
    dict
        Values for `NAMES`.
    """
    counted = {pair: table.counted for pair, table in whole.items()}
    counted = {pair: table for pair, table in counted.items() if table.scores.size}
    tables, people = list(counted.values()), [person for _, person in counted]
    found: dict[str, Any] = dict.fromkeys(NAMES)
    if not any(len(table.targets) > 1 for table in tables):
        return found
    if each:
        estimates = pair_estimates(counted)
        d_prime = d_prime_estimate(tables, people)
        estimates["d_prime"] = Estimate(
            d_prime.value, None, None, d_prime.n, "no interval: people are in many pairs", "people"
        )
    else:
        estimates = {
            "rank1": rank1_estimate(tables, people),
            "auc": auc_estimate(tables, people),
            "d_prime": d_prime_estimate(tables, people),
        }
    found |= {name: one.value for name, one in estimates.items()}
    found |= {f"{name}_interval_95": estimates[name].interval for name in ("rank1", "auc")}
    found["rank1_chance"] = chance_of(tables)
    found["methods"] = {name: one.text(decimals=3) for name, one in estimates.items()}
    if any(len(set(table.imitated)) > 1 for table in tables):
        rng = np.random.default_rng(_SEED)
        if each:
            strong = {pair: table.strong() for pair, table in whole.items()}
            observed, null = shuffled_people(strong, _pictures(strong), rng)
            how = "the labels of each person's pictures, once for all tables with this person"
        else:
            observed = estimates["rank1"].value or 0.0
            null = shuffled_trials(tables, people, rng)
            how = "the labels of the pictures within each table"
        found["rank1_p_value"] = p_value(null, observed)
        found["methods"]["rank1_p_value"] = f"{ROUNDS} permutations of {how}"
        found["double_centred"] = _centred(tables, people)
    return found


def _centred(tables: Sequence[SimilarityTable], people: Sequence[str]) -> dict[str, float | None]:
    centred = [double_centred(table) for table in tables]
    return {
        "rank1": rank1_estimate(centred, people).value,
        "auc": auc_estimate(centred, people).value,
        "d_prime": d_prime_estimate(centred, people).value,
    }


def _pictures(whole: Pairs) -> dict[str, Counter[str]]:
    """Return the number of pictures of each label of each person."""
    found: dict[str, Counter[str]] = {}
    for (target, mimic), table in whole.items():
        found[mimic] = Counter(table.imitated)
        found.setdefault(target, Counter(table.targets))
    return found
