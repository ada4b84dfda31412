"""Display and keyboard behind ports; the only folder that imports PsychoPy."""
