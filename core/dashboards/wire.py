"""Chart specs as JSON and back; what does not fit is said with the field's name (``measures.0.aggregate``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from core.dashboards.spec import Aggregate, ChartSpec, DimensionSpec, Kind, MeasureSpec, NumberFormat, Sort, TopSpec
from core.errors import Invalid, did_you_mean
from core.query.spec import Filter, Grain
from core.query.wire import filter_from_json, filter_to_json

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)

MOST_BINS = 200
MOST_TOP = 1000
_LONGEST = 2000  # of a formula or a label


def spec_from_json(given: Any) -> ChartSpec:
    """Raises Invalid naming the field."""
    known = _object(given, "spec", ("kind", "measures", "dimensions", "colour", "filters", "sort", "top"))
    if "kind" not in known:
        raise Invalid("A chart needs a kind: " + ", ".join(Kind) + ".", field="kind")
    kind = _choice(known["kind"], Kind, "kind")
    return ChartSpec(
        kind=kind,
        measures=_list(known["measures"], "measures", _measure) if "measures" in known else _usual_measures(kind),
        dimensions=_list(known.get("dimensions", ()), "dimensions", _dimension),
        colour=None if known.get("colour") is None else _dimension(known["colour"], "colour"),
        filters=_list(known.get("filters", ()), "filters", _filter),
        sort=_choice(known.get("sort", Sort.NATURAL), Sort, "sort"),
        top=None if known.get("top") is None else _top(known["top"]),
    )


def spec_to_json(spec: ChartSpec) -> dict[str, Any]:
    """The shortest form that `spec_from_json` reads back to the same spec."""
    return {
        "kind": spec.kind.value,
        "measures": [_without_defaults(each, MeasureSpec(), keep=("aggregate",)) for each in spec.measures],
        "dimensions": [_without_defaults(each, DimensionSpec()) for each in spec.dimensions],
        **({"colour": _without_defaults(spec.colour, DimensionSpec())} if spec.colour else {}),
        **({"filters": [filter_to_json(each) for each in spec.filters]} if spec.filters else {}),
        **({"sort": spec.sort.value} if spec.sort is not Sort.NATURAL else {}),
        **({"top": {"n": spec.top.n, "other": spec.top.other}} if spec.top else {}),
    }


def _usual_measures(kind: Kind) -> tuple[MeasureSpec, ...]:
    return () if kind is Kind.TABLE else (MeasureSpec(),)


def _measure(given: Any, field: str) -> MeasureSpec:
    known = _object(given, field, ("aggregate", "column", "formula", "label", "format", "unit"))
    formula, column = _text(known, "formula", field), _text(known, "column", field)
    aggregate = _choice(known.get("aggregate", "formula" if formula else "count"), Aggregate, f"{field}.aggregate")
    if aggregate is Aggregate.FORMULA and not formula:
        raise Invalid("A formula is missing, such as sum(arr_delay) / count(*).", field=f"{field}.formula")
    if aggregate not in (Aggregate.FORMULA, Aggregate.COUNT) and not column:
        raise Invalid(f"Which column is the {aggregate} of?", field=f"{field}.column")
    return MeasureSpec(
        aggregate=aggregate,
        column="" if aggregate in (Aggregate.FORMULA, Aggregate.COUNT) else column,
        formula=formula if aggregate is Aggregate.FORMULA else "",
        label=_text(known, "label", field),
        format=_choice(known.get("format", ""), NumberFormat, f"{field}.format"),
        unit=_text(known, "unit", field),
    )


def _dimension(given: Any, field: str) -> DimensionSpec:
    known = _object(given, field, ("column", "formula", "label", "grain", "bins"))
    column, formula = _text(known, "column", field), _text(known, "formula", field)
    if bool(column) == bool(formula):
        raise Invalid("A dimension is either a column or a formula.", field=f"{field}.column")
    grain = None if known.get("grain") is None else _choice(known["grain"], Grain, f"{field}.grain")
    bins = None if known.get("bins") is None else _whole(known["bins"], f"{field}.bins", MOST_BINS)
    if grain and bins:
        raise Invalid("A dimension has a time grain or bins, not both.", field=f"{field}.bins")
    return DimensionSpec(column=column, formula=formula, label=_text(known, "label", field), grain=grain, bins=bins)


def _filter(given: Any, field: str) -> Filter:
    found = filter_from_json(given, field)
    return Filter(found.column, found.op, tuple(found.value)) if isinstance(found.value, list) else found


def _top(given: Any) -> TopSpec:
    known = _object(given, "top", ("n", "other"))
    other = known.get("other", True)
    if not isinstance(other, bool):
        raise Invalid("Whether the rest is shown as Other is true or false.", field="top.other")
    return TopSpec(_whole(known.get("n"), "top.n", MOST_TOP), other)


def _object(given: Any, field: str, names: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise Invalid(f"{field} has to be an object with {', '.join(names)}.", field=field)
    odd = next((name for name in given if name not in names), None)
    if odd is not None:
        raise Invalid(f"{field} has no {odd!r}.{did_you_mean(str(odd), names)}", field=f"{field}.{odd}")
    return given


def _list(given: Any, field: str, one: Callable[[Any, str], T]) -> tuple[T, ...]:
    if not isinstance(given, (list, tuple)):
        raise Invalid(f"{field} has to be a list.", field=field)
    return tuple(one(each, f"{field}.{position}") for position, each in enumerate(given))


def _choice(given: Any, choices: type[Choice], field: str) -> Choice:
    try:
        return choices(given)
    except ValueError:
        raise Invalid(
            f"{given!r} is not one of {', '.join(repr(each.value) for each in choices)}.{did_you_mean(str(given), list(choices))}",
            field=field,
        ) from None


def _text(known: Mapping[str, Any], name: str, field: str) -> str:
    given = known.get(name)
    if given is None:
        return ""
    if not isinstance(given, str) or len(given) > _LONGEST:
        raise Invalid(f"{name} has to be text of at most {_LONGEST:,} characters.", field=f"{field}.{name}")
    return given.strip()


def _whole(given: Any, field: str, most: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise Invalid(f"{field.rsplit('.', 1)[-1]} has to be a whole number from 1 to {most:,}.", field=field)
    return given


def _without_defaults(spec: MeasureSpec | DimensionSpec, usual: MeasureSpec | DimensionSpec, keep: Sequence[str] = ()) -> dict[str, Any]:
    values = ((name, getattr(spec, name), getattr(usual, name)) for name in spec.__slots__)
    return {
        name: value.value if isinstance(value, StrEnum) else value for name, value, default in values if value != default or name in keep
    }
