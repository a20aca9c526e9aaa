"""Rows from outside become the cells of a schema, or are refused in words: never a silent guess.

The rules of each kind stand in one function: value -> (cell, remark or nothing), raising Unfit with the
reason of a refusal. A cell is a float (NaN for null, moments in seconds since 1970) or text (None for null).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from core.errors import Invalid, TooLarge, did_you_mean
from core.ml.schema import LARGEST, Field, Kind, Schema

MOST_ROWS = 10_000
MOST_REMARKS = 1_000
MOST_PROBLEMS = 20

Cell = float | str | None
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY_FIRST = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?", re.ASCII)  # of ISO 8601's forms the one that nobody reads otherwise
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - differences of naive moments, in UTC or in none


class Unfit(Exception):
    """A value that cannot be brought to its field; the message says why, as the rest of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a caller should know about the value at *field* (``rows.3.carrier``)."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Coerced:
    cells: tuple[tuple[Cell, ...], ...]
    warnings: tuple[Remark, ...]


def coerce(schema: Schema, rows: Sequence[Any]) -> Coerced:
    """Raises Invalid that names the first wrong field and says what is wrong with up to twenty of them."""
    if len(rows) > MOST_ROWS:
        raise TooLarge(f"{len(rows):,} rows at once; at most {MOST_ROWS:,} are answered. Send them in parts.", field="rows")
    warnings: list[Remark] = []
    problems: list[Remark] = []
    cells = []
    for number, row in enumerate(rows):
        cells.append(_cells(schema, row, f"rows.{number}", warnings, problems))
        if len(problems) >= MOST_PROBLEMS:
            break
    if problems:
        raise Invalid("\n".join(f"{problem.field}: {problem.message}" for problem in problems[:MOST_PROBLEMS]), field=problems[0].field)
    if len(warnings) > MOST_REMARKS:
        rest = len(warnings) - MOST_REMARKS
        warnings = [*warnings[:MOST_REMARKS], Remark("rows", f"{rest:,} more warnings of this sort are not listed.")]
    return Coerced(tuple(cells), tuple(warnings))


def _cells(schema: Schema, row: Any, path: str, warnings: list[Remark], problems: list[Remark]) -> tuple[Cell, ...]:
    if not isinstance(row, Mapping):
        problems.append(Remark(path, "is not an object of fields and values."))
        return ()
    found: list[Cell] = []
    met = 0
    for field in schema.fields:
        try:
            if field.name in row:
                met += 1
                cell, remark = read(field, row[field.name])
            else:
                cell, remark = read(field, None)[0], "is missing; it was taken as empty."
        except Unfit as error:
            problems.append(Remark(f"{path}.{field.name}", str(error) if field.name in row else _missing(schema, row, field)))
            continue
        if remark:
            warnings.append(Remark(f"{path}.{field.name}", remark))
        found.append(cell)
    if met < len(row):
        _unknown(schema, row, path, warnings, problems)
    return tuple(found)


def _missing(schema: Schema, row: Mapping[str, Any], field: Field) -> str:
    strangers = [str(name) for name in row if name not in schema.names]
    near = next((name for name in strangers if name.casefold() == field.name.casefold()), "")
    return f"is missing, and training never saw it empty.{f' There is {near}: names are case-sensitive.' if near else ' Give a value.'}"


def _unknown(schema: Schema, row: Mapping[str, Any], path: str, warnings: list[Remark], problems: list[Remark]) -> None:
    for name in row:
        if name in schema.names:
            continue
        if name in schema.ignored:
            warnings.append(Remark(f"{path}.{name}", "is not used by this model; it was ignored."))
            continue
        folded = {known.casefold(): known for known in schema.names}
        near = folded.get(str(name).casefold())
        hint = f" Did you mean {near}?" if near else did_you_mean(str(name), schema.names)
        problems.append(Remark(f"{path}.{name}", f"is no input of this model.{hint}"))


def read(field: Field, value: Any) -> tuple[Cell, str | None]:
    """One value by the rules of its field's kind. Raises Unfit with the reason of a refusal."""
    if value is None:
        if not field.nullable:
            raise Unfit("is empty, and training never saw it empty. Give a value.")
        return (None if field.kind is Kind.CATEGORY else math.nan), None
    return _READERS[field.kind](field, value)


def _number(field: Field, value: Any) -> tuple[float, str | None]:
    remark = None
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise Unfit(f"is the text {_quoted(value)}; a number is expected.")
        number, remark = float(value), f"is text; it was read as the number {value}."
    elif isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise Unfit(f"is {_described(value)}; a number is expected.")
    else:
        number = _float(value)
    if not abs(number) <= LARGEST:
        raise Unfit("is not a finite number that can be used.")
    if field.whole and not number.is_integer():
        remark = _also(remark, "has decimals; training saw whole numbers only.")
    return number, _also(remark, _range(field, number, f"{number:g}", "{:g}".format))


