"""Numbers of a JSON file that floating point would change: kept exact where all of a column are whole, and told of elsewhere.

The engine takes a column for DOUBLE as soon as one of its numbers is beyond 64 bits; as text it hands out such a number as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from core.data.casts import name, text
from core.data.reader import Reader

Described = tuple[str, str]
"""A column's name and its type."""

_OBJECT_BYTES = 64 << 20
_EXACT = "DECIMAL(38,0)"
_MOST_DIGITS = 38
_RENAMED = re.compile(r"(.*)_\d+", re.DOTALL)
# Inside of a list or an object: a number above 2 ** 53, or one that is infinite as DOUBLE.
_CHANGED_WITHIN = (
    r"[\[:,]-?(9[0-9]{15}|[0-9]{17,}|[0-9.]+[eE]\+?(309|3[1-9][0-9]|[4-9][0-9][0-9]|[0-9]{4,}))[,\]}]"  # 1e308 is the last power of ten
)


@dataclass(frozen=True, slots=True)
class Source:
    """A table function or a select of *columns*."""

    sql: str
    columns: Sequence[Described]
    warnings: tuple[str, ...] = ()


def read_json(path: Path, form: str, as_text: Sequence[str] = (), *, records: bool = True) -> str:
    """All columns as they are found, or those *as_text* alone."""
    given = f"read_json({text(str(path))}, format='{form}', maximum_object_size={_OBJECT_BYTES}"
    if as_text:
        columns = ", ".join(f"{text(each)}: 'VARCHAR'" for each in as_text)
        return f"{given}, columns={{{columns}}}, records={str(records).lower()})"
    # All of the file is looked at: a key that a sample misses would be left out without a word.
    return f"{given}, sample_size=-1, map_inference_threshold=-1, convert_strings_to_integers=false)"


def with_exact_numbers(path: Path, form: str, described: Sequence[Described], reader: Reader) -> Source:
    """The file with the columns *described*, those of large whole numbers as decimals, or as text where they are longer still."""
    plain = read_json(path, form)
    asked = [each for each in described if "DOUBLE" in each[1] and each[0]]
    if not asked:
        return Source(plain, described)
    names, records = [each for each, _ in asked], [each for each, _ in described] != ["json"]
    as_text = read_json(path, form, names, records=records)
    counts = iter(reader.rows(f"SELECT {', '.join(_counts(*each) for each in asked)} FROM {as_text}")[0])  # noqa: S608 - names are quoted
    found = {each: _Found(*islice(counts, 4)) for each in names}
    whole = [each for each, known in asked if known == "DOUBLE" and found[each].is_whole and not _is_renamed(each, described)]
    exact = {each: _type(found[each]) for each in whole}
    warnings = tuple(words for each in names for words in _words(each, found[each], exact.get(each)))
    if not exact:
        return Source(plain, described, warnings)
    columns = [(each, exact.get(each, known)) for each, known in described]
    values = ", ".join(f"CAST(exact.{name(each)} AS {kind}) AS {name(each)}" for each, kind in exact.items())
    exactly = read_json(path, form, list(exact), records=records)
    joined = f"{plain} AS plain POSITIONAL JOIN {exactly} AS exact"
    return Source(f"(SELECT plain.* REPLACE ({values}) FROM {joined})", columns, warnings)  # noqa: S608 - names are quoted


def within_64_bits(source: Source, reader: Reader) -> Source:
    """*source* with those columns of HUGEINT as BIGINT that fit: the engine takes any column with numbers of both signs for one."""
    large = [each for each, known in source.columns if known == "HUGEINT"]
    if not large:
        return source
    fits = ", ".join(f"count({name(each)}) = count(TRY_CAST({name(each)} AS BIGINT))" for each in large)
    found = reader.rows(f"SELECT {fits} FROM {source.sql}")[0]  # noqa: S608 - names are quoted
    small = [each for each, does_fit in zip(large, found, strict=True) if does_fit]
    if not small:
        return source
    values = ", ".join(f"CAST({name(each)} AS BIGINT) AS {name(each)}" for each in small)
    columns = [(each, "BIGINT" if each in small else known) for each, known in source.columns]
    return Source(f"(SELECT * REPLACE ({values}) FROM {source.sql})", columns, source.warnings)  # noqa: S608 - names are quoted


@dataclass(frozen=True, slots=True)
class _Found:
    """Of a column: how many values there are that are no whole numbers, the digits of the longest whole one, and how many values
    DOUBLE would round and make infinite."""

    others: int
    digits: int | None
    rounded: int
    infinite: int

    @property
    def is_whole(self) -> bool:
        return not self.others and self.digits is not None


def _counts(column: str, kind: str) -> str:
    """The fields of `_Found`; the tests that take time are for long values alone."""
    cell = name(column)
    if kind != "DOUBLE":
        return f"count({cell}), NULL, count_if(regexp_matches({cell}, {text(_CHANGED_WITHIN)})), 0"
    power = f"contains({cell}, 'e') OR contains({cell}, 'E')"
    other = f"(contains({cell}, '.') OR {power})"
    digits = f"length({cell}) - starts_with({cell}, '-')::INTEGER"
    exact, double = f"TRY_CAST({cell} AS {_EXACT})", f"TRY_CAST({cell} AS DOUBLE)"
    rounds = f"{digits} > {_MOST_DIGITS} OR {exact} IS DISTINCT FROM TRY_CAST({double} AS {_EXACT})"
    return ", ".join((
        f"count_if({other})",
        f"max(CASE WHEN NOT {other} THEN {digits} END)",
        f"count_if(CASE WHEN length({cell}) >= 16 AND NOT {other} THEN {rounds} ELSE false END)",
        f"count_if(CASE WHEN {power} OR length({cell}) > 300 THEN isinf({double}) ELSE false END)",
    ))  # fmt: skip


def _type(found: _Found) -> str:
    return _EXACT if (found.digits or 0) <= _MOST_DIGITS else "VARCHAR"


def _is_renamed(column: str, described: Sequence[Described]) -> bool:
    """Whether the file may have another name for it: of two that differ in their capitals alone the engine numbers one."""
    found = _RENAMED.fullmatch(column)
    return found is not None and found[1].casefold() in {each.casefold() for each, _ in described}


def _words(column: str, found: _Found, exact: str | None) -> Iterator[str]:
    if exact == "VARCHAR":
        yield f"{column}: numbers of more than {_MOST_DIGITS} digits are kept as text."
    if exact:
        return
    if found.infinite:
        are, come = (" is", "comes") if found.infinite == 1 else ("s are", "come")
        yield f"{column}: {found.infinite:,} number{are} too large and {come} in as infinite."
    if found.rounded:
        have, are = (" has", "is") if found.rounded == 1 else ("s have", "are")
        yield f"{column}: {found.rounded:,} value{have} more digits than can be kept there, and {are} rounded."
