"""Captures as tables: Arrow record batches, files, SQL, a data source for Spark.

>>> from ovsdissect import columns
>>> for batch in columns.batches("captures/startup.pcap.gz", "upcalls", ["port", "to_execute_ns"]):
...     assert batch.num_columns == 2

Needs pyarrow, which the extra `sql` installs.  The names and types of the columns are known without it: `columns.described()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ovsdissect.columns.names import TABLES, VERSION, described
    from ovsdissect.columns.stream import batches, schema, table_of

__all__ = ["TABLES", "VERSION", "batches", "described", "schema", "table_of"]

_LAZY = {"batches": "stream", "schema": "stream", "table_of": "stream", "TABLES": "names", "VERSION": "names", "described": "names"}


def __getattr__(name: str) -> Any:
    """Load an attribute when it is used: the command line needs no Arrow."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from ovsdissect.errors import extra_missing

    try:
        return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "pyarrow":
            raise
        raise extra_missing("tables need", "pyarrow", "sql") from None
