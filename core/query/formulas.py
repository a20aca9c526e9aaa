"""User formulas: SQL expressions, parsed by sqlglot and let through only when every node is on the allow-list.

The trees that come out name every column as ``data."Name"``, exactly as the table stores it, so that no alias
can ever stand in its way. No text of a user reaches an engine but through such a tree.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from sqlglot import exp, parse
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import TokenType

from core.errors import Invalid, did_you_mean
from core.query.literals import whole
from core.query.spec import Table
from core.query.vocabulary import AGGREGATES, ALIASES, ALLOWED, MOST_ARGUMENTS, NAMES, PARTS, THINGS, TYPES, UNITS

DATA = "data"
"""What a tree calls the table that is asked."""

LONGEST = 2_000
DEEPEST = 100
MOST_GROWTH = 100
"""How many times as long as it was a text may become."""


def parse_measure(text: str, table: Table, *, field: str | None = None) -> exp.Expr:
    """A formula that makes one value of many rows (``sum(a) / count(*)``). Raises Invalid in words, naming *field*."""
    tree = _parsed(text, table, field)
    if not tree.find(*AGGREGATES):
        raise Invalid(
            f"{_shown(text)} does not sum up rows. A measure needs an aggregate such as count(*), sum(...) or avg(...).", field=field
        )
    for column in tree.find_all(exp.Column):
        if not column.find_ancestor(*AGGREGATES, exp.Filter):
            raise Invalid(
                f"{_shown(text)} uses the column {column.name} outside an aggregate. Put it inside one, such as sum({column.name}).",
                field=field,
            )
    for aggregate in tree.find_all(*AGGREGATES):
        if aggregate.find_ancestor(*AGGREGATES) or aggregate.find_ancestor(exp.Where):
            raise Invalid(f"{_shown(text)} has an aggregate inside another one. Sum up once only.", field=field)
    return tree


def parse_value(text: str, table: Table, *, field: str | None = None) -> exp.Expr:
    """A column's exact name, or a formula that makes one value of each row. Raises Invalid in words, naming *field*."""
    if table.column(text):
        return reference(text)
    tree = _parsed(text, table, field)
    aggregate = tree.find(*AGGREGATES)
    if aggregate:
        raise Invalid(f"{_shown(text)} sums up rows with {_called(aggregate)}. Here a value of each single row is needed.", field=field)
    if not tree.find(exp.Column):
        raise Invalid(f"{_shown(text)} names no column, so it is the same for every row.", field=field)
    return tree


def reference(name: str) -> exp.Column:
    """The column *name* of the asked table."""
    return exp.column(name, table=DATA, quoted=True)


def _parsed(text: str, table: Table, field: str | None) -> exp.Expr:
    if not whole(text, field=field).strip():
        raise Invalid("A formula is empty. Write one such as count(*).", field=field)
    if len(text) > LONGEST:
        raise Invalid(f"A formula may have {LONGEST:,} characters; this one has {len(text):,}.", field=field)
    try:
        _check_commas(text, field)
        tree = _only(parse(text, read="duckdb"), text, field)
        return _checked(tree, text, table, field)
    except ParseError as error:
        raise Invalid(_unreadable(text, error), field=field) from None
    except TokenError:
        raise Invalid(f"{_shown(text)} cannot be read: a quote or bracket is opened and not closed.", field=field) from None
    except RecursionError:
        raise Invalid("A formula is nested too deeply to be read. Make it simpler.", field=field) from None


def _check_commas(text: str, field: str | None) -> None:
    """sqlglot drops, without a word, arguments that a function does not take: they are counted before."""
    before = ""
    open_brackets: list[tuple[str, int]] = []
    for token in DuckDB().tokenize(text):
        if token.token_type is TokenType.L_PAREN:
            open_brackets.append((before.lower(), 1))
        elif token.token_type is TokenType.R_PAREN and open_brackets:
            open_brackets.pop()
        elif token.token_type is TokenType.COMMA and open_brackets:
            name, count = open_brackets.pop()
            open_brackets.append((name, count + 1))
            if count >= MOST_ARGUMENTS.get(name, LONGEST):
                raise Invalid(f"{_shown(text)}: {name} takes at most {count} argument{'s' if count > 1 else ''}.", field=field)
        before = token.text


def _only(trees: list[exp.Expr | None], text: str, field: str | None) -> exp.Expr:
    if len(trees) != 1 or trees[0] is None:
        raise Invalid(f"{_shown(text)} is not one formula. Leave out the semicolon.", field=field)
    return trees[0]


def _checked(tree: exp.Expr, text: str, table: Table, field: str | None) -> exp.Expr:
    root = exp.Paren(this=tree)  # a parent for every node, so that each can be replaced
    for node in list(tree.walk()):
        if node.depth > DEEPEST:
            raise Invalid("A formula is nested too deeply to be read. Make it simpler.", field=field)
        node.comments = None
        try:
            _check(node, table)
        except _Refusal as refusal:
            raise Invalid(f"{_shown(text)}: {refusal}", field=field) from None
    checked: exp.Expr = root.this
    return checked.pop()


class _Refusal(Exception):
    """Why a node is not let through, as the end of a sentence."""


def _check(node: exp.Expr, table: Table) -> None:
    if isinstance(node, exp.Column):
        node.replace(_column(node, table))
    elif isinstance(node, exp.Anonymous):
        node.replace(_known(node))
    elif isinstance(node, exp.Star) and _counted(node):
        return
    elif type(node) not in ALLOWED:
        raise _Refusal(_no(node))
    else:
        _check_arguments(node)


