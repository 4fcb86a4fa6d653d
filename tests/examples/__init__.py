"""The example flows, run to their ends and killed at every commit."""
