"""The values of an Arrow column as JSON types, and as text."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import orjson
import pyarrow as pa

from ovsdissect.capture.timestamp import time_text

NANOSECONDS: Final = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}  # of Arrow's units
GREATEST: Final = (1 << 63) - 1  # DuckDB's infinity, in any unit


def plain(column: pa.Array) -> list[Any]:
    """Return the values of a column as JSON types: times as in `ovsdissect json`, bytes in hex, structs as objects, None for null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        unit, zone = NANOSECONDS[kind.unit], kind.tz is not None
        return [None if value is None else _time(value, unit, zone) for value in column.cast(pa.int64()).to_pylist()]
    if pa.types.is_date(kind):
        return list(column.cast(pa.string()).to_pylist())
    if pa.types.is_map(kind):
        return [{cell(pair["key"]): pair["value"] for pair in plain(one.values)} if one.is_valid else None for one in column]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [plain(one.values) if one.is_valid else None for one in column]
    if pa.types.is_struct(kind):
        parts = [plain(part) for part in column.flatten()]
        names = [field.name for field in kind]
        return [
            dict(zip(names, values, strict=True)) if valid else None
            for *values, valid in zip(*parts, column.is_valid().to_pylist(), strict=True)
        ]
    return [_value(value) for value in column.to_pylist()]


def cells(column: pa.Array) -> Iterable[str]:
    """Yield the values of a column as text: those of `plain()`, lists joined by |, anything nested deeper as JSON, "" for null."""
    return map(cell, plain(column))


def cell(value: Any) -> str:
    """Return one of those values as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value)):
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        return "|".join(map(cell, value))
    return str(value)


def _time(value: int, unit: int, zone: bool) -> str | None:
    if abs(value) == GREATEST and unit != 1:
        return "infinity" if value > 0 else "-infinity"
    text = time_text(value * unit)
    return text if zone or text is None else text.removesuffix("Z")


def _value(value: Any) -> Any:
    """Convert what DuckDB has beyond JSON's types: bytes, decimals, intervals and so on."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, pa.MonthDayNano):
        return _interval(*value)
    return str(value)


def _interval(months: int, days: int, nanoseconds: int) -> str:
    """Return an interval as DuckDB prints it: "1 month 2 days 00:00:30"."""
    parts = [f"{count} {unit}{'' if abs(count) == 1 else 's'}" for count, unit in ((months, "month"), (days, "day")) if count]
    if nanoseconds or not parts:
        seconds, fraction = divmod(abs(nanoseconds), 1_000_000_000)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        parts.append("-" * (nanoseconds < 0) + clock + (f".{fraction:09}".rstrip("0") if fraction else ""))
    return " ".join(parts)
