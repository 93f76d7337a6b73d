"""The functions of SuiteQL that the engine computes from their arguments alone, by name.

Oracle's, of which the help page "SuiteQL Supported and Unsupported Functions" lists the supported ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from gameday_fakes.netsuite.suiteql_aggregates import Call
from gameday_fakes.netsuite.suiteql_scope import Scope
from gameday_fakes.netsuite.suiteql_values import NUMBERS, Value, ValueKind, as_date, as_text

if TYPE_CHECKING:
    from gameday_fakes.netsuite.suiteql_expressions import Expressions


def plain(name: str, kind: ValueKind, *kinds: str) -> Call:
    """A function of the engine's; ``kinds`` of its arguments: text, number or date, the last for all others too."""

    def translate(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
        values = [into.value(argument, scope) for argument in arguments]
        texts = []
        for number, value in enumerate(values):
            match kinds[min(number, len(kinds) - 1)]:
                case "text":
                    texts.append(as_text(value))
                case "date":
                    texts.append(as_date(value, into.parameters))
                case _:
                    texts.append(value.text if value.kind in (*NUMBERS, "null") else f"num_of({value.text})")
        return Value(f"{name}({', '.join(texts)})", kind)

    return translate


def first(name: str) -> Call:
    """A function of texts whose further arguments name a language, which there is only one of."""

    def translate(into: Expressions, arguments: list[exp.Expr], scope: Scope) -> Value:
        return plain(name, "text", "text")(into, arguments[:1], scope)

    return translate


#: The fewest and the most arguments of each, and its translation.
PLAIN: dict[str, tuple[int, int, Call]] = {
    "ADD_MONTHS": (2, 2, plain("date_months", "moment", "date", "number")),
    "LAST_DAY": (1, 1, plain("date_last", "moment", "date")),
    "MONTHS_BETWEEN": (2, 2, plain("date_between", "number", "date")),
    "ABS": (1, 1, plain("num_abs", "number", "number")),
    "CEIL": (1, 1, plain("num_ceil", "number", "number")),
    "FLOOR": (1, 1, plain("num_floor", "number", "number")),
    "SIGN": (1, 1, plain("num_sign", "integer", "number")),
    "MOD": (2, 2, plain("num_mod", "number", "number")),
    "POWER": (2, 2, plain("num_power", "number", "number")),
    "UPPER": (1, 1, plain("text_upper", "text", "text")),
    "LOWER": (1, 1, plain("text_lower", "text", "text")),
    "INITCAP": (1, 1, plain("text_initcap", "text", "text")),
    "LENGTH": (1, 1, plain("text_length", "integer", "text")),
    "SUBSTR": (2, 3, plain("text_substr", "text", "text", "number")),
    "INSTR": (2, 4, plain("text_instr", "integer", "text", "text", "number")),
    "LPAD": (2, 3, plain("text_lpad", "text", "text", "number", "text")),
    "RPAD": (2, 3, plain("text_rpad", "text", "text", "number", "text")),
    # Characters and texts.
    "ASCII": (1, 1, plain("text_ascii", "integer", "text")),
    "CHR": (1, 1, plain("text_chr", "text", "number")),
    "SOUNDEX": (1, 1, plain("text_soundex", "text", "text")),
    "TRANSLATE": (3, 3, plain("text_translate", "text", "text")),
    "ASCIISTR": (1, 1, plain("text_asciistr", "text", "text")),
    "UNISTR": (1, 1, plain("text_unistr", "text", "text")),
    **{f"LENGTH{unit}": (1, 1, plain("text_length", "integer", "text")) for unit in "24C"},
    **{name: (1, 1, plain("text_bytes", "integer", "text")) for name in ("LENGTHB", "VSIZE")},
    **{f"NLS_{name}": (1, 2, first(f"text_{name.lower()}")) for name in ("UPPER", "LOWER", "INITCAP")},
    "REGEXP_SUBSTR": (2, 6, plain("regex_substr", "text", "text", "text", "number", "number", "text", "number")),
    "REGEXP_INSTR": (2, 6, plain("regex_instr", "integer", "text", "text", "number", "number", "number", "text")),
    # Mathematics.
    **{
        name: (1, 1, plain(f"num_{name.lower()}", "number", "number"))
        for name in ("SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "SINH", "COSH", "TANH", "SQRT", "EXP", "LN")
    },
    "ATAN2": (2, 2, plain("num_atan2", "number", "number")),
    "LOG": (2, 2, plain("num_log", "number", "number")),
    "REMAINDER": (2, 2, plain("num_remainder", "number", "number")),
    "BITAND": (2, 2, plain("num_bitand", "number", "number")),
    "NANVL": (2, 2, plain("num_same", "number", "number")),
    "WIDTH_BUCKET": (4, 4, plain("num_bucket", "integer", "number")),
    # Dates.
    "NEXT_DAY": (2, 2, plain("date_next", "moment", "date", "text")),
}
