"""What is worth a look in a column, each in a sentence: shown before the numbers."""

from __future__ import annotations

from collections.abc import Iterator

from core.data.column_profile import Alert, ColumnProfile

MISSING = 0.05
IDENTIFIER = 0.98
_IDENTIFIER_ESTIMATED = 0.9  # the estimate may be some percent too low
ZEROS = BLANK = 0.3
SKEWNESS = 3.0
CATEGORIES = 1_000
_FEW = 10  # rows below which shares say nothing


def alerts(column: ColumnProfile) -> Iterator[Alert]:
    """The gravest first. An empty table has none."""
    if column.rows == 0:
        return
    if column.count == 0:
        yield Alert("empty", "Every value is missing.")
        return
    if column.missing_share >= MISSING:
        yield Alert("missing", f"{_share(column.missing, column.rows)} of the values are missing ({column.missing:,} of {column.rows:,}).")
    if column.not_finite:
        yield Alert("not finite", f"{_values(column.not_finite)} not a finite number or moment; the statistics leave them out.")
    if column.blank and column.blank / column.count >= BLANK:
        yield Alert("blank", f"{_share(column.blank, column.count)} of the texts are blank ({column.blank:,} of {column.count:,}).")
    yield from _variety(column)
    yield from _shape(column)


def _variety(column: ColumnProfile) -> Iterator[Alert]:
    if column.distinct == 1 and column.distinct_is_exact and column.top:
        yield Alert("constant", f"Every value{' that is there' if column.missing else ''} is {column.top[0].value}.")
    elif column.kind in ("integer", "text") and column.count >= _FEW and _is_identifier(column):
        if column.distinct_is_exact and column.distinct < column.count:
            yield Alert("identifier", f"{_share(column.distinct, column.count)} of the values are different: nearly an identifier.")
        else:
            every = "Every value is" if column.distinct_is_exact else "Nearly all values are"
            yield Alert("identifier", f"{every} different: this looks like an identifier.")
    elif column.kind == "text" and column.distinct > CATEGORIES:
        about = "" if column.distinct_is_exact else "About "
        yield Alert("many values", f"{about}{column.distinct:,} different values: too many to show as categories.")


def _is_identifier(column: ColumnProfile) -> bool:
    share = IDENTIFIER if column.distinct_is_exact else _IDENTIFIER_ESTIMATED
    return column.distinct >= share * column.count


def _shape(column: ColumnProfile) -> Iterator[Alert]:
    if column.zeros and column.distinct > 1 and column.count >= _FEW and column.zeros / column.count >= ZEROS:
        yield Alert("zeros", f"{_share(column.zeros, column.count)} of the values are zero ({column.zeros:,} of {column.count:,}).")
    if column.skewness is not None and abs(column.skewness) >= SKEWNESS and column.quantiles and column.count >= _FEW:
        low, high = column.quantiles[0], column.quantiles[-1]
        end = f"the largest is {column.maximum:,}" if column.skewness > 0 else f"the smallest is {column.minimum:,}"
        yield Alert("skewed", f"Very skewed: 9 in 10 values lie from {low:,.6g} to {high:,.6g}, {end}.")


def _share(part: int, whole: int) -> str:
    """In percent, never rounded to all or nothing."""
    percent = 100 * part / whole
    if 0 < part < whole and not 0.1 <= percent < 99.95:
        return "Less than 0.1 %" if percent < 1 else "More than 99.9 %"
    return f"{percent:.1f} %".replace(".0 %", " %")


def _values(count: int) -> str:
    return "One value is" if count == 1 else f"{count:,} values are"
