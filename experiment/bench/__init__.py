"""Benchmarks of sessions on this machine.

``scripts/bench session`` and ``scripts/bench training``.
"""
