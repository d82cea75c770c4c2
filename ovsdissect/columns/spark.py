"""A data source for Spark: tables of many captures, one partition for each.

    spark.dataSource.register(ovsdissect.columns.spark.OvsDissect)
    spark.read.format("ovsdissect").option("table", "upcalls").load("captures/*.pcap.zst")

Spark sends this class to its workers, which therefore need ovsdissect[spark] as well.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyspark.sql.datasource import (
    DataSource,
    DataSourceReader,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    InputPartition,
    LessThan,
    LessThanOrEqual,
)
from pyspark.sql.pandas.types import from_arrow_schema

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import LONGEST_RECORD
from ovsdissect.columns.names import columns_of
from ovsdissect.columns.stream import batches, schema, unreadable
from ovsdissect.errors import CaptureError, OvsDissectError

if TYPE_CHECKING:
    from pyspark.sql.datasource import Filter
    from pyspark.sql.types import StructType

TRUE: Final = ("true", "1", "yes")
# conditions that a display filter can express, by the columns to which they apply
RELATIONS: Final[dict[type, str]] = {
    EqualTo: "==",
    GreaterThan: ">",
    GreaterThanOrEqual: ">=",
    LessThan: "<",
    LessThanOrEqual: "<=",
}
WORDS: Final = ("kind", "direction")
NUMBERS: Final = ("number", "record")


@dataclass
class CapturePartition(InputPartition):
    """One capture. It is never split, because context (names of ports, pending requests, flows) carries over from message to message."""

    path: str

    def __init__(self, path: str) -> None:
        self.path = path


class OvsDissect(DataSource):
    """Options: table; fields (comma-separated names; the fewer, the faster); filter (a display filter); all, binary (true); byteorder
    (little or big: that of all messages, overriding what they indicate); max_record (bytes of the longest record); pushdown (true; Spark's
    own setting must be on, too); mode: "permissive" (a capture that cannot be read is a row in the table of problems, and has no rows in
    others) or "failfast".
    """

    @classmethod
    def name(cls) -> str:
        """Return the name for spark.read.format()."""
        return "ovsdissect"

    def schema(self) -> StructType:
        """Return the wanted columns."""
        return from_arrow_schema(plain(schema(self._table, self._fields, binary=self._flag("binary"))))

    def reader(self, schema: StructType) -> Reader:
        """Return the reader of the captures."""
        made = PushingReader if self._flag("pushdown") else Reader
        return made(self.options, list(schema.fieldNames()))

    @property
    def _table(self) -> str:
        return str(self.options.get("table", "messages"))

    @property
    def _fields(self) -> list[str] | None:
        names = self.options.get("fields")
        return [name.strip() for name in names.split(",")] if names else None

    def _flag(self, name: str) -> bool:
        return str(self.options.get(name, "")).lower() in TRUE


class Reader(DataSourceReader):
    """Reads the columns of a schema from all captures that a path names."""

    def __init__(self, options: Mapping[str, str], fields: list[str]) -> None:
        path = options.get("path")
        if not path:
            raise OvsDissectError("load() needs the path of a capture, or a pattern with * and ?")
        self._paths, self._fields = path, fields
        self._table = str(options.get("table", "messages"))
        columns_of(self._table, fields)
        self._everything, self._binary = (str(options.get(name, "")).lower() in TRUE for name in ("all", "binary"))
        self._failfast = str(options.get("mode", "permissive")).lower() == "failfast"
        self._conditions = [options["filter"]] if options.get("filter") else []
        self._byteorder, self._max_record = byteorder(options.get("byteorder")), max_record(options.get("max_record"))

    def partitions(self) -> list[InputPartition]:
        """Return the captures, largest first, so that none of those is started last."""
        found = expanded(self._paths)
        if not found:
            raise OvsDissectError(f"{self._paths}: no such file")
        return [CapturePartition(path) for path in found]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """Yield the rows of a capture."""
        assert isinstance(partition, CapturePartition)
        chosen = " && ".join(f"({one})" for one in self._conditions) or None
        read = batches(
            partition.path,
            self._table,
            self._fields,
            chosen,
            all=self._everything,
            binary=self._binary,
            byteorder=self._byteorder,
            max_record=self._max_record,
        )
        try:
            for batch in read:
                yield plain_batch(batch)
        except CaptureError as error:
            if self._failfast:
                raise
            if self._table == "problems":
                yield plain_batch(unreadable(partition.path, str(error), self._fields))


class PushingReader(Reader):
    """A reader that takes conditions. Spark refuses it if spark.sql.python.filterPushdown.enabled is off, which is the default."""

    def pushFilters(self, filters: list[Filter]) -> Iterable[Filter]:
        """Take the conditions on messages that a display filter can express, and leave the others to Spark."""
        for one in filters:
            text = condition(one) if self._table == "messages" else None
            if text is None:
                yield one
            else:
                self._conditions.append(text)


def byteorder(option: str | None) -> ByteOrder | None:
    """Return the byte order that an option names, None if messages decide."""
    if not option:
        return None
    orders: dict[str, ByteOrder] = {"little": "little", "big": "big"}
    if option.lower() in orders:
        return orders[option.lower()]
    raise OvsDissectError(f"byteorder is little or big, not {option}")


def max_record(option: str | None) -> int:
    """Return the longest record that is read, in bytes."""
    if not option:
        return LONGEST_RECORD
    if not option.isdecimal() or not int(option):
        raise OvsDissectError(f"max_record is a number of bytes, not {option}")
    return int(option)


def condition(one: Filter) -> str | None:
    """Return a condition of Spark's as a display filter; None if no filter expresses it."""
    relation = RELATIONS.get(type(one))
    attribute, value = getattr(one, "attribute", ()), getattr(one, "value", None)
    name = ".".join(attribute)
    if relation == "==" and name in WORDS and isinstance(value, str) and value.replace("-", "").isalpha():
        known = next(column for column in columns_of("messages", [name])).words
        return f"{name} == {value}" if value in known else None
    if relation is not None and name in NUMBERS and isinstance(value, int) and value >= 0:
        return f"{name} {relation} {value}"
    return None


