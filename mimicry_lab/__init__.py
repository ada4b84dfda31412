"""The command ``mimicry``.

In an installation, ``data/`` and ``protocols/`` are in this folder (`analysis.paths`).
"""
