"""What holds for all tests: random ones try the same examples each time, so that a red run can be repeated.

HYPOTHESIS_PROFILE=search looks for new ones. WGEN_NO_SKIPS=1 fails what would be skipped: there every test has to run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator

settings.register_profile("repeat", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

R = TypeVar("R", pytest.TestReport, pytest.CollectReport)

NO_SKIPS = os.environ.get("WGEN_NO_SKIPS", "") not in ("", "0")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _told((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _told((yield))


def _told(report: R) -> R:
    """A skip that nobody allows is a failure, with the reason of the skip."""
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}; WGEN_NO_SKIPS is set, so every test has to run"
    return report