def _float(value: int | float | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _boolean(_field: Field, value: Any) -> tuple[float, str | None]:
    if isinstance(value, bool):
        return float(value), None
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return float(value.lower() == "true"), f"is text; it was read as {value.lower()}."
    if isinstance(value, int) and value in (0, 1):
        return float(value), f"is a number; it was read as {'true' if value else 'false'}."
    raise Unfit(f"is {_described(value)}; true or false is expected.")


def _category(field: Field, value: Any) -> tuple[str, str | None]:
    remark = None
    if isinstance(value, int) and not isinstance(value, bool):
        value, remark = str(value), f"is a number; it was read as the text {_quoted(str(value))}."
    if not isinstance(value, str):
        raise Unfit(f"is {_described(value)}; text is expected.")
    if not _is_whole(value):
        raise Unfit("holds half of a surrogate pair, which is no character of any text.")
    return value, _also(remark, _unseen(field, value))


def _is_whole(text: str) -> bool:
    """JSON may carry half of a surrogate pair, which no dataset holds and no answer can quote."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unseen(field: Field, value: str) -> str | None:
    if value in field.known:
        return None
    if field.level_count > len(field.levels):
        return f"{_quoted(value)} is not among the {len(field.levels):,} commonest values of training; it was treated as a rare value."
    hint = did_you_mean(value, field.levels) if len(field.levels) <= 500 else ""
    return f"{_quoted(value)} was not seen in training; it was treated as a rare value.{hint}"


def _date(field: Field, value: Any) -> tuple[float, str | None]:
    day, remark = value, None
    if isinstance(value, str):
        moment = _parsed(value, "a date such as 2013-07-31")
        day = moment.date()
        if len(value) > 10 and moment.time() != time():
            remark = f"has a time of day; it was read as {day}."
    elif isinstance(value, datetime) or not isinstance(value, date):
        raise Unfit(f"is {_described(value)}; a date such as 2013-07-31 is expected.")
    seconds = (day - _EPOCH.date()).days * 86_400.0
    return seconds, _also(remark, _range(field, seconds, str(day), lambda s: str(_moment_of(s).date())))


def _moment(field: Field, value: Any) -> tuple[float, str | None]:
    moment, remark = value, None
    if isinstance(value, str):
        moment = _parsed(value, "a moment such as 2013-07-31T14:30:00")
        if len(value) <= 10:
            remark = "has no time of day; it was read as midnight."
    elif not isinstance(value, datetime):
        raise Unfit(f"is {_described(value)}; a moment such as 2013-07-31T14:30:00 is expected.")
    if moment.tzinfo is not None:
        if not field.aware:
            remark = _also(remark, "has a time zone and training had none; it was read as UTC.")
        moment = _in_utc(moment)
    elif field.aware:
        remark = _also(remark, "has no time zone; it was read as UTC.")
    since = moment - _EPOCH
    seconds = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) / 1e6
    return seconds, _also(remark, _range(field, seconds, moment.isoformat(), lambda s: _moment_of(s).isoformat()))


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise Unfit("is a moment before the year 1 or after 9999 in UTC.") from None


def _parsed(text: str, expected: str) -> datetime:
    try:
        return datetime.fromisoformat(text if _DAY_FIRST.fullmatch(text) else "")
    except ValueError:
        raise Unfit(f"is {_quoted(text)}; {expected} is expected.") from None


def _clock(_field: Field, value: Any) -> tuple[float, str | None]:
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            raise Unfit(f"is {_quoted(value)}; a time of day such as 14:30 is expected.") from None
    if not isinstance(value, time) or value.tzinfo is not None:
        raise Unfit(f"is {_described(value)}; a time of day such as 14:30, without a zone, is expected.")
    micros = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    return micros / 1e6, None


def _range(field: Field, number: float, said: str, words: Callable[[float], str]) -> str | None:
    if field.low is None or field.high is None or field.low <= number <= field.high:
        return None
    return f"{said} is outside what training saw ({words(field.low)} to {words(field.high)})."


def _moment_of(seconds: float) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _also(first: str | None, second: str | None) -> str | None:
    return f"{first} {second}" if first and second else first or second


def _described(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {_quoted(value)}"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, Mapping) else f"a {type(value).__name__}"


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"


_READERS: dict[Kind, Callable[[Field, Any], tuple[Cell, str | None]]] = {
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.CATEGORY: _category,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.CLOCK: _clock,
}
