"""Dates and moments written as text: which strptime formats a column's values follow, and whether the day or the month comes first."""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

DEFAULTS = {
    "ymd": ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M"),
    "dmy": ("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S"),
    "mdy": ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
}
"""Tried for a column that a person calls a date where the sample follows none."""

_CLOCK = (
    r"(?:(?P<gap>T| )(?P<hour>\d{1,2}):\d{2}(?P<second>:\d{2}(?P<fraction>[.,]\d{1,9})?)?"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone>Z| ?UTC| ?[+-]\d{2}(?::?\d{2})?)?)?"
)
_NUMERIC = re.compile(rf"(?P<a>\d{{1,4}})(?P<s>[-/.])(?P<b>\d{{1,2}})(?P=s)(?P<c>\d{{4}}|\d{{1,2}}){_CLOCK}")
_MONTHS = [name.lower() for name in month_abbr[1:]]
_LONG_MONTHS = [name.lower() for name in month_name[1:]]
_DAY_NAME = re.compile(rf"(?P<d>\d{{1,2}})(?P<s>[- .]|\. )(?P<m>[A-Za-z]{{3,9}})(?P=s)(?P<y>\d{{4}}|\d{{2}}){_CLOCK}")
_NAME_DAY = re.compile(rf"(?P<m>[A-Za-z]{{3,9}})(?P<s> )(?P<d>\d{{1,2}})(?P<comma>,?) (?P<y>\d{{4}}){_CLOCK}")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(T\d{6}(Z)?)?")
_CALLED_DATE = re.compile(r"(?i)(^|[^a-z])(date|day|datum|fecha|dt|ymd)([^a-z]|$)|date$")


@dataclass(frozen=True, slots=True)
class Moments:
    """*order* is ymd, dmy or mdy; *formats* the commonest first; *fitting* the values that follow one of them."""

    order: str
    formats: tuple[str, ...]
    fitting: frozenset[str]

    @property
    def timed(self) -> bool:
        return any("%H" in form or "%I" in form for form in self.formats)

    @property
    def zoned(self) -> bool:
        return any("%z" in form for form in self.formats)


def find_moments(name: str, values: Mapping[str, int]) -> list[Moments]:
    """The orders that some of *values* (with their counts) follow, the best first. *name* decides whether 20130105 is a date."""
    formats: defaultdict[str, Counter[str]] = defaultdict(Counter)
    fitting: defaultdict[str, set[str]] = defaultdict(set)
    for value, count in values.items():
        for order, form in _readings(value, compact=bool(_CALLED_DATE.search(name))):
            formats[order][form] += count
            fitting[order].add(value)
    found = [Moments(order, tuple(form for form, _ in formats[order].most_common()), frozenset(fitting[order])) for order in formats]
    return sorted(found, key=lambda moments: -sum(values[value] for value in moments.fitting))


def are_ambiguous(moments: list[Moments]) -> bool:
    """Day first and month first both read every value, and no convention decides (a point does: 3.4.2021 is the third of April)."""
    return len(moments) > 1 and moments[0].fitting == moments[1].fitting


def _readings(value: str, *, compact: bool) -> Iterator[tuple[str, str]]:
    if match := _NUMERIC.fullmatch(value):
        yield from _numeric(match)
    elif match := _DAY_NAME.fullmatch(value) or _NAME_DAY.fullmatch(value):
        yield from _named(match)
    elif match := _COMPACT.fullmatch(value):
        yield from _compact(match, called_date=compact)


def _numeric(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    a, b, c, mark, clock = match["a"], int(match["b"]), match["c"], match["s"], _clock(match)
    if len(a) == 4 and len(c) <= 2:
        if _exists(int(a), b, int(c)):
            yield "ymd", f"%Y{mark}%m{mark}%d{clock}"
        return
    if len(a) > 2 or len(c) not in (2, 4) or (len(c) == 2 and mark != "/" and not re.fullmatch(r"\d\d.\d\d.\d\d", match[0][:8])):
        return
    year, digits = int(c) if len(c) == 4 else 2000, "%Y" if len(c) == 4 else "%y"
    if _exists(year, b, int(a)):
        yield "dmy", f"%d{mark}%m{mark}{digits}{clock}"
    if mark != "." and _exists(year, int(a), b):
        yield "mdy", f"%m{mark}%d{mark}{digits}{clock}"


def _named(match: re.Match[str]) -> Iterator[tuple[str, str]]:
    month, mark = match["m"].lower(), match["s"]
    number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
    letter = "%b"
    if not number and month in _LONG_MONTHS:
        number, letter = _LONG_MONTHS.index(month) + 1, "%B"
    year, digits = (int(match["y"]), "%Y") if len(match["y"]) == 4 else (2000, "%y")
    if not number or not _exists(year, number, int(match["d"])):
        return
    if match.re is _DAY_NAME:
        yield "ymd", f"%d{mark}{letter}{mark}{digits}{_clock(match)}"
    else:
        yield "ymd", f"{letter} %d{match['comma']} {digits}{_clock(match)}"


def _compact(match: re.Match[str], *, called_date: bool) -> Iterator[tuple[str, str]]:
    """20130105 is a number unless its column says otherwise; 20130105T103000 is not."""
    likely = match[4] or (called_date and "1800" <= match[1] <= "2199")
    if likely and _exists(int(match[1]), int(match[2]), int(match[3])):
        yield "ymd", "%Y%m%d" + ("T%H%M%S" if match[4] else "") + (match[5] or "")


def _clock(match: re.Match[str]) -> str:
    if match["hour"] is None:
        return ""
    fraction = match["fraction"] or ""
    form = match["gap"] + ("%I" if match["half"] else "%H") + ":%M" + (":%S" if match["second"] else "")
    form += (fraction[0] + ("%f" if len(fraction) <= 7 else "%n")) if fraction else ""
    form += (" %p" if match["half"][0] == " " else "%p") if match["half"] else ""
    zone = match["zone"] or ""
    if zone in ("", "Z") or zone.endswith("UTC"):
        return form + zone
    return form + (" %z" if zone[0] == " " else "%z")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
