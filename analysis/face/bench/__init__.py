"""Speed and accuracy of face measurement, and comparison with eos.

`python -m analysis bench` runs it; `docs/measurement.md` has the results.
"""
