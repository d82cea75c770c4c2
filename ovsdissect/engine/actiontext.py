# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Actions as Open vSwitch prints them: the compiled form of ovsdissect.odp.actions.

Methods return a status of odp_codes.py; after REFUSED and NO_ROOM of actions() the output is unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.cttext import CtText
    from ovsdissect.engine.flowtext import FlowText
    from ovsdissect.engine.odp_codes import (
        ACTION,
        ACTION_CHECK_PKT_LEN,
        ACTION_CLONE,
        ACTION_CT,
        ACTION_DEC_TTL,
        ACTION_HASH,
        ACTION_NUMBER,
        ACTION_OUTPUT,
        ACTION_PSAMPLE,
        ACTION_PUSH_ETH,
        ACTION_PUSH_MPLS,
        ACTION_PUSH_NSH,
        ACTION_PUSH_VLAN,
        ACTION_SAMPLE,
        ACTION_SET,
        ACTION_SET_MASKED,
        ACTION_TNL_POP,
        ACTION_USERSPACE,
        ACTION_WORD,
        AT_ACTION,
        CHECK_GREATER,
        CHECK_LESS_EQUAL,
        CHECK_SIZE,
        DEC_TTL_ACTIONS,
        DEEPEST_ACTION,
        EXACT,
        FIELD,
        LONGEST_BYTE,
        LONGEST_TEXT,
        NO_ROOM,
        NO_TEXT,
        PSAMPLE_COOKIE,
        PSAMPLE_GROUP,
        REFUSED,
        SAMPLE_ACTIONS,
        SAMPLE_PROBABILITY,
        WRITTEN,
    )
    from ovsdissect.engine.userspacetext import UserspaceText

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_COMMA = cython.declare(cython.int, 44)
_OPEN = cython.declare(cython.int, 40)
_CLOSE = cython.declare(cython.int, 41)
_GREATEST = cython.declare(cython.int, 0x3FFF)  # NLA_TYPE_MASK
_UNKNOWN_SIZE = cython.declare(cython.int, -1)  # what OVS expects of an action that it does not know
_NESTED = cython.declare(cython.int, 0x8000)  # NLA_F_NESTED
_CTAG = cython.declare(cython.ulonglong, 0x8100)  # ETH_P_8021Q
_EVERY_BIT = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.final
@cython.cclass
class ActionText:
    """Writes lists of actions from the reader's data. flows: writes the content of set(), and knows the names of ports."""

    def __init__(self, tables: OdpTables, flows: FlowText) -> None:
        self.flows, self.reader, self.output, self.places, self.fields = flows, flows.reader, flows.output, flows.places, flows.fields
        self.cts = CtText(tables, self.reader, self.output, self.places, self.fields)
        self.userspaces = UserspaceText(tables, self.reader, self.output, self.places, self.fields)
        self.words, self.rows, self.texts, self.kinds = tables.actions, tables.fields, tables.pairs, len(tables.actions) // ACTION
        self.hashes, self.hash_count = tables.hashes, tables.hash_count
        self.nsh, self.longest_masked = tables.nsh_number, tables.longest_masked
        self.sample_set, self.check_set = tables.sample, tables.check_pkt_len
        self.dec_ttl_set, self.psample_set = tables.dec_ttl, tables.psample

    def actions(self, start: cython.int, end: cython.int, named: cython.bint) -> cython.int:
        """Write a list of actions; named: show ports by name."""
        begin: cython.int = self.output.used
        return self.flows.done(self.sequence(start, end, named, 0), begin)

    def sequence(self, start: cython.int, end: cython.int, named: cython.bint, depth: cython.int) -> cython.int:
        """Write actions separated by commas (format_odp_actions)."""
        length: cython.int
        kind: cython.int
        word: cython.int
        said: cython.int
        cut: cython.bint
        known: cython.bint
        begun: cython.bint = False
        if start >= end:
            return self.output.literal(b"drop")
        if depth >= DEEPEST_ACTION:
            return REFUSED
        while start < end:
            length = self.places.attribute(start, end)
            cut = length < 0
            if cut:
                length = self.places.cut(start, end)
                if length < 0:
                    return REFUSED
            kind = self.places.kind
            word = kind * ACTION
            known = kind < self.kinds and (self.words[word] != NO_TEXT or self.words[word + 3])
            if not self.output.room(LONGEST_TEXT + (LONGEST_BYTE * length if not known or self.words[word] < ACTION_SAMPLE else 0)):
                return NO_ROOM
            if begun:
                self.output.char(_COMMA)
            begun = True
            if not known or (self.words[word + 1] >= 0 and self.words[word + 1] != length):
                if kind > _GREATEST:
                    return REFUSED
                self.bad_length(kind, start + 4, start + 4 + length, self.words[word + 1] if known else _UNKNOWN_SIZE)
                start += (length + 7) & ~3
                continue
            if self.words[word] == NO_TEXT or (cut and not self.holds(self.words[word])):
                return REFUSED
            said = self.action(word, start + 4, start + 4 + length, named, depth)
            if said:
                return said
            start += (length + 7) & ~3
        return WRITTEN

    def holds(self, form: cython.int) -> cython.bint:
        """Return whether an action of a form is written from what it holds, even if the capture cut it."""
        return form >= ACTION_SAMPLE or form == ACTION_SET_MASKED

    def bad_length(self, kind: cython.int, start: cython.int, end: cython.int, size: cython.int) -> cython.int:
        """Write an action that OVS does not know, or that has another length than OVS insists on (format_generic_odp_action)."""
        self.output.literal(b"bad length ")
        self.output.decimal(end - start)
        self.output.literal(b", expected ")
        self.output.integer(size)
        self.output.literal(b" for: action")
        self.output.decimal(kind)
        if start == end:
            return 0
        self.output.char(_OPEN)
        self.fields.spaced(start, end)
        return self.output.char(_CLOSE)

    def action(self, word: cython.int, at: cython.int, end: cython.int, named: cython.bint, depth: cython.int) -> cython.int:
        """Write one action that has the right length (format_odp_action)."""
        form: cython.int = self.words[word]
        f: cython.int = self.words[word + 4] * FIELD
        said: cython.int = WRITTEN
        if form == ACTION_OUTPUT:
            return self.fields.port(self.reader.host32(at), named)
        if form == ACTION_CT:
            return self.cts.ct(at, end)
        if form == ACTION_USERSPACE:
            return self.userspaces.userspace(at, end, named)
        if form == ACTION_SET:
            return self.overwrite(at, end)
        if form == ACTION_SET_MASKED:
            return self.overwrite_masked(at, end)
        if form == ACTION_PUSH_NSH:
            if self.alone(at, end) != self.nsh:
                return REFUSED
            return self.flows.nsh.push(at + 4, end)
        self.output.text(self.words[word + 2], self.words[word + 3])
        if form == ACTION_WORD:
            return WRITTEN
        if form == ACTION_NUMBER:
            self.fields.value(self.rows[f + 2], at + self.rows[f + 3], self.rows[f + 4], self.rows[f + 5] != 0)
        elif form == ACTION_PUSH_VLAN:
            if self.fields.number(at, 2, True) != _CTAG:
                self.fields.field(self.words[word + 4], at, EXACT, False)
            self.fields.control(cython.cast(cython.int, self.fields.number(at + self.rows[f + FIELD + 3], 2, True)), 0xFFFF, False)
        elif form == ACTION_PUSH_ETH:
            self.fields.members(self.words[word + 4], self.words[word + 5], at, EXACT, False)
        elif form == ACTION_PUSH_MPLS:
            self.fields.entry(cython.cast(cython.uint, self.fields.number(at + self.rows[f + 3], 4, True)), 0, False)
            self.output.char(_COMMA)
            self.fields.members(self.words[word + 4] + 1, 1, at, EXACT, False)
        elif form == ACTION_HASH:
            self.hash(word, at)
        elif form == ACTION_TNL_POP:
            said = self.fields.port(self.reader.host32(at), named)
        elif form == ACTION_PSAMPLE:
            said = self.psample(at, end)
        elif form == ACTION_SAMPLE:
            said = self.sample(at, end, named, depth)
        elif form == ACTION_CLONE:
            said = self.sequence(at, end, named, depth + 1)
        elif form == ACTION_CHECK_PKT_LEN:
            said = self.check_pkt_len(at, end, named, depth)
        elif form == ACTION_DEC_TTL:
            said = self.dec_ttl(at, end, named, depth)
        else:
            said = REFUSED
        self.output.char(_CLOSE)
        return said

    # Actions that hold no others

    def hash(self, word: cython.int, at: cython.int) -> cython.int:
        """Write a hash to compute."""
        f: cython.int = self.words[word + 4] * FIELD
        algorithm: cython.uint = self.reader.host32(at + self.rows[f + 3])
        place: cython.int
        if algorithm >= self.hash_count:
            self.output.literal(b"Unknown hash algorithm(")
            self.output.decimal(algorithm)
        else:
            place = self.hashes + 2 * cython.cast(cython.int, algorithm)
            self.output.text(self.texts[place], self.texts[place + 1])
            self.output.decimal(self.reader.host32(at + self.rows[f + FIELD + 3]))
        return self.output.char(_CLOSE)

    def alone(self, at: cython.int, end: cython.int, cuts: cython.bint = False) -> cython.int:
        """Return the number of the only attribute in a payload, -1 if there is not exactly one. cuts: the capture may have cut it."""
        length: cython.int = self.places.attribute(at, end)
        if length < 0 and cuts:
            length = self.places.cut(at, end)
        if length < 0 or at + 4 + ((length + 3) & ~3) < end:
            return -1
        return self.places.kind

    def overwrite(self, at: cython.int, end: cython.int) -> cython.int:
        """Write set(): verbose and without names."""
        kind: cython.int = self.alone(at, end)
        said: cython.int
        if kind < 0:
            return REFUSED
        self.output.literal(b"set(")
        said = self.flows.alone(kind, at + 4, at + self.reader.host16(at), EXACT, True)
        self.output.char(_CLOSE)
        return said

    def overwrite_masked(self, at: cython.int, end: cython.int) -> cython.int:
        """Write set() of bits: the attribute holds the value and then its mask."""
        kind: cython.int = self.alone(at, end, True)
        length: cython.int = self.reader.host16(at) if kind >= 0 else 0
        half: cython.int
        said: cython.int
        if kind < 0:
            return REFUSED
        self.output.literal(b"set(")
        if kind == self.nsh:
            if at + length > end:
                return REFUSED
            self.output.literal(b"nsh(")
            said = self.flows.nsh.set_masked(at + 4, at + length)
            self.output.char(_CLOSE)
        else:
            half = min(length, end - at) - 4
            if half & 1 or half // 2 > self.longest_masked:
                return REFUSED
            half //= 2
            said = self.flows.alone(kind, at + 4, at + 4 + half, at + 4 + half, False)
        self.output.char(_CLOSE)
        return said

    def psample(self, at: cython.int, end: cython.int) -> cython.int:
        """Write a sample for a psample group: attributes in the order received, and the comma belongs to the group."""
        group: cython.int
        cookie: cython.int
        if self.places.gather(self.psample_set, AT_ACTION, at, end):
            return REFUSED
        group, cookie = self.places.start(AT_ACTION, PSAMPLE_GROUP), self.places.start(AT_ACTION, PSAMPLE_COOKIE)
        # OVS compares the numbers with their flag bits
        if (group >= 0 and self.reader.host16(group - 2) & _NESTED) or (cookie >= 0 and self.reader.host16(cookie - 2) & _NESTED):
            return REFUSED
        if cookie >= 0 and cookie < group:
            self.output.literal(b"cookie=")
            self.fields.bytes_number(cookie, cookie + self.places.length(cookie))
        if group >= 0:
            self.output.literal(b"group=")
            self.output.decimal(self.reader.host32(group))
        if cookie >= 0 and cookie > group:
            self.output.literal(b",cookie=" if group >= 0 else b"cookie=")
            self.fields.bytes_number(cookie, cookie + self.places.length(cookie))
        return WRITTEN

    # Actions that hold others

    def sample(self, at: cython.int, end: cython.int, named: cython.bint, depth: cython.int) -> cython.int:
        """Write actions for a share of the packets."""
        actions: cython.int
        tenths: cython.ulonglong
        said: cython.int
        if self.places.gather(self.sample_set, AT_ACTION, at, end, True):
            return REFUSED
        at, actions = self.places.start(AT_ACTION, SAMPLE_PROBABILITY), self.places.start(AT_ACTION, SAMPLE_ACTIONS)
        if at < 0 or actions < 0:
            return self.output.literal(b"error")
        # "%.1f" of 100 * probability / (2^32 - 1): no quotient is exactly halfway between two tenths
        tenths = (2000 * cython.cast(cython.ulonglong, self.reader.host32(at)) + _EVERY_BIT) // (2 * _EVERY_BIT)
        self.output.literal(b"sample=")
        self.output.decimal(tenths // 10)
        self.output.char(46)
        self.output.decimal(tenths % 10)
        self.output.literal(b"%,actions(")
        said = self.sequence(actions, min(actions + self.places.length(actions), end), named, depth + 1)
        self.output.char(_CLOSE)
        return said

    def check_pkt_len(self, at: cython.int, end: cython.int, named: cython.bint, depth: cython.int) -> cython.int:
        """Write actions that depend on the packet's length."""
        greater: cython.int
        less_equal: cython.int
        said: cython.int
        if self.places.gather(self.check_set, AT_ACTION, at, end, True):
            return REFUSED
        at = self.places.start(AT_ACTION, CHECK_SIZE)
        greater, less_equal = self.places.start(AT_ACTION, CHECK_GREATER), self.places.start(AT_ACTION, CHECK_LESS_EQUAL)
        if at < 0 or greater < 0 or less_equal < 0:
            return self.output.literal(b"error")
        self.output.literal(b"size=")
        self.output.decimal(self.reader.host16(at))
        self.output.literal(b",gt(")
        said = self.sequence(greater, min(greater + self.places.length(greater), end), named, depth + 1)
        if said:
            return said
        self.output.literal(b"),le(")
        said = self.sequence(less_equal, min(less_equal + self.places.length(less_equal), end), named, depth + 1)
        self.output.char(_CLOSE)
        return said

    def dec_ttl(self, at: cython.int, end: cython.int, named: cython.bint, depth: cython.int) -> cython.int:
        """Write a TTL to decrement, and actions for packets whose TTL has expired."""
        actions: cython.int
        said: cython.int = WRITTEN
        if self.places.gather(self.dec_ttl_set, AT_ACTION, at, end):
            return REFUSED
        actions = self.places.start(AT_ACTION, DEC_TTL_ACTIONS)
        self.output.literal(b"le_1(")
        if actions >= 0:
            said = self.sequence(actions, actions + self.places.length(actions), named, depth + 1)
        self.output.char(_CLOSE)
        return said
