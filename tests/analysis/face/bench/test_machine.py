from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.face.bench.machine import machine_facts


def test_facts_name_processor_cores_and_versions_as_plain_values() -> None:
    facts = json.loads(json.dumps(machine_facts()))
    assert facts["processor"]
    assert facts["cores"] >= 1
    assert facts["numpy"][0].isdigit()
    assert facts["dlib-bin"][0].isdigit()


def test_a_system_without_proc_and_a_missing_package_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(path: Path, encoding: str) -> str:
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", unreadable)
    monkeypatch.setattr("analysis.face.bench.machine._PACKAGES", ("no-such-package",))
    facts = machine_facts()
    assert facts["processor"]
    assert facts["no-such-package"] == "not installed"
