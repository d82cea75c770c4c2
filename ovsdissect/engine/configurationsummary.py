# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of ports, datapaths, meters, limits and families: the compiled form of ovsdissect.text.configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.summary_tables import number_of
from ovsdissect.families.nlctrl import MCAST_GROUP, NLCTRL
from ovsdissect.families.ovs_meter import BAND, OVS_METER
from ovsdissect.families.ovs_vport import UPCALL_STATS
from ovsdissect.netlink.headers import POLICY

if not cython.compiled:
    from ovsdissect.engine.attributes import Attributes
    from ovsdissect.engine.codes import FLAG, OPEN_OBJECT, TOKEN, UINT, WIRE
    from ovsdissect.engine.listcodes import (
        COUNTER,
        MOST_ELEMENTS,
        PHRASE,
        PHRASE_ASK,
        PHRASE_BANDS,
        PHRASE_COUNT,
        PHRASE_COUNTERS,
        PHRASE_ELEMENTS,
        PHRASE_ENUM,
        PHRASE_FAMILY,
        PHRASE_FLAGS,
        PHRASE_GROUPS,
        PHRASE_LIMITS,
        PHRASE_LOST,
        PHRASE_NUMBER,
        PHRASE_OPTIONS,
        PHRASE_POLICIES,
        PHRASE_TEXT,
    )
    from ovsdissect.engine.tokentext import TokenText

if TYPE_CHECKING:
    from ovsdissect.engine.summary_tables import SummaryTables

_DEFAULT_ZONE = cython.declare(cython.ulonglong, 0xFFFFFFFF)  # OVS_ZONE_LIMIT_DEFAULT_ZONE


