"""How similar two measured expressions are: metrics, what they are made of, and the tables they fill."""
