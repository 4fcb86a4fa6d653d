"""wgen: business processes written as plain sentences, compiled to durable Python state machines."""

__version__ = "0.1.0"
