"""What a formula may be made of: an allow-list of sqlglot's nodes, read in DuckDB's dialect.

Everything that is not named here is refused, so that a function DuckDB learns tomorrow is no hole.
"""

from __future__ import annotations

from sqlglot import exp

AGGREGATES: tuple[type[exp.Expr], ...] = (
    exp.ApproxDistinct, exp.Avg, exp.Corr, exp.Count, exp.CountIf, exp.Max, exp.Median, exp.Min, exp.PercentileCont,
    exp.PercentileDisc, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance, exp.VariancePop,
)  # fmt: skip

FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.Cast, exp.Ceil, exp.Coalesce, exp.Concat, exp.Contains, exp.Date, exp.DateDiff, exp.DateFromParts, exp.Day,
    exp.DayOfWeek, exp.DayOfWeekIso, exp.Dayname, exp.EndsWith, exp.Exp, exp.Extract, exp.Floor, exp.Greatest, exp.Hour, exp.If,
    exp.IsNan, exp.Least, exp.Left, exp.Length, exp.Ln, exp.Log, exp.Lower, exp.Minute, exp.Mod, exp.Month, exp.Monthname,
    exp.Nullif, exp.Pow, exp.Quarter, exp.RegexpLike, exp.Replace, exp.Right, exp.Round, exp.Second, exp.Sign, exp.Sqrt,
    exp.StartsWith, exp.StrPosition, exp.StrToTime, exp.Substring, exp.TimeToStr, exp.TimestampTrunc, exp.DateTrunc, exp.Trim,
    exp.TryCast, exp.Upper, exp.Week, exp.Year, exp.DayOfYear, exp.TsOrDsToDate,
)  # fmt: skip

OPERATORS: tuple[type[exp.Expr], ...] = (
    exp.Add, exp.And, exp.Between, exp.Case, exp.DPipe, exp.Distinct, exp.Div, exp.EQ, exp.Escape, exp.Filter, exp.GT, exp.GTE,
    exp.ILike, exp.In, exp.IntDiv, exp.Interval, exp.Is, exp.LT, exp.LTE, exp.Like, exp.Mul, exp.NEQ, exp.Neg, exp.Not,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Or, exp.Paren, exp.Sub, exp.Where,
)  # fmt: skip

LEAVES: tuple[type[exp.Expr], ...] = (
    exp.Boolean, exp.Column, exp.DataType, exp.DataTypeParam, exp.Identifier, exp.Literal, exp.Null, exp.Var,
)  # fmt: skip

ALLOWED = frozenset((*AGGREGATES, *FUNCTIONS, *OPERATORS, *LEAVES))

TYPES = frozenset({
    exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128, exp.DType.UTINYINT,
    exp.DType.USMALLINT, exp.DType.UINT, exp.DType.UBIGINT, exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.VARCHAR,
    exp.DType.TEXT, exp.DType.DATE, exp.DType.TIME, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ,
    exp.DType.TIMESTAMP_S, exp.DType.TIMESTAMP_MS, exp.DType.TIMESTAMP_NS, exp.DType.DATETIME,
})  # fmt: skip
"""What a formula may cast to."""

ALIASES: dict[str, type[exp.Func]] = {"mean": exp.Avg, "weekday": exp.DayOfWeek}
"""DuckDB's second names that sqlglot does not know, with the node that they mean."""

MOST_ARGUMENTS = {
    **dict.fromkeys(("log10", "log2"), 1),
    **dict.fromkeys(("ceil", "ceiling", "date_trunc", "floor", "mod", "quantile_cont", "quantile_disc", "strftime", "strptime"), 2),
    **dict.fromkeys(("date_diff", "datediff"), 3),
}
"""Of the functions that sqlglot reads with too many arguments and writes with fewer."""

UNITS = frozenset({
    "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century",
})  # fmt: skip
"""What date_trunc, date_diff and an interval count in."""

PARTS = UNITS | {"dow", "isodow", "doy", "dayofweek", "dayofyear", "weekday", "isoyear", "yearweek", "epoch"}
"""What extract and date_part take out of a moment."""

THINGS: dict[type[exp.Expr], str] = {
    exp.AtTimeZone: "a time zone",
    exp.Bracket: "square brackets",
    exp.Columns: "a list of columns (COLUMNS)",
    exp.Exists: "a subquery",
    exp.JSONExtract: "a lambda or an arrow (->)",
    exp.JSONExtractScalar: "an arrow (->>)",
    exp.Kwarg: "a named argument",
    exp.Lambda: "a lambda",
    exp.Parameter: "a placeholder",
    exp.Placeholder: "a placeholder",
    exp.PropertyEQ: "a named argument",
    exp.Select: "a subquery",
    exp.SetOperation: "a subquery",
    exp.Star: "a star (*) outside count(*)",
    exp.Struct: "curly brackets",
    exp.Array: "square brackets",
    exp.Subquery: "a subquery",
    exp.Table: "a table",
    exp.Tuple: "a list of values",
    exp.Window: "a window (OVER)",
    exp.WithinGroup: "WITHIN GROUP",
    exp.Order: "ORDER BY",
    exp.Ordered: "ORDER BY",
    exp.IgnoreNulls: "IGNORE NULLS",
    exp.Alias: "a name (AS)",
    exp.Block: "more than one formula",
}
"""How a refused node is called in the sentence that refuses it."""

AGGREGATE_NAMES = (
    "approx_count_distinct", "avg", "corr", "count", "count_if", "max", "mean", "median", "min", "quantile_cont", "quantile_disc",
    "stddev", "stddev_pop", "stddev_samp", "sum", "var_pop", "var_samp", "variance",
)  # fmt: skip

FUNCTION_NAMES = (
    "abs", "cast", "ceil", "coalesce", "concat", "contains", "date", "date_diff", "date_part", "date_trunc", "day", "dayname",
    "dayofweek", "dayofyear", "ends_with", "exp", "extract", "floor", "greatest", "hour", "if", "ifnull", "isnan", "isodow",
    "least", "left", "length", "ln", "log", "log10", "log2", "lower", "make_date", "minute", "mod", "month", "monthname", "nullif",
    "power", "quarter", "regexp_matches", "replace", "right", "round", "second", "sign", "sqrt", "starts_with", "strftime",
    "strpos", "strptime", "substr", "substring", "trim", "try_cast", "upper", "week", "weekday", "year",
)  # fmt: skip

NAMES = (*AGGREGATE_NAMES, *FUNCTION_NAMES)
"""Function names as a person writes them, for "did you mean" and for the help of an editor."""
