"""The runtime: every promise of its contract, on a clock moved by hand."""
