"""What a profile says: plain values that can be stored as JSON and read back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

Value = None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Bin:
    """*count* values from *low* on and below *high*: numbers, or moments as ISO texts. The last bin holds *high* too."""

    low: float | str
    high: float | str
    count: int


@dataclass(frozen=True, slots=True)
class Frequent:
    value: Value
    count: int


@dataclass(frozen=True, slots=True)
class Alert:
    """*kind* is one of empty, constant, missing, identifier, skewed, zeros, blank, not finite, many values; *text* a sentence."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What is None does not exist for this kind of column, or for this one has no answer.

    The bins of a column add up to `count` less `not_finite`. *quantiles* belong to 5, 25, 50, 75 and 95 %. *top* is empty where there
    are too many different values to count them. *lengths* of texts (characters) and binaries (bytes): least, mean, greatest.
    """

    name: str
    type: str
    kind: str
    rows: int
    count: int
    distinct: int
    distinct_is_exact: bool
    minimum: Value = None
    maximum: Value = None
    mean: float | None = None
    std: float | None = None
    skewness: float | None = None
    quantiles: tuple[float, ...] | None = None
    quantiles_are_exact: bool = True
    zeros: int | None = None
    negative: int | None = None
    not_finite: int | None = None
    blank: int | None = None
    lengths: tuple[int, float, int] | None = None
    top: tuple[Frequent, ...] = ()
    bins: tuple[Bin, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def missing(self) -> int:
        return self.rows - self.count

    @property
    def missing_share(self) -> float:
        return self.missing / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    row_count: int
    columns: tuple[ColumnProfile, ...]

    @property
    def alerts(self) -> tuple[tuple[str, Alert], ...]:
        """All alerts, each with the name of its column."""
        return tuple((column.name, alert) for column in self.columns for alert in column.alerts)

    def column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.name == name), None)


def profile_to_json(profile: Profile) -> dict[str, Any]:
    return asdict(profile)


def profile_from_json(stored: dict[str, Any]) -> Profile:
    return Profile(stored["row_count"], tuple(_column_from_json(column) for column in stored["columns"]))


def _column_from_json(stored: dict[str, Any]) -> ColumnProfile:
    parts = {"top": Frequent, "bins": Bin, "alerts": Alert}
    tuples = {name: tuple(stored[name]) for name in ("quantiles", "lengths") if stored[name] is not None}
    built = {name: tuple(part(**value) for value in stored[name]) for name, part in parts.items()}
    return ColumnProfile(**{**stored, **tuples, **built})
