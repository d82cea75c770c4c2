"""The data source on a real local cluster of two executors."""

import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import ovsdissect
from ovsdissect.errors import OvsDissectError
from tests.recorded import ROOT, path

REASON = (
    "no java: the system's packages have a JRE (openjdk-17-jre-headless)"
    if shutil.which("java") is None
    else "no pyspark: pip install '.[spark]'"
    if find_spec("pyspark") is None
    else ""
)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(REASON), reason=REASON)]
BROKEN = "broken.pcap"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three captures and a file that is none."""
    made = tmp_path_factory.mktemp("captures")
    for name in ("tunnels", "startup", "slowpath"):
        shutil.copy(path(name), made / f"{name}.pcap.gz")
    (made / BROKEN).write_text("nothing of the kind")
    return made


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """A session whose master has two workers with one executor each."""
    from pyspark.sql import SparkSession

    from ovsdissect.columns.spark import OvsDissect

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.sql.python.filterPushdown.enabled", "true")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.dataSource.register(OvsDissect)
    yield session
    session.stop()


def read(spark: Any, pattern: object, table: str, **options: str) -> Any:
    made = spark.read.format("ovsdissect").option("table", table)
    for name, value in options.items():
        made = made.option(name, value)
    return made.load(str(pattern))


def test_upcalls(spark: Any, folder: Path) -> None:
    """Counts and sums by capture are those of the analyses; a capture is a partition."""
    frame = read(spark, folder / "*.pcap.gz", "upcalls", fields="capture,port,to_execute_ns")
    assert frame.rdd.getNumPartitions() == 3
    rows = frame.groupBy("capture").agg({"*": "count", "to_execute_ns": "sum"}).collect()
    found = {Path(row[0]).name.split(".")[0]: (row[1], row[2]) for row in rows}
    for name, both in found.items():
        with ovsdissect.open(path(name)) as capture:
            upcalls = list(capture.upcalls())
        took = [upcall.to_execute_ns for upcall in upcalls if upcall.to_execute_ns is not None]
        assert sorted(map(str, both)) == sorted((str(len(upcalls)), str(sum(took) if took else None)))
    assert set(found) == {"tunnels", "startup", "slowpath"}


def test_conditions(spark: Any, folder: Path) -> None:
    """What is pushed down, and what is left to Spark, say the same; names with dots, flags, words and addresses come over."""
    fields = "number,kind,cmd,nlmsg.flags,key.ethernet.src,time,time_ns"
    frame = read(spark, folder / "tunnels.pcap.gz", "messages", fields=fields, pushdown="true")
    with ovsdissect.open(path("tunnels")) as capture:
        errors = sum(1 for message in capture.ovs() if message.kind == "error")
        first = next(message for message in capture.ovs() if message.number == 100)
    assert frame.where("kind = 'error'").count() == errors
    assert frame.where("number <= 100 and kind <> 'error' or number > 1000000000").count() <= 100
    (row,) = frame.where("number = 100").collect()
    assert (row["nlmsg.flags"], row.time_ns) == (first.flags, first.time_ns)
    assert frame.where("`key.ethernet.src` is not null and cmd = 'miss'").count() > 0
    matching = read(spark, folder / "tunnels.pcap.gz", "messages", fields="number", filter="ovs_packet.cmd == miss").count()
    assert matching == frame.where("cmd = 'miss'").count()


def test_broken(spark: Any, folder: Path) -> None:
    """A capture that is none is a row of problems; it fails the job where that is asked for."""
    problems = read(spark, folder / "*", "problems").where("kind = 'unreadable'").collect()
    assert [Path(row.capture).name for row in problems] == [BROKEN]
    whole = read(spark, folder / "*.pcap.gz", "messages", fields="number").count()
    assert read(spark, folder / "*", "messages", fields="number").count() == whole > 0
    with pytest.raises(Exception, match="not a capture"):
        read(spark, folder / "*", "messages", fields="number", mode="failfast").count()


def test_every_table(spark: Any, folder: Path) -> None:
    """All columns of all tables have types that Spark takes."""
    for table in ("messages", "upcalls", "flows", "ports", "errors", "problems"):
        frame = read(spark, folder / "slowpath.pcap.gz", table)
        assert (frame.limit(5).count() > 0) == (table != "problems")
        frame.limit(5).collect()


def test_urls(spark: Any, folder: Path) -> None:
    """Paths by fsspec."""
    assert read(spark, f"file://{folder}/t*.pcap.gz", "upcalls", fields="number").count() > 0


def test_byte_order() -> None:
    """Where it is given, no message counts: nothing of a little-endian host is read as one of a big-endian host's families."""
    from ovsdissect.columns.spark import CapturePartition, Reader

    def found(**options: str) -> set[object]:
        reader = Reader({"path": str(path("rawnl")), **options}, ["family"])
        return {name for batch in reader.read(CapturePartition(str(path("rawnl")))) for name in batch.column(0).to_pylist()}

    assert "ovs_flow" in found() == found(byteorder="little")
    assert "ovs_flow" not in found(byteorder="big")
    with pytest.raises(OvsDissectError, match="byteorder is little or big, not middle"):
        found(byteorder="middle")
    with pytest.raises(OvsDissectError, match="max_record is a number of bytes"):
        found(max_record="lots")
