"""How a text file's cells are told apart: delimiter, quote, escape.

Each candidate is tried on a sample and scored by how regular its table is and how many of its cells look like
one value (a number, a date, a time, a word), after van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by
detecting row and type patterns", 2019.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = {",": 1.0, "\t": 1.0, ";": 1.0, "|": 1.0, "~": 0.8, "^": 0.8, "+": 0.7, ":": 0.6, " ": 0.5}
"""Each with the share of its score that it keeps: a comma between cells is likelier than a colon."""

LONGEST = 1 << 21  # of one cell or line; longer ones are broken quotes
_ROWS = 200  # tried with each candidate
_COMMENT = ("#", "//", "%")

_VALUE = re.compile(
    r"""[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s?%?     # a number
    | \d{1,4}([-/.])\d{1,2}\4\d{1,4}([T\ ]\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s?([AaPp][Mm])?(Z|[+-]\d{2}:?\d{2})?)?  # a date, a moment
    | \d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s?([AaPp][Mm])?([+-]\d{2}:?\d{2})?  # a time
    | [^\W\d][\w'’.-]*            # a word
    | [A-Za-z]+://\S+ | \S+@\S+\.\S+""",
    re.VERBOSE,
)
_PROSE = re.compile(r"[^\W_][^\"]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """*delimiter* is empty for one column; *quote* is empty when quotes mean nothing. *spaced*: blanks stand after delimiters,
    before quotes."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'
    spaced: bool = False

    def rows(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        """The cells of *lines*. Raises csv.Error, only at broken quotes when *strict*."""
        csv.field_size_limit(LONGEST)
        quoted = bool(self.quote)
        return csv.reader(
            lines,
            delimiter=self.delimiter or "\x1f",
            quotechar=self.quote or None,
            escapechar=self.escape if quoted and self.escape != self.quote else None,
            doublequote=self.escape == self.quote,
            skipinitialspace=self.spaced,
            quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            strict=strict,
        )


def find_dialect(lines: Sequence[str], *, delimiter: str | None = None, quote: str | None = None) -> Dialect:
    """The likeliest dialect of *lines* (line ends kept); *delimiter* and *quote* are taken as given when not None."""
    lines = [line for line in lines if line.strip() and not line.startswith(_COMMENT)]
    best, best_score = Dialect(delimiter or "", '"' if quote is None else quote), 0.0
    for candidate in _candidates("".join(lines[:_ROWS]), delimiter, quote):
        score = _score(candidate, lines)
        if score > best_score * (1 + 1e-9):
            best, best_score = candidate, score
    return best


def _candidates(text: str, delimiter: str | None, quote: str | None) -> Iterator[Dialect]:
    for each in DELIMITERS if delimiter is None else (delimiter,):
        if each and each not in text:
            continue
        for mark in _quotes(text, each) if quote is None else (quote,):
            spaced = bool(mark and each and each != " " and re.search(rf"{re.escape(each)} +{mark}(?!{mark})", text))
            for escape in (mark, "\\") if mark and f"\\{mark}" in text else (mark,):
                yield Dialect(each, mark, escape, spaced)


def _quotes(text: str, delimiter: str) -> Iterator[str]:
    """Those that enclose a whole cell somewhere; the double quote always, last when a better one is there."""
    edge = re.escape(delimiter) if delimiter else "\n"
    if len(re.findall(rf"(?:^|{edge} ?|\n)'(?:[^'\n]|'')*'(?=\s*(?:{edge}|\r?\n|$))", text)) > 1:
        yield "'"
    yield '"'


def _score(dialect: Dialect, lines: Sequence[str]) -> float:
    try:
        rows = [row for row, _ in zip(dialect.rows(lines), range(_ROWS), strict=False) if row]
    except csv.Error:
        return 0.0
    width, share = _width([len(row) for row in rows])
    if width < 2:
        return 0.0
    cells = [cell.strip() for row in rows if len(row) == width for cell in row]
    like_values = sum(_likeness(cell, dialect) for cell in cells) / len(cells)
    return DELIMITERS.get(dialect.delimiter, 0.6) * share**2 * (0.1 + like_values) * (1 - 0.5 / width)


def _width(lengths: Sequence[int]) -> tuple[int, float]:
    """The commonest number of cells, the first row's when there is a tie, and the share of rows that have it."""
    if not lengths:
        return 0, 0.0
    counts = Counter(lengths)
    most = max(counts.values())
    width = lengths[0] if counts[lengths[0]] == most else next(length for length in lengths if counts[length] == most)
    return width, most / len(lengths)


def _likeness(cell: str, dialect: Dialect) -> float:
    if not cell:
        return 0.5
    if _VALUE.fullmatch(cell):
        return 1.0
    if (dialect.quote != '"' and cell[0] == cell[-1] == '"') or (dialect.quote != "'" and cell[0] == cell[-1] == "'"):
        return 0.0  # quotes that were not understood
    return 0.6 if _PROSE.fullmatch(cell) else 0.2


def width(rows: Sequence[Sequence[str]]) -> int:
    """How many cells most rows have."""
    return _width([len(row) for row in rows])[0]
