"""The helpers for pages in a browser find what they are there to find."""

from __future__ import annotations

import pytest

from tests.browser import collect_console_errors, open_browser, serious_accessibility_findings


@pytest.mark.slow
def test_script_errors_and_missing_labels_are_found_and_a_sound_page_has_none() -> None:
    with open_browser() as browser:
        page = browser.new_page()
        errors = collect_console_errors(page)
        page.set_content('<html lang="en"><title>Page</title><main><h1>Page</h1><label>Name <input></label></main>')
        assert serious_accessibility_findings(page) == []
        assert errors == []

        page.set_content('<html lang="en"><title>Page</title><input><script>throw new Error("broken")</script>')
        assert [line.split(" ")[0] for line in serious_accessibility_findings(page)] == ["label"]
        assert errors == ["broken"]