def expanded(pattern: str) -> list[str]:
    """Return the captures that a path names, locally or, for a URL, where fsspec finds them; largest first."""
    if "://" in pattern:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(pattern)
        found = system.glob(path, detail=True) if any(mark in path for mark in "*?[") else {path: system.info(path)}
        here = {name: info for name, info in found.items() if info["type"] != "directory"}
        sized = [(int(info.get("size") or 0), str(system.unstrip_protocol(name))) for name, info in here.items()]
    else:
        names = glob.glob(pattern) if glob.has_magic(pattern) else [pattern]
        sized = [(os.path.getsize(name) if os.path.exists(name) else 0, os.path.abspath(name)) for name in names]
    return [name for _, name in sorted(sized, key=lambda one: (-one[0], one[1]))]


def plain(whole: pa.Schema) -> pa.Schema:
    """Return a schema in Spark's types: texts instead of dictionaries, microseconds, signed numbers."""
    return pa.schema([pa.field(field.name, _plain_type(field.type)) for field in whole])


def _plain_type(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(type_):
        return pa.string()
    if pa.types.is_timestamp(type_):
        return pa.timestamp("us", tz="UTC")
    if pa.types.is_list(type_):
        return pa.list_(_plain_type(type_.value_type))
    if pa.types.is_fixed_size_binary(type_):
        return pa.binary()
    # the next larger signed type; 64-bit numbers above 2**63 become negative
    return {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.int64()}.get(type_, type_)


def plain_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows in those types."""
    whole = plain(batch.schema)
    arrays = [column.cast(field.type, safe=False) for column, field in zip(batch.columns, whole, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=whole)
