from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    OPEN = "open"
    SHUT = "shut"


@dataclass
class Task:
    owner: str
