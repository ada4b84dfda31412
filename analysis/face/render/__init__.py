"""Pictures of faces, drawn off screen: for simulated participants, for the target faces, for tests with a known truth."""
