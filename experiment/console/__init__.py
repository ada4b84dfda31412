"""The experimenter's console: a local page to start, watch and review sessions.

The console is a process of its own. It reads what sessions write and starts them as processes; a session does not know
whether it is watched, and continues without the console.
"""
