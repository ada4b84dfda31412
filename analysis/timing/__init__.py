"""How well sessions kept time: a figure a session, a verdict a trial. No face is looked at."""
