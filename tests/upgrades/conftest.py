"""The command line, as its own tests call it."""

from tests.cli.conftest import _cache, folder, wgen

__all__ = ["_cache", "folder", "wgen"]
