"""Formulas that were never calculated: what wrote the workbook gave them no value, and a reader takes their cells for empty.

They are found in the text of the sheet, which takes a small part of the time that reading its cells takes.
"""

from __future__ import annotations

import re
from typing import IO

_CHUNK = 1 << 20
_LONGEST_CELL = 16 << 20  # a cell of Excel's holds a thousandth of it
_PREFIX = re.compile(rb"<(\w+:)worksheet\b")  # some programs name the namespace in every tag
_TEXT = re.compile(rb"""\st=["']str["']""")  # the value of such a formula may be a text without letters


def uncalculated(sheet: IO[bytes], most: int | None = None) -> int:
    """How many there are in the first *most* bytes of the XML of a sheet."""
    rest = sheet.read(_CHUNK)
    named = _PREFIX.search(rest)
    prefix = named[1] if named else b""
    formula, end_of_cell = _without_value(prefix), b"</" + prefix + b"c>"
    count, read = 0, len(rest)
    while rest:
        end = rest.rfind(end_of_cell) + 1
        count += sum(not _is_text(rest, each.start(), prefix) for each in formula.finditer(rest, 0, end))
        chunk = sheet.read(_CHUNK) if most is None or read < most else b""
        read += len(chunk)
        rest = rest[end if end or len(rest) < _LONGEST_CELL else len(rest) :] + chunk if chunk else b""
    return count


def in_words(count: int) -> str:
    have, come = ("formula has", "comes") if count == 1 else ("formulas have", "come")
    return f"{count:,} {have} no stored value and {come} in empty: open the file in Excel and save it, then upload it again."


def _without_value(prefix: bytes) -> re.Pattern[bytes]:
    f, v = prefix + b"f", prefix + b"v"
    return re.compile(rb"<%b(?:\s[^>]*)?(?:/>|>[^<]*</%b>)(?!\s*<%b(?:\s[^>]*)?>[^<])" % (f, f, v))


def _is_text(xml: bytes, formula: int, prefix: bytes) -> bool:
    cell = xml.rfind(b"<" + prefix + b"c", 0, formula)
    return cell >= 0 and bool(_TEXT.search(xml, cell, formula))
