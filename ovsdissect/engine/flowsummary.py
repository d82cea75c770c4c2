# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of flows: the compiled form of that part of ovsdissect.text.summary."""

from __future__ import annotations

import cython

from ovsdissect.engine.summary_tables import number_of
from ovsdissect.families import OVS_FLOW

if not cython.compiled:
    from ovsdissect.engine.attributes import Attributes
    from ovsdissect.engine.codes import TOKEN, WIRE, WORDS
    from ovsdissect.engine.listcodes import SAYS_DEL, SAYS_GET
    from ovsdissect.engine.odp_codes import REFUSED, WRITTEN
    from ovsdissect.engine.ovswords import OvsWords
    from ovsdissect.engine.tokentext import TokenText

_LATEST = cython.declare(cython.ulonglong, 1000000000000000)  # milliseconds: up to here a float rounds the seconds to the same three digits


@cython.final
@cython.cclass
class FlowSummary:
    """Writes the summary of ovs_flow messages from a reader's tokens. Methods return a status of odp_codes.py."""

    def __init__(self, words: OvsWords, values: TokenText) -> None:
        self.words, self.values, self.reader, self.output = words, values, words.reader, words.output
        attrs = OVS_FLOW.attrs
        self.key, self.mask, self.actions = number_of(attrs, "key"), number_of(attrs, "mask"), number_of(attrs, "actions")
        self.stats, self.used, self.tcp_flags = number_of(attrs, "stats"), number_of(attrs, "used"), number_of(attrs, "tcp_flags")
        self.clear, self.probe = number_of(attrs, "clear"), number_of(attrs, "probe")
        self.ufid, self.ufid_flags = number_of(attrs, "ufid"), number_of(attrs, "ufid_flags")

    def write(self, verb: cython.int, request: cython.bint, dump: cython.bint, attrs: Attributes) -> cython.int:
        """Write the summary of a message. verb: SAYS_GET, SAYS_DEL or another."""
        begun: cython.int
        said: cython.int
        t: cython.int
        if attrs.token(self.probe) >= 0:
            self.output.literal(b"probe: ")
        begun = self.output.used
        said = self.identity(verb, request, dump, attrs, begun)
        if said:
            return said
        said = self.state(request, attrs, begun)
        if said:
            return said
        t = attrs.token(self.actions)
        if t >= 0:
            self.comma(begun)
            said = self.words.actions(t)
            if said:
                return said
        t = attrs.token(self.ufid_flags)
        if t >= 0 and verb == SAYS_GET and self.values.value(t):
            self.output.literal(b" (" if self.output.used > begun or attrs.token(self.probe) >= 0 else b"(")
            self.values.flags(t)
            self.output.char(41)
        return WRITTEN

    def comma(self, begun: cython.int) -> cython.int:
        """Write the separator before every part but the first."""
        return self.output.literal(b", ") if self.output.used > begun else 0

    def identity(self, verb: cython.int, request: cython.bint, dump: cython.bint, attrs: Attributes, begun: cython.int) -> cython.int:
        """Write which flow it is: ufid, key and mask."""
        ufid: cython.int = attrs.token(self.ufid)
        key: cython.int = attrs.token(self.key)
        at: cython.int
        if ufid >= 0 and self.reader.tokens[ufid] >= 0 and self.reader.wires[self.reader.tokens[ufid] * WIRE] == WORDS:
            self.output.literal(b"ufid:")
            at = self.reader.tokens[ufid + 2]
            if key < 0:
                self.output.uuid(self.reader.data, at, self.reader.big)
            else:
                # with a key, the first word of the ufid is enough to tell flows apart
                self.word(at)
        if key >= 0:
            self.comma(begun)
            return self.words.flow(key, attrs.token(self.mask))
        if self.output.used == begun and request and not dump:
            self.output.literal(b"all flows" if verb == SAYS_DEL else b"no key")
        return WRITTEN

    def word(self, at: cython.int) -> cython.int:
        """Write a 32-bit number in host byte order as eight hex digits."""
        i: cython.int
        if self.reader.big:
            return self.output.hex_digits(self.reader.data, at, at + 4)
        for i in range(3, -1, -1):
            self.output.hex_byte(self.reader.data[at + i])
        return 0

    def state(self, request: cython.bint, attrs: Attributes, begun: cython.int) -> cython.int:
        """Write counters, the time of last use and the TCP flags seen."""
        t: cython.int = attrs.token(self.stats)
        if t >= 0:
            self.comma(begun)
            self.output.literal(b"packets:")
            self.output.decimal(self.values.value(t + TOKEN))
            self.output.literal(b", bytes:")
            self.output.decimal(self.values.value(t + 2 * TOKEN))
        t = attrs.token(self.used)
        if t >= 0:
            self.comma(begun)
            if self.last_used(t):
                return REFUSED
        elif not request:
            self.comma(begun)
            self.output.literal(b"used:never")
        t = attrs.token(self.tcp_flags)
        if t >= 0 and self.values.value(t):
            self.comma(begun)
            self.output.literal(b"flags:")
            self.values.flags(t)
        if attrs.token(self.clear) >= 0:
            self.comma(begun)
            self.output.literal(b"clear")
        return WRITTEN

    def last_used(self, t: cython.int) -> cython.int:
        """Write when a packet last matched, by the monotonic clock. Returns 1 if the tree must write it."""
        milliseconds: cython.ulonglong = self.values.value(t)
        if milliseconds >= _LATEST:
            return 1
        self.output.literal(b"used at ")
        self.output.decimal(milliseconds // 1000)
        self.output.char(46)
        self.output.padded(cython.cast(cython.uint, milliseconds % 1000), 3)
        return self.output.char(115)
