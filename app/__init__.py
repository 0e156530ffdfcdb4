"""The intake desk for advanced manufacturing technology designation requests."""
