"""Display and keyboard behind their ports; the only folder that imports PsychoPy."""
