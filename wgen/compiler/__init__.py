"""From the text of a flow to Python source: parse, lower, check, emit. Pure functions; no user code is imported."""
