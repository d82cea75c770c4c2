"""Imports dpkt's modules one by one: `ovsdissect.capture.lean_dpkt.pcap` is dpkt's own pcap.py.

`import dpkt.pcap` runs dpkt's `__init__` first, which loads some ninety protocols and takes longer than everything else in a command.
To Python, a module with a search path is a package, and dpkt's modules import each other by relative names, so they find each other here.
"""

from __future__ import annotations

from importlib.util import find_spec

_dpkt = find_spec("dpkt")  # finds it without running it
if _dpkt is None:
    raise ModuleNotFoundError("No module named 'dpkt'", name="dpkt")
__path__ = _dpkt.submodule_search_locations
