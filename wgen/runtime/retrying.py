"""When a failed attempt is tried again: policies as arithmetic."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from wgen.errors import ValueRejected

if TYPE_CHECKING:
    from wgen.runtime.flow import Policy


def next_attempt(policy: Policy, failed: int, first_at: float, now: float, error: BaseException) -> float | None:
    """The time of the attempt after `failed` ones, or None when there is none."""
    if failed > policy.retries or not _may_retry(policy, error):
        return None
    when = now + _wait(policy, failed)
    if policy.window is not None and when > first_at + policy.window:
        return None
    return when


def _may_retry(policy: Policy, error: BaseException) -> bool:
    if isinstance(error, ValueRejected):  # the handler did its work; doing it again would give the same
        return False
    names = {cls.__name__ for cls in type(error).__mro__}
    if not names.isdisjoint(policy.never):
        return False
    return not policy.only or not names.isdisjoint(policy.only)


def _wait(policy: Policy, failed: int) -> float:
    wait = policy.wait
    if policy.growth == "linear":
        wait *= failed
    elif policy.growth == "exponential":
        wait *= 2.0 ** min(failed - 1, 1000)
    if policy.cap is not None:
        wait = min(wait, policy.cap)
    return random.uniform(0.0, wait) if policy.jitter else wait  # noqa: S311 - spreads load, guards nothing
