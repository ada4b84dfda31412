"""Publish a running session and carry out the commands that it receives.

`publisher` has the thread, `observation` the state, `commands` the commands; `experiment.record.live_state` has
the files.
"""
