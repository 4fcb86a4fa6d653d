"""Finds the folders of data that travel with the compiler: `grammar` and `templates`."""

from __future__ import annotations

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def data_folder(name: str) -> str:
    """The folder at the top of a checkout, or the one that the wheel carries inside the package."""
    packed = os.path.join(_PACKAGE, f"_{name}")
    return packed if os.path.isdir(packed) else os.path.join(os.path.dirname(_PACKAGE), name)
