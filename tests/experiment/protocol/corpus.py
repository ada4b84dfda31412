"""Read the corpus: wrong protocols in ``malformed/``, protocols with warnings in ``warnings/``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from experiment.protocol.language.problems import Severity
from experiment.protocol.load import Checked
from tests.experiment.protocol.conftest import SIX

FOLDER = Path(__file__).parent / "malformed"
WARNINGS = Path(__file__).parent / "warnings"
_SHORT = {
    "+HEAD": "protocol: 1\nname: study",
    "+TARGETS": "targets:\n" + "\n".join(f"  {name}: {{image: targets/{name}.png}}" for name in SIX),
    "+FACES": "targets:\n"
    + "\n".join(f"  {name}: {{image: targets/{name}.png, neutral: targets/neutral.png}}" for name in SIX),
    "+REST": "  - {name: baseline, kind: calibration}\n"
    "  - {name: others, kind: practice, trials: [disgust, happiness, sadness, surprise]}",
    "+BLOCKS": "blocks:\n  - {name: main, kind: experiment, trials: [anger, fear]}",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A protocol, and by file name and line the words its messages must have."""

    title: str
    text: str
    expected: dict[tuple[str, int], list[str]]


def cases(folder: Path = FOLDER) -> list[Case]:
    """Return all cases of a folder."""
    found = []
    for file in sorted(folder.glob("*.txt")):
        for part in re.split(r"^=== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, body = part.partition("\n")
            found.append(_case(f"{file.stem}: {title}", body))
    return found


def messages_by_line(checked: Checked, severity: Severity) -> dict[tuple[str, int], list[str]]:
    """Return the messages of one severity by file name and line."""
    found: dict[tuple[str, int], list[str]] = {}
    for problem in checked.problems:
        if problem.severity == severity:
            found.setdefault((problem.place.file.name, problem.place.line), []).append(problem.message)
    return found


def _case(title: str, body: str) -> Case:
    lines: list[str] = []
    expected: dict[tuple[str, int], list[str]] = {}
    for line in body.splitlines():
        mark = re.fullmatch(r"@(?:(\S+):)?(\d+) (.*)", line)
        if mark:
            expected.setdefault((mark[1] or "study.yaml", int(mark[2])), []).append(mark[3].strip())
            continue
        for written in _SHORT.get(line, line).split("\n"):
            content, *words = re.split(r"\s+#! ?", written)
            lines.append(content)
            if words:
                expected.setdefault(("study.yaml", len(lines)), []).extend(word.strip() for word in words)
    return Case(title, "\n".join(lines) + "\n", expected)


def write_fixture(folder: Path) -> None:
    """Write the files that the cases name."""
    (folder / "notes.txt").write_text("no picture\n", encoding="utf-8")
    (folder / "text.png").write_text("no picture\n", encoding="utf-8")
    Image.effect_noise((90, 90), 60).save(folder / "whole.png")
    data = bytearray((folder / "whole.png").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (folder / "damaged.png").write_bytes(bytes(data))
    Image.effect_noise((90, 90), 60).save(folder / "whole.jpg")
    (folder / "half.jpg").write_bytes((folder / "whole.jpg").read_bytes()[:900])
    (folder / "no_target.csv").write_text("face,gaze\nanger,direct\n", encoding="utf-8")
    (folder / "wrong_target.csv").write_text("target,gaze\nfear,direct\nangr,direct\n", encoding="utf-8")
    (folder / "ragged.csv").write_text("target,gaze\nfear,direct\nanger,direct,left\n", encoding="utf-8")
    (folder / "latin1.csv").write_bytes("target,gaze\nanger,gerade für\n".encode("latin-1"))
    (folder / "no_rows.csv").write_text("target,gaze\n", encoding="utf-8")
    base = [*_SHORT["+HEAD"].split("\n"), *_SHORT["+TARGETS"].split("\n"), "blocks:"]
    base.append("  - {name: practice, kind: practice, trials: [sadness]}")
    base.append("  - {name: main, kind: experiment, trials: [anger, fear]}")
    (folder / "base.yaml").write_text("\n".join(base) + "\n", encoding="utf-8")
