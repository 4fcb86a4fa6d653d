"""What helps to test flows and stores: a clock moved by hand, and the suite that every store passes."""