@cython.final
@cython.cclass
class ConfigurationSummary:
    """Writes the phrases of a message of these families from a reader's tokens.

    Methods return 1 if the tree must write them; a part may have been written then.
    """

    def __init__(self, tables: SummaryTables, values: TokenText) -> None:
        self.reader, self.output, self.values = values.reader, values.output, values
        self.inner = Attributes(self.reader)
        self.phrases, self.counters, self.first = tables.phrases, tables.counters, tables.first
        self.kbps = number_of(OVS_METER.attrs, "kbps")
        self.family_id, self.family_name = number_of(NLCTRL.attrs, "family_id"), number_of(NLCTRL.attrs, "family_name")
        self.policy, self.op_policy = number_of(NLCTRL.attrs, "policy"), number_of(NLCTRL.attrs, "op_policy")
        self.success, self.fail = number_of(UPCALL_STATS, "success"), number_of(UPCALL_STATS, "fail")
        self.band_type, self.band_rate = number_of(BAND, "type"), number_of(BAND, "rate")
        self.band_burst, self.band_stats = number_of(BAND, "burst"), number_of(BAND, "stats")
        self.group_name, self.group_id = number_of(MCAST_GROUP, "name"), number_of(MCAST_GROUP, "id")
        self.policy_type = number_of(POLICY, "type")

    def write(self, family: cython.int, attrs: Attributes) -> cython.int:
        """Write the summary of a message of a family that has these attributes."""
        begun: cython.int = self.output.used
        before: cython.int
        after: cython.int
        i: cython.int
        p: cython.int
        t: cython.int
        for i in range(self.first[2 * family], self.first[2 * family + 1]):
            p = i * PHRASE
            t = -1
            if self.phrases[p + 1] >= 0:
                t = attrs.token(self.phrases[p + 1])
                if t < 0:
                    continue
            before = self.output.used
            if before > begun:
                self.output.literal(b", ")
            after = self.output.used
            if self.phrase(p, self.phrases[p], attrs, t):
                return 1
            if self.output.used == after:
                self.output.used = before
        return 0

    def phrase(self, p: cython.int, op: cython.int, attrs: Attributes, t: cython.int) -> cython.int:
        """Write one phrase; t: index of its attribute's token."""
        if op == PHRASE_COUNTERS:
            return self.count(self.phrases[p + 6], self.phrases[p + 7], t)
        if op == PHRASE_OPTIONS:
            return self.options(t)
        if op == PHRASE_LOST:
            return self.lost(t)
        if op == PHRASE_BANDS:
            return self.bands(t, attrs.token(self.kbps) >= 0)
        if op == PHRASE_LIMITS:
            return self.limits(t)
        if op == PHRASE_POLICIES:
            return self.policies(attrs)
        if op == PHRASE_GROUPS:
            return self.groups(t)
        if op == PHRASE_FAMILY:
            return self.family(attrs)
        if op == PHRASE_ASK:
            return 1
        if op == PHRASE_ELEMENTS and not self.filled(t):
            return 0
        self.output.text(self.phrases[p + 2], self.phrases[p + 3])
        if op == PHRASE_NUMBER:
            self.values.number(t)
        elif op == PHRASE_TEXT:
            self.values.text(t)
        elif op == PHRASE_ENUM:
            self.values.name(t)
        elif op == PHRASE_FLAGS:
            self.values.flags(t)
        elif op == PHRASE_COUNT:
            self.output.decimal(self.reader.tokens[t + 4] - t // TOKEN - 1)
        elif op == PHRASE_ELEMENTS:
            self.elements(t)
        return self.output.text(self.phrases[p + 4], self.phrases[p + 5])

    # Phrases

    def count(self, first: cython.int, counters: cython.int, t: cython.int) -> cython.int:
        """Write the members of a struct, each with its words."""
        begun: cython.int = self.output.used
        c: cython.int
        i: cython.int
        value: cython.ulonglong
        for i in range(first, first + counters):
            c = i * COUNTER
            value = self.values.value(t + (1 + self.counters[c]) * TOKEN)
            if value or not self.counters[c + 3]:
                if self.output.used > begun:
                    self.output.char(32)
                self.output.text(self.counters[c + 1], self.counters[c + 2])
                self.output.decimal(value)
        return 0

    def filled(self, t: cython.int) -> cython.int:
        """Return whether an element of an array is not zero."""
        i: cython.int
        for i in range(t // TOKEN + 1, self.reader.tokens[t + 4]):
            if self.values.value(i * TOKEN):
                return 1
        return 0

    def elements(self, t: cython.int) -> cython.int:
        """Write the first elements of an array."""
        i: cython.int
        first: cython.int = t // TOKEN + 1
        last: cython.int = self.reader.tokens[t + 4]
        for i in range(first, last if last - first <= MOST_ELEMENTS else first + MOST_ELEMENTS):
            if i > first:
                self.output.char(32)
            self.values.number(i * TOKEN)
        return self.output.literal(b" ..") if last - first > MOST_ELEMENTS else 0

    def options(self, t: cython.int) -> cython.int:
        """Write the options of a tunnel port."""
        at: cython.int = t + TOKEN
        last: cython.int = self.reader.tokens[t + 4] * TOKEN
        end: cython.int
        first: cython.bint = True
        while at < last:
            if not first:
                self.output.char(32)
            first = False
            if self.reader.tokens[at] == OPEN_OBJECT:
                self.values.key(at)
                end = self.reader.tokens[at + 4] * TOKEN
                at += TOKEN
                while at < end:
                    self.output.char(32)
                    if self.option(at):
                        return 1
                    at += TOKEN
                at = end + TOKEN
            else:
                if self.option(at):
                    return 1
                at += TOKEN
        return 0

    def option(self, t: cython.int) -> cython.int:
        """Write one option and its value. Returns 1 if it is neither a number nor a flag."""
        op: cython.int = self.reader.wires[self.reader.tokens[t] * WIRE] if self.reader.tokens[t] >= 0 else -1
        if op != UINT and op != FLAG:
            return 1
        self.values.key(t)
        self.output.char(32)
        return self.values.number(t) if op == UINT else self.output.literal(b"true")

    def lost(self, t: cython.int) -> cython.int:
        """Write the lost upcalls of a port, if there are any."""
        success: cython.int
        fail: cython.int
        self.inner.inside(t)
        success, fail = self.inner.token(self.success), self.inner.token(self.fail)
        if fail < 0 or not self.values.value(fail):
            return 0
        self.output.literal(b"upcalls ")
        self.output.decimal(self.values.value(success) if success >= 0 else 0)
        self.output.literal(b" failed ")
        return self.output.decimal(self.values.value(fail))

    def bands(self, t: cython.int, kilobits: cython.bint) -> cython.int:
        """Write the bands of a meter."""
        at: cython.int = t + TOKEN
        last: cython.int = self.reader.tokens[t + 4] * TOKEN
        one: cython.int
        while at < last:
            if at > t + TOKEN:
                self.output.literal(b", ")
            self.inner.inside(at)
            one = self.inner.token(self.band_type)
            if one >= 0:
                self.values.name(one)
            else:
                self.output.literal(b"band")
            one = self.inner.token(self.band_rate)
            if one >= 0:
                self.output.literal(b" above ")
                self.output.decimal(self.values.value(one))
                if kilobits:
                    self.output.literal(b" kbit/s")
                else:
                    self.output.literal(b" packet/s" if self.values.value(one) == 1 else b" packets/s")
            one = self.inner.token(self.band_burst)
            if one >= 0 and self.values.value(one):
                self.output.literal(b" burst ")
                self.output.decimal(self.values.value(one))
            one = self.inner.token(self.band_stats)
            if one >= 0:
                self.output.literal(b" hit by ")
                self.output.decimal(self.reader.number(self.reader.tokens[one + 2], 8, False))
                self.output.literal(b" packets")
            at = self.inner.after(at)
        return 0

    def limits(self, t: cython.int) -> cython.int:
        """Write the limits of zones: structs of zone, limit and count."""
        at: cython.int = t + TOKEN
        last: cython.int = self.reader.tokens[t + 4] * TOKEN
        while at < last:
            if at > t + TOKEN:
                self.output.literal(b", ")
            self.output.literal(b"zone ")
            if self.values.value(at + TOKEN) == _DEFAULT_ZONE:
                self.output.literal(b"default")
            else:
                self.values.number(at + TOKEN)
            self.output.literal(b" limit ")
            self.output.decimal(self.values.value(at + 2 * TOKEN))
            if self.values.value(at + 3 * TOKEN):
                self.output.literal(b" count ")
                self.output.decimal(self.values.value(at + 3 * TOKEN))
            at = self.inner.after(at)
        return 0

    def policies(self, attrs: Attributes) -> cython.int:
        """Write policies, and which of them apply to an operation."""
        begun: cython.int = self.output.used
        t: cython.int = attrs.token(self.policy)
        at: cython.int
        one: cython.int
        policy: cython.int
        if t >= 0:
            policy = t + TOKEN
            while policy < self.reader.tokens[t + 4] * TOKEN:
                at = policy + TOKEN
                while at < self.reader.tokens[policy + 4] * TOKEN:
                    self.output.literal(b", policy " if self.output.used > begun else b"policy ")
                    self.values.key(policy)
                    self.output.literal(b" attribute ")
                    self.values.key(at)
                    self.inner.inside(at)
                    one = self.inner.token(self.policy_type)
                    if one >= 0:
                        self.output.char(32)
                        self.values.name(one)
                    at = self.inner.after(at)
                policy = self.inner.after(policy)
        t = attrs.token(self.op_policy)
        if t < 0:
            return 0
        policy = t + TOKEN
        while policy < self.reader.tokens[t + 4] * TOKEN:
            self.output.literal(b", operation " if self.output.used > begun else b"operation ")
            self.values.key(policy)
            self.output.literal(b" policy ")
            at = policy + TOKEN
            while at < self.reader.tokens[policy + 4] * TOKEN:
                if at > policy + TOKEN:
                    self.output.char(32)
                self.values.key(at)
                self.output.char(32)
                self.values.number(at)
                at += TOKEN
            policy = self.inner.after(policy)
        return 0

    def groups(self, t: cython.int) -> cython.int:
        """Write multicast groups: their names and numbers."""
        at: cython.int = t + TOKEN
        said: cython.bint = False
        while at < self.reader.tokens[t + 4] * TOKEN:
            self.inner.inside(at)
            if self.inner.token(self.group_name) >= 0 and self.inner.token(self.group_id) >= 0:
                self.output.literal(b" " if said else b"groups ")
                said = True
                self.values.text(self.inner.token(self.group_name))
                self.output.char(32)
                self.values.number(self.inner.token(self.group_id))
            at = self.inner.after(at)
        return 0

    def family(self, attrs: Attributes) -> cython.int:
        """Write a family and its id."""
        name: cython.int = attrs.token(self.family_name)
        number: cython.int = attrs.token(self.family_id)
        if name >= 0:
            self.values.text(name)
            if number < 0:
                return 0
            self.output.literal(b" is ")
            return self.values.number(number)
        if number < 0:
            return 0
        self.output.literal(b"family ")
        return self.values.number(number)
