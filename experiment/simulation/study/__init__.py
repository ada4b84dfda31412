"""Studies of many people: ``python -m experiment.simulation.study``.

`measuring` measures people as the tables do. `pattern` tests the published pattern, `recovery` compares measured with
true intensities, `detection` counts detected faces.
"""
