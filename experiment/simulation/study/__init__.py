"""Many simulated participants, by drawing only the frames that count: ``python -m experiment.simulation.study``.

`measuring` measures people as the tables do, `pattern` asks whether the published pattern holds, `recovery` compares
measured with true intensities, `response` measures how landmarks answer to emotions, `detection` counts faces found.
"""
