"""The rule of an agreement: which counts are small, and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hub.errors import RequestSyntaxError

__all__ = ["Method", "Rule"]


class Method(StrEnum):
    """``SUPPRESS`` withholds small counts and what would give them away; ``ROUND`` rounds all."""

    SUPPRESS = "suppress"
    ROUND = "round"


#: Smallest and largest number that a rule may name, by method.
_BOUNDS = {Method.SUPPRESS: (3, 1000), Method.ROUND: (3, 100)}


@dataclass(frozen=True, slots=True)
class Rule:
    """A method and its number.

    Of ``SUPPRESS`` the number is the threshold: counts from 1 to one below it are small. Of
    ``ROUND`` it is the base that figures are multiples of; counts below it are small.
    """

    method: Method
    number: int

    def __post_init__(self) -> None:
        least, most = _BOUNDS[self.method]
        if not least <= self.number <= most:
            raise RequestSyntaxError(
                f"The number of the rule {self.method} lies between {least} and {most}: "
                f"{self.number} does not."
            )

    @property
    def top(self) -> int:
        """The largest small count."""
        return self.number - 1

    def to_dict(self) -> dict[str, Any]:
        """The rule as JSON and records state it."""
        return {"method": self.method.value, "number": self.number}

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Rule:
        """Read ``method`` and ``number``. Raises ``RequestSyntaxError``."""
        unknown = given.keys() - {"method", "number"}
        if unknown:
            raise RequestSyntaxError(f"A disclosure rule has no {', '.join(sorted(unknown))}.")
        try:
            return cls(Method(given["method"]), int(given["number"]))
        except KeyError as error:
            raise RequestSyntaxError(f"A disclosure rule needs {error.args[0]}.") from None
        except (TypeError, ValueError):
            raise RequestSyntaxError(
                "A disclosure rule is method suppress or round, and a whole number, not "
                f"{given['method']!r} and {given['number']!r}."
            ) from None
