"""The simulation: random flows under random faults, on a clock of its own, against what the language says they mean."""
