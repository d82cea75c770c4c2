"""The keys of flows as they were put: ovs-vswitchd remembers them, and may delete a flow by its ufid alone.

Bounded: keeps the last flows that were put or dumped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from ovsdissect.families.ovs_flow import FLOW_ATTRS, OVS_FLOW
from ovsdissect.netlink.headers import NLM_F_REQUEST

FLOWS: Final = 16_384
LONGEST: Final = 4096  # bytes of a key: the kernel's are shorter; hostile ones fill whole messages
NEW, SET = (OVS_FLOW.by_name[name].number for name in ("new", "set"))
KEY, PROBE, UFID = (FLOW_ATTRS.by_name[name].number for name in ("key", "probe", "ufid"))

Attributes = Mapping[int, bytes]


class FlowKey(NamedTuple):
    """A flow's key.

    data: the payload of OVS_FLOW_ATTR_KEY. own: ovs-vswitchd made it itself, for a probe, rather than the kernel for an upcall: then
    ovs-vswitchd also knows a packet type, which it does not send.
    """

    data: bytes
    own: bool


class FlowKeys:
    """The keys of one conversation, by datapath and ufid; those of probes, which may lack a ufid, are kept separately."""

    def __init__(self) -> None:
        # removing the oldest takes constant time here; a dict would step over all entries removed before
        self._keys: OrderedDict[tuple[int, bytes], FlowKey] = OrderedDict()

    def see(self, command: int, flags: int, datapath: int, attrs: Attributes) -> None:
        """Take a message of ovs_flow: the numbers and payloads of its top attributes.

        Keys come from NEW and SET requests and, for flows whose put was not seen, from the kernel's messages: a masked key.
        """
        key, ufid, own = attrs.get(KEY), attrs.get(UFID), PROBE in attrs
        if key is None or (ufid is None and not own) or max(len(key), len(ufid or b"")) > LONGEST:
            return
        put = flags & NLM_F_REQUEST and command in (NEW, SET)
        place = datapath, key if ufid is None else ufid
        if put or (not flags & NLM_F_REQUEST and place not in self._keys):
            self._keys.pop(place, None)  # the most recent ones are last
            self._keys[place] = FlowKey(key, own)
            if len(self._keys) > FLOWS:
                self._keys.popitem(last=False)

    def find(self, datapath: int, attrs: Attributes) -> FlowKey | None:
        """Return the key of the flow that a request names, by ufid or by the key itself; None if neither was seen."""
        ufid, key = attrs.get(UFID), attrs.get(KEY)
        found = self._keys.get((datapath, ufid)) if ufid is not None else None
        return found if found is not None or key is None else self._keys.get((datapath, key))
