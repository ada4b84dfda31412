"""Protocol files: schema, loading with places, and the design that turns one into a plan."""
