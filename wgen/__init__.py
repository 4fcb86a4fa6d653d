"""wgen: business processes written as plain sentences, compiled to durable Python state machines.

PYTEST_DONT_REWRITE: a program that has imported wgen may start pytest, which would warn of that otherwise.
"""

__version__ = "0.1.0"
