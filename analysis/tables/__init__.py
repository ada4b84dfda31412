"""Target x mimic tables: measure every picture of a data set once, compare, write tables and figures."""
