"""The runtime: executes generated flows and keeps every run safe in a store."""
