"""The tests of wgen."""
