"""The stores: the one suite for all, and what is particular to each."""
