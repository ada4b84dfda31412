"""Pictures of the console for the documentation: ``python -m tests.experiment.console.pictures docs/figures``.

The data set is recorded by the simulated session of the benchmarks; the camera plays drawn faces. Paths of temporary
folders are replaced.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from experiment.bench.small_session import SmallSession, run_small_session, write_protocol
from experiment.console.console import Console
from experiment.record.layout import session_place
from experiment.screens.screen import Screen
from tests.browser import open_browser
from tests.conftest import PROJECT
from tests.experiment.console.running_console import running_console

COLOURS = 256
PATIENCE_MS = 240_000


class Killed(Exception):
    """The session stops as if it was killed."""


def slower(text: str) -> str:
    """Return the protocol with a rate that a busy computer keeps, too."""
    return text.replace("small-session", "smiles").replace("rate: 30", "rate: 10")


def record(folder: Path) -> None:
    """Record two whole sessions and one that stops at its third target."""
    protocol = write_protocol(folder / "protocol", trials=8, changes=slower)
    targets: list[str] = []

    def stop(screen: Screen) -> None:
        targets.append(screen.kind)
        if targets.count("target") > 2:
            raise Killed

    for number in (1, 2):
        run_small_session(session_place(folder / "my-study", f"{number:02d}", None), protocol, seed=number)
    try:
        setup = SmallSession(on_change=stop)
        run_small_session(session_place(folder / "my-study", "03", None), protocol, seed=3, setup=setup)
    except Killed:
        return


def save(page: Page, file: Path, *, height: int) -> None:
    """Save the upper part of a page with few colours."""
    content = page.screenshot(clip={"x": 0, "y": 0, "width": 1280, "height": height}, full_page=True)
    smaller = (
        Image.open(io.BytesIO(content)).convert("RGB").resize((960, round(height * 0.75)), Image.Resampling.LANCZOS)
    )
    smaller.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size // 1024} kB")


def main() -> None:
    """Write the pictures into the folder of the command line."""
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        folder = Path(name)
        os.environ["MIMICRY_RUNTIME"] = str(folder / "runtime")
        record(folder)
        camera = folder / "camera"
        camera.mkdir()
        neutral = np.asarray(Image.open(PROJECT / "protocols" / "targets" / "neutral.png").convert("RGB"))
        for shift in range(6):  # a camera whose picture never changes is a fault
            Image.fromarray(np.roll(neutral, shift, axis=1)).save(camera / f"{shift}.png")
        with running_console(Console(folder / "my-study")) as served:
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(served.first_address)
            page.locator("dd", has_text=name).evaluate("place => place.textContent = '/home/lab/data/my-study'")
            save(page, out / "console_study.png", height=900)
            page.goto(f"{served.address}/begin?participant=04&camera=other&camera_file={camera}")
            page.locator("#show-camera").click()
            expect(page.locator("#camera-outline ellipse")).to_have_count(68, timeout=PATIENCE_MS)
            page.wait_for_timeout(2000)  # the rate is known after some pictures
            page.locator("#camera_file").evaluate("field => field.value = '/home/lab/faces'")
            save(page, out / "console_begin.png", height=1000)
            page.locator("#hide-camera").click()


if __name__ == "__main__":
    main()
