"""Draw faces off screen: simulated participants, target faces, tests with known truth."""
