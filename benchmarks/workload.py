"""The texts that are measured: one flow of 20 lines, and what says the same to each peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FLOW = """\
@Flow order fulfilment {n}
@Given (order) as dict
@Given (limit) as int, by default 100
@Retry each task 3 times
@Retry wait period is one second
@Timeout each task after 30 seconds
@Then price (order) giving (total) as int
@And reserve stock for (order) giving (reservation) as str
@When (total) is more than 5000
    @Then ask an officer about (order) using (total) giving (approved) as bool
@Otherwise
    @Then approve (order) giving (approved) as bool
@End
@When (approved) is false
    @Finish as "rejected"
@End
@Then charge customer for batch {n} using (total) giving (receipt) as str
@Then ship (order) using (reservation)
@Then send the receipt using (receipt) and (limit)
@Finish with (receipt) as "shipped"
"""

FEATURE = """\
Feature: order fulfilment

  Scenario: an order is shipped
    Given an order
    And a limit of 100
    When the order is priced
    And stock is reserved for the order
    Then the total is more than 5000
    And an officer is asked about the order
    And the order is approved
    And the customer is charged
    And the order is shipped

  Scenario: an order is rejected
    Given an order
    And a limit of 100
    When the order is priced
    And the officer says no
    Then the order is rejected
"""

SQL = "SELECT\n    orders.id,\n    orders.total\nFROM orders\nWHERE orders.total > 5000\nORDER BY orders.id\n"

PYTHON = """\
from dataclasses import dataclass


@dataclass
class Order:
    id: str
    prices: dict[str, int]


def total(order: Order) -> int:
    return sum(order.prices.values())


def approved(order: Order, limit: int = 100) -> bool:
    if total(order) > 5000:
        return False
    return len(order.prices) <= limit


def receipt(order: Order) -> str:
    return f"{order.id}: {total(order)}"
"""

SCHEMA = """\
{"title": "Order", "type": "object", "required": ["id", "total"], "properties": {
  "id": {"type": "string"},
  "total": {"type": "integer"},
  "lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}}}}
}}
"""


def many_flows(folder: Path, count: int) -> None:
    """Writes so many flows, each with a name and a sentence of its own."""
    for n in range(count):
        (folder / f"order_{n}.flow").write_text(FLOW.format(n=n), encoding="utf-8")
