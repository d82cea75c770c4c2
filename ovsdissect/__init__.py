"""ovsdissect: what the Linux kernel's Open vSwitch datapath and ovs-vswitchd said to each other, out of an nlmon capture.

>>> import ovsdissect
>>> with ovsdissect.open("captures/startup.pcap.gz") as capture:
...     first = next(message for message in capture if message.kind == "message" and message.declaration)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ovsdissect.errors import CaptureError, FilterError, OvsDissectError

if TYPE_CHECKING:
    from ovsdissect.api import Capture, Dissection, Field, Message, dissect, open
    from ovsdissect.problem import Problem, ProblemKind

__version__ = "0.2.0"

__all__ = [
    "Capture",
    "CaptureError",
    "Dissection",
    "Field",
    "FilterError",
    "Message",
    "OvsDissectError",
    "Problem",
    "ProblemKind",
    "dissect",
    "open",
]

_LAZY = {
    "Capture": "api",
    "Dissection": "api",
    "Field": "api",
    "Message": "api",
    "dissect": "dissect.standalone",
    "open": "api",
    "Problem": "problem",
    "ProblemKind": "problem",
}


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])


def __getattr__(name: str) -> Any:
    """Load the decoders when they are first used: `ovsdissect --help` needs none of them."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
