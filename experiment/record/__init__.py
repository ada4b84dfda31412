"""What is on disk: journal, frames, the BIDS data set, and reading them back."""
