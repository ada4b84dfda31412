"""Tests. The folders mirror `analysis/` and `experiment/`; files here test the project as a whole.

Marks: ``slow`` (more than a few seconds), ``display`` (opens a real window on a virtual display).
`tests.conftest.shared_path` finds files that do not ship. A test that lacks them is skipped; under CI a skipped test
fails.
"""