def _column(node: exp.Column, table: Table) -> exp.Column:
    if isinstance(node.this, exp.Star):
        raise _Refusal(_no(node.this))
    if node.table:
        name = ".".join(part.name for part in node.parts)
        raise _Refusal(f'there is no table to choose from in {name}. A column name with a dot stands in double quotes: "{name}".')
    name = node.name
    if table.column(name):
        return reference(name)
    same = [column.name for column in table.columns if column.name.casefold() == name.casefold()]
    if len(same) == 1 and not node.this.quoted:
        return reference(same[0])
    names = [column.name for column in table.columns]
    hint = f" Did you mean {same[0]}?" if same else did_you_mean(name, names)
    if not hint and node.this.quoted:
        hint = f" Text stands in single quotes: '{name}'."
    raise _Refusal(f"there is no column {name}.{hint}")


def _known(node: exp.Anonymous) -> exp.Expr:
    name = node.name.lower()
    if name == "date_part" and len(node.expressions) == 2:
        part, moment = node.expressions
        if not part.is_string:
            raise _Refusal("date_part needs the name of the part as text, such as date_part('year', d).")
        extract = exp.Extract(this=exp.var(part.name.upper()), expression=moment)
        _check_arguments(extract)
        return extract
    if name in ALIASES and len(node.expressions) == 1:
        return ALIASES[name](this=node.expressions[0])
    raise _Refusal(f"the function {name} is not available here.{did_you_mean(name, NAMES)}")


def _counted(node: exp.Star) -> bool:
    return isinstance(node.parent, exp.Count) and not any(node.args.values())


def _check_arguments(node: exp.Expr) -> None:
    for kinds, check in _CHECKS:
        if isinstance(node, kinds):
            check(node)


def _check_cast(node: exp.Expr) -> None:
    if node.this not in TYPES or node.args.get("nested"):
        raise _Refusal(f"a cast to {node.sql('duckdb')} is not possible here.")


def _check_filter(node: exp.Expr) -> None:
    if not isinstance(node.this, AGGREGATES):
        raise _Refusal("FILTER goes behind an aggregate only.")


def _check_single(node: exp.Expr) -> None:
    if node.expressions or node.args.get("count"):
        raise _Refusal(f"{_called(node)} takes one column.")
    if isinstance(node, exp.Count) and node.this is None:
        node.set("this", exp.Star())


def _check_list(node: exp.Expr) -> None:
    if node.args.get("query"):
        raise _Refusal(_no(node.args["query"]))
    if not node.expressions:
        raise _Refusal("IN needs a list of values, such as in ('a', 'b').")


def _check_division(node: exp.Expr) -> None:
    # what is divided by nothing is unknown, not NaN or an error (DuckDB has both)
    node.set("expression", exp.Nullif(this=node.args["expression"], expression=exp.Literal.number(0)))


def _check_growth(node: exp.Expr) -> None:
    # each replace in another multiplies the length, and no time limit stops one that is at work on a single text
    growth = math.prod(_growth(each) for each in node.find_all(exp.Replace))
    if growth > MOST_GROWTH:
        raise _Refusal(f"replace would make a text {growth:,} times as long; {MOST_GROWTH} times is the most.")


def _growth(node: exp.Replace) -> int:
    old, new = node.expression, node.args.get("replacement")
    if new is not None and not isinstance(new, exp.Literal):
        return MOST_GROWTH  # of any length, so once only
    return max(1, len(new.name if new else "") // max(1, len(old.name if isinstance(old, exp.Literal) else "")))


def _check_unit(unit: exp.Expr | None, known: frozenset[str]) -> None:
    # sqlglot takes any word for a unit, a column's name too
    name = unit.name.lower() if unit else ""
    if name not in known and name.removesuffix("s") not in known:
        raise _Refusal(f"{name or 'nothing'} is no part of a date or time.{did_you_mean(name, known)}")


_CHECKS: tuple[tuple[type[exp.Expr] | tuple[type[exp.Expr], ...], Callable[[exp.Expr], None]], ...] = (
    (exp.DataType, _check_cast),
    (exp.Filter, _check_filter),
    ((exp.Count, exp.Min, exp.Max), _check_single),
    (exp.In, _check_list),
    ((exp.Div, exp.IntDiv, exp.Mod), _check_division),
    (exp.Replace, _check_growth),
    ((exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff), lambda node: _check_unit(node.args.get("unit"), UNITS)),
    (exp.Extract, lambda node: _check_unit(node.this, PARTS)),
)


def _no(node: exp.Expr) -> str:
    for kind, thing in THINGS.items():
        if isinstance(node, kind):
            return f"{thing} cannot be used here."
    if isinstance(node, exp.Func):
        name = _called(node)
        return f"the function {name} is not available here.{did_you_mean(name, NAMES)}"
    return f"{type(node).__name__.upper()} cannot be used here."


def _called(node: exp.Expr) -> str:
    return node.sql("duckdb").split("(")[0].strip().lower() or type(node).__name__.lower()


def _unreadable(text: str, error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    near = str(first.get("highlight") or "").strip()
    return f"{_shown(text)} cannot be read{f' near {near}' if near else ''}. Check the brackets, commas and quotes."


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return f"The formula {line if len(line) <= 120 else line[:117] + '...'}"
