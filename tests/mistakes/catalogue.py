"""A module that takes its types from another one."""

from decimal import *  # noqa: F403
