"""From a recorded data set to target x mimic tables: measure every picture once, compare, write what a paper needs."""
