"""Control of the film from the session."""

from __future__ import annotations

from typing import Protocol


class FilmControl(Protocol):
    """Begins and ends the film of trials (`experiment.record.film.film.Film`)."""

    def film_trial(self, trial_id: str | None) -> None:
        """Film for a trial from now on; None ends that."""
        ...

    def check(self) -> None:
        """Raise what went wrong with the film.

        Raises
        ------
        RecordError
            If the film has failed.
        """
        ...
