"""Pages in Debian's Chromium, driven by Playwright: console errors, screenshots, accessibility rules."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

_FLAGS = ("--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic")


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a headless Chromium; skip the test where it is not installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("needs chromium (scripts/setup --tests installs it)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def collect_console_errors(page: Page) -> list[str]:
    """Return a list that grows with each error of the page: script errors, refused resources, failed requests."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def serious_accessibility_findings(page: Page) -> list[str]:
    """Return the serious and critical findings of axe-core on the page, one line each."""
    results: dict[str, Any] = Axe().run(page).response
    return [
        f"{finding['id']} ({finding['impact']}): {finding['help']}: "
        + json.dumps([node["target"] for node in finding["nodes"]][:3])
        for finding in results["violations"]
        if finding["impact"] in ("serious", "critical")
    ]


def check_look(page: Page) -> None:
    """Require that a page has no serious accessibility findings and does not scroll sideways."""
    findings = serious_accessibility_findings(page)
    assert findings == [], (page.url, findings)
    overflow_px = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow_px <= 0, (page.url, page.viewport_size, overflow_px)
