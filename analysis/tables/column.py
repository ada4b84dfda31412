"""The description of one column of a table, as in a BIDS sidecar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ColumnType = Literal["text", "number", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    description: str
    type: ColumnType = "text"
    units: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the data dictionary."""
        entry: dict[str, Any] = {"Description": self.description, "DataType": self.type}
        if self.units:
            entry["Units"] = self.units
        if self.levels:
            entry["Levels"] = dict(self.levels)
        return entry
