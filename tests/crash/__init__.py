"""The crash proof: runs are killed at every commit and at every call of a handler, and have to come out right."""
