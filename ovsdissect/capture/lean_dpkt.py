"""dpkt's modules one by one: `ovsdissect.capture.lean_dpkt.pcap` is dpkt's own pcap.py.

`import dpkt.pcap` runs dpkt's `__init__` first, which loads some ninety protocols: longer than everything else that a command loads.
A module with a search path is a package to Python, and dpkt's modules import each other by relative names, so they find themselves here.
"""

from __future__ import annotations

from importlib.util import find_spec

_dpkt = find_spec("dpkt")  # finds it without running it
if _dpkt is None:
    raise ModuleNotFoundError("No module named 'dpkt'", name="dpkt")
__path__ = _dpkt.submodule_search_locations
