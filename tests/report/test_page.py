"""The HTML page: one small, self-contained file, with filters that select what they claim; anonymous if requested."""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import ovsdissect
from ovsdissect.filter import compile as compile_filter
from tests import recorded
from tests.analysis.reading import Recording, ethernet, flow_key
from tests.each import all_of
from tests.views.run import run

MOST_BYTES = 1_000_000
TAG, ROW, CELL = re.compile(r"<[^>]*>|\s*\n\s*"), re.compile(r"<tr.*?</tr>", re.S), re.compile(r"<t[hd].*?</t[hd]>", re.S)
CODE = re.compile(r"<code>(.*?)</code>", re.S)
# what is XML's own or a name, not something that is fetched
NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")


@cache
def written(name: str, directory: Path, *options: str) -> str:
    """The page of a bundled capture."""
    file = directory / f"{name}.html"
    with pytest.MonkeyPatch.context() as patch:
        done = run(patch, "report", recorded.path(name), "--html", file, *options)
    assert (done.code, done.out) == (0, b""), done.err
    return file.read_text()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages are written."""
    return tmp_path_factory.mktemp("pages")


@pytest.mark.larger_are_slow
@pytest.mark.parametrize("name", ["slowpath", "tunnels", "sampling", "rawnl", "truncated"])
def test_page(name: str, directory: Path) -> None:
    text = written(name, directory)
    assert len(text.encode()) < MOST_BYTES
    without = text
    for namespace in NAMESPACES:
        without = without.replace(namespace, "")
    assert not re.search(r"https?:|//[a-z]|<script|<link|<img|@import|url\(", without), "something comes from elsewhere"
    for drawing in re.findall(r"<svg.*?</svg>", text, re.S):
        ElementTree.fromstring(drawing)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "#0a000" not in text, "a colour that is no variable of the page"


def test_what_stands_in_it(directory: Path) -> None:
    text = written("tunnels", directory)
    assert "6 flows refused (EINVAL 6), 6 keys" in text
    for title in ("Verdicts", "Upcalls and losses", "Latency", "Ports", "Handlers", "Flows", "Errors"):
        assert f"<h2>{title}</h2>" in text
    assert text.count("<svg") == 5
    assert "vxlan_sys_4789" in text
    assert "not known: " in text


def test_filters_compile(directory: Path) -> None:
    filters = set()
    for name in ("slowpath", "tunnels", "rawnl"):
        rows = re.findall(r"<tr>(.*?)</tr>", written(name, directory), re.S)
        last = [codes[-1] for row in rows if (codes := CODE.findall(row))]
        shown = re.findall(r"<(?:figcaption|p class=\"muted\")>[^<]*<code>(.*?)</code>", written(name, directory), re.S)
        filters |= {html.unescape(one) for one in [*last, *shown] if not one.startswith("ovsdissect list")}
    assert len(filters) > 30
    for text in filters:
        compile_filter(text)


@pytest.mark.larger_are_slow
@pytest.mark.parametrize(("name", "rows"), [("rawnl", 20), ("actions", 20)])
def test_filters_select_what_is_counted(name: str, rows: int, directory: Path) -> None:
    column = {"Upcalls and losses": "count", "Ports": "upcalls", "Handlers": "EXECUTEs", "Errors": "count"}
    compared = 0
    with ovsdissect.open(recorded.path(name)) as capture:
        for part in re.split(r"(?=<h2)", written(name, directory)):
            title = re.match(r"<h2[^>]*>([^<]*)", part)
            for table in re.findall(r"<table.*?</table>", part, re.S) if title is not None and title[1] in column else ():
                heads, *found = ([html.unescape(TAG.sub("", cell)) for cell in CELL.findall(row)] for row in ROW.findall(table))
                for row in found:
                    told = dict(zip(heads, row, strict=True))
                    count = sum(1 for _ in capture.filter(told["filter"]))
                    assert f"{count:,}" == told[column[title[1]]], told  # type: ignore[index]  # there is a title
                    compared += 1
    assert compared >= rows


def test_the_flows_that_matched_most(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the flows that are there and those that are gone the twenty with most packets, most first; not the probes of ovs-vswitchd."""
    made = Recording()
    packets = [100 * (at * 7 % 30) for at in range(30)]  # each from 0 to 2,900 once, in no order
    for at, count in enumerate(packets):
        stats = {"n_packets": count, "n_bytes": count}
        made.add(at, made.put(at, ethernet(at), ufid=at + 1))
        if at % 3:
            made.add(1000 + at, made.flow("del", 100 + at, ufid=at + 1))
            made.add(1000 + at, made.flow("del", 100 + at, ufid=at + 1, flags=0, stats=stats))
        else:
            made.add(1000 + at, made.flow("get", 100 + at, ufid=at + 1))
            made.add(1000 + at, made.flow("new", 100 + at, ufid=at + 1, flags=0, stats=stats))
    for at in (40, 41):
        made.add(2000 + at, made.flow("new", at, ufid=at, key=flow_key(ethernet(at)), actions=[], probe=True))
        made.add(2100 + at, made.flow("del", 100 + at, ufid=at))
        made.add(2100 + at, made.flow("del", 100 + at, ufid=at, flags=0, stats={"n_packets": 5000, "n_bytes": 1}))
    capture, page = tmp_path / "flows.pcap", tmp_path / "flows.html"
    capture.write_bytes(made.pcap().getvalue())
    assert run(monkeypatch, "report", capture, "--html", page).code == 0
    tables = re.findall(r"<table.*?</table>", page.read_text(), re.S)
    table = next(table for table in tables if ">packets</th>" in table and "flow" in table)
    heads, *rows = ([TAG.sub("", cell) for cell in CELL.findall(row)] for row in ROW.findall(table))
    assert [row[heads.index("packets")] for row in rows] == [f"{count:,}" for count in range(2900, 900, -100)]


def test_anonymous(directory: Path) -> None:
    plain, other = written("tunnels", directory), written("tunnels", directory, "--anonymise")
    names = {"vxlan_sys_4789", "genev_sys_6081", "erspan_sys"}
    addresses = set(re.findall(r"172\.16\.0\.\d|fd00:ff::\d|02:00:00:00:00:0\d", plain))
    assert addresses
    assert all_of(name in plain and name not in other for name in names)
    assert not [address for address in addresses if re.search(rf"(?<![\w:.]){re.escape(address)}(?![\w:.])", other)]
    assert "tunnels.pcap" not in other
    assert "ovs-system" in other
    strip = re.compile(r"[0-9a-f:.]{6,}|[a-z0-9_]+_sys_?\w*")
    assert len(strip.sub("", plain)) == pytest.approx(len(strip.sub("", other)), rel=0.05)


def test_the_capture_is_no_output(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    copy = tmp_path / "capture.pcap.gz"
    copy.write_bytes(recorded.path("rawnl").read_bytes())
    done = run(monkeypatch, "report", copy, "--html", copy)
    assert done.code == 2
    assert "is the capture itself" in done.err
    assert copy.read_bytes() == recorded.path("rawnl").read_bytes()
    assert run(monkeypatch, "report", copy, "--anonymise").code == 2


def test_without_the_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ovsdissect.report.html.find_spec", lambda name: None)
    done = run(monkeypatch, "report", recorded.path("rawnl"), "--html", tmp_path / "page.html")
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert "pip install '.[report]'" in done.err
