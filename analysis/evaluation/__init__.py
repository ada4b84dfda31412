"""How good the metrics are, measured anew: ``scripts/evaluate`` judges every metric on people whose faces are known."""
