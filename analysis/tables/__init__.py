"""Target x mimic tables: measure, compare, write tables and figures."""
