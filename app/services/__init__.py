"""The verbs of the intake desk; each takes an open transaction and never commits it."""
