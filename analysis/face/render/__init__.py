"""Pictures of faces, drawn off screen: simulated participants, target faces, tests with a known truth."""
