"""How well and how fast faces are measured: drawn people with a known truth, photographs, eos, a stop watch.

`python -m analysis bench` runs it; `docs/measurement.md` keeps what it said.
"""
