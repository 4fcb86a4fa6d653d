"""Reads the pages of the documentation and tries what they show."""
