"""What messages answer: the request of a reply, and what errors, acknowledgements and ends of dumps say about theirs.

The compiled form of Context.answered() and of what Message reads from a struct nlmsgerr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.codes import COMMAND, OPEN_LIST, OPEN_OBJECT, ROW, SET, SHORT, TOKEN, UNKNOWN, WIRE
    from ovsdissect.engine.walk import Walk

if TYPE_CHECKING:
    from ovsdissect.engine.tables import Tables

_HEADER = cython.declare(cython.int, 16)  # struct nlmsghdr
_GENERIC = cython.declare(cython.int, 16)
_ERROR = cython.declare(cython.int, 2)
_REQUEST = cython.declare(cython.int, 0x1)
_CAPPED = cython.declare(cython.int, 0x100)
_ACK_TLVS = cython.declare(cython.int, 0x200)
# enum nlmsgerr_attrs
_OFFSET = cython.declare(cython.int, 2)
_MISSING_TYPE = cython.declare(cython.int, 5)
_MISSING_NEST = cython.declare(cython.int, 6)
_GREATEST = cython.declare(cython.uint, 1 << 28)  # offset in a message


@cython.final
@cython.cclass
class Answer:
    """What the current message says about the request that it answers.

    asked: whether it answers one. request: the number of that message, 0 if it is not in the capture; slot: its entry among the remembered
    requests, -1 if there is none. type: for an error, acknowledgement or end of a dump, the request's nlmsg_type. family, command: what was
    asked; UNKNOWN if that is not known or not decoded; cmd: the number of a command that the family does not declare.
    For an error, acknowledgement or end of a dump, numbered and error: whether it has an error number, and which. The reader's tokens are
    then its extended ACK and, from echo_tokens on if echoed is set, the attributes of the request that it echoes, which are at echo ..
    echo_end. offender: the token of the attribute of the echoed request at which the extended ACK points, -1 if it does not.
    irregular: whether answers to irregular requests, and those that point at an attribute, are read.
    """

    def __init__(self, walk: Walk, tables: Tables) -> None:
        self.walk, self.reader = walk, walk.reader
        self.extack = tables.extack
        self.families = tables.family_of_command
        self.irregular = False
        self.numbered = self.asked = self.echoed = False
        self.error = self.request = 0
        self.slot, self.type = -1, 0
        self.family = self.command = UNKNOWN
        self.cmd = 0
        self.echo = self.echo_end = self.echo_tokens = 0
        self.offender = self.offset = -1

    def read(self) -> cython.int:
        """Read what the current message answers. Returns 1 if the tree must handle it, else 0."""
        self.asked = self.numbered = self.echoed = False
        self.request = self.error = 0
        self.slot, self.type = -1, 0
        self.family = self.command = UNKNOWN
        self.offender = self.offset = -1
        if self.walk.type >= _HEADER:
            return self.reply()
        self.reader.begin()
        if self.walk.flags & _REQUEST:
            return 1
        if self.failed() if self.walk.type == _ERROR else self.ended():
            return 1
        # the pass knows the names of undecoded families only if they need no escaping in JSON
        return 1 if self.walk.records.protocol == _GENERIC and self.walk.families[self.type] == UNKNOWN else 0

    def reply(self) -> cython.int:
        """Find the request of a reply or notification: the latest one with its portid, sequence number and type."""
        if self.walk.flags & _REQUEST or not self.walk.key:
            return 0
        return self.found(self.walk.requests.find(self.walk.key, self.walk.sort))

    def found(self, slot: cython.int) -> cython.int:
        """Take a remembered request. Returns 1 if only the tree knows what it asked."""
        kind: cython.int
        if slot < 0:
            return 0
        kind = self.walk.requests.command_of(slot)
        self.asked = True
        self.slot = slot
        self.request = cython.cast(cython.longlong, self.walk.requests.number_of(slot))
        if kind >= 0:
            self.command, self.family = kind, self.families[kind]
            if kind >= self.walk.declared:
                return self.undeclared(self.walk.requests.octet(slot, _HEADER))
        return 1 if kind == UNKNOWN else 0

    def undeclared(self, cmd: cython.int) -> cython.int:
        """Take the number of a command that the family does not declare, -1 if it was not kept. Returns 1 if the tree must handle it."""
        self.cmd = cmd
        return 1 if cmd < 0 or not self.irregular else 0

    def family_of(self, kind: cython.int, cmd: cython.int) -> cython.int:
        """Take a request that was not seen, by its type and command (-1: not known). Returns 1 if only the tree knows that command."""
        if self.walk.records.protocol != _GENERIC or self.walk.families[kind] < 0:
            return 0
        self.family = self.walk.families[kind]
        if cmd >= 0:
            self.command = self.walk.by_command[256 * self.family + cmd]
            return self.undeclared(cmd) if self.command >= self.walk.declared else 0
        return 0

    def ended(self) -> cython.int:
        """Read the end of a dump: an error number, then an extended ACK if nlmsg_flags say so. Returns 1 if the tree must handle it."""
        at: cython.int = self.walk.start + _HEADER
        slot: cython.int
        kind: cython.int
        if self.walk.missing:
            return 1
        if self.walk.stop - at >= 4:
            self.numbered = True
            self.error = cython.cast(cython.longlong, self.reader.extended_sign(at, 4, False))
            if self.walk.stop - at > 4:
                if not self.walk.flags & _ACK_TLVS or self.extended(at + 4, self.walk.stop) or self.offset >= 0:
                    return 1
        elif self.walk.stop > at:
            return 1
        if not self.walk.key:
            return 0
        slot = self.walk.requests.latest(self.walk.key, self.walk.records.protocol)
        if slot < 0:
            return 0
        kind = self.type = self.walk.requests.type_of(slot)
        slot = self.walk.requests.find(
            self.walk.key, cython.cast(cython.uint, self.walk.records.protocol) << 16 | cython.cast(cython.uint, kind)
        )
        if slot >= 0:
            return self.found(slot)
        # The capture lacks the dump's request, or the request named another portid than its socket's: the replies tell the family.
        self.asked = True
        return self.family_of(kind, -1)

    def extended(self, start: cython.int, end: cython.int) -> cython.int:
        """Read the extended ACK. Returns 1 if the tree must handle it, also if it reports an attribute as missing: the tree finds its path.
        """
        t: cython.int = 1
        number: cython.int
        if self.reader.value(self.extack, -1, start, end) or self.reader.faults.count:
            return 1
        while t < self.reader.count - 1:
            number = self.reader.rows[self.reader.tokens[t * TOKEN + 1] * ROW + 4]
            if number == _MISSING_TYPE or number == _MISSING_NEST or (number == _OFFSET and not self.irregular):
                return 1
            if number == _OFFSET:
                if self.reader.host32(self.reader.tokens[t * TOKEN + 2]) > _GREATEST:
                    return 1
                self.offset = cython.cast(cython.int, self.reader.host32(self.reader.tokens[t * TOKEN + 2]))
            t = self.reader.tokens[t * TOKEN + 4] + 1 if self.reader.tokens[t * TOKEN] == OPEN_OBJECT else t + 1
        return 0

    def failed(self) -> cython.int:
        """Read a struct nlmsgerr: error number, the request's header, the request unless capped, then the extended ACK.

        Returns 1 if the tree must handle it.
        """
        at: cython.int = self.walk.start + _HEADER
        end: cython.int = self.walk.stop
        length: cython.longlong
        kind: cython.int
        key: cython.ulonglong
        sort: cython.uint
        slot: cython.int
        body: cython.int
        rest: cython.int
        if end - at < 4 + _HEADER:
            return 1
        self.numbered = True
        self.error = cython.cast(cython.longlong, self.reader.extended_sign(at, 4, False))
        at += 4
        length = self.reader.host32(at)
        kind = self.type = self.reader.host16(at + 4)
        key = cython.cast(cython.ulonglong, self.reader.host32(at + 12)) << 32 | self.reader.host32(at + 8)
        sort = cython.cast(cython.uint, self.walk.records.protocol) << 16 | cython.cast(cython.uint, kind)
        slot = self.walk.requests.find(key, sort)
        if slot < 0:
            slot = self.walk.requests.find(self.walk.key, sort)
        body = at + _HEADER
        if slot >= 0:
            if self.found(slot):
                return 1
        else:
            self.asked = True
            if self.family_of(kind, self.reader.data[body] if end > body else -1):
                return 1
        length = length - _HEADER if length > _HEADER and not self.walk.flags & _CAPPED else 0
        if self.walk.missing:
            return self.cut_off(body, body + length, end)
        rest = body + cython.cast(cython.int, length) if length < end - body else end
        if self.walk.flags & _ACK_TLVS or rest < end:
            rest = rest + (-length & 3) if rest + (-length & 3) < end else end
        if rest < end and (not self.walk.flags & _ACK_TLVS or self.extended(rest, end)):
            return 1
        self.echo_tokens = self.reader.count
        self.echo_end = body + cython.cast(cython.int, length) if length < end - body else end
        if self.family >= 0 and body < self.echo_end and self.attributes(body, self.echo_end):
            return 1
        return 1 if self.offset >= 0 and (not self.echoed or self.points(at + self.offset + 4)) else 0

    def attributes(self, body: cython.int, end: cython.int) -> cython.int:
        """Read the attributes of the echoed request, which the capture may have cut. Returns 1 if the tree must handle it."""
        if self.command < 0:
            return 1
        self.echo = body + 4 + self.reader.commands[self.command * COMMAND + 12]
        if self.echo_end < self.echo:
            if not self.irregular or self.walk.missing or self.echo_end < body + 4:
                return 1
            return self.reader.faults.add(SHORT, 0, body + 4, self.echo_end - body - 4, 0, 0)
        self.echoed = True
        return self.reader.value(self.reader.commands[self.command * COMMAND + 2], -1, self.echo, end)

    def points(self, start: cython.int) -> cython.int:
        """Find the attribute of the echoed request whose payload starts at `start`. Returns 1 if the tree must look for it."""
        t: cython.int = self.echo_tokens + 1
        end: cython.int = self.reader.count - 1
        w: cython.int = self.reader.commands[self.command * COMMAND + 2] * WIRE
        inner: cython.int
        what: cython.int
        row: cython.int
        while t < end:
            # where order has a meaning, each attribute is an object of its own
            inner = t + 1 if self.reader.wires[w + 5] else t
            what, row = self.reader.tokens[inner * TOKEN], self.reader.tokens[inner * TOKEN + 1]
            if self.reader.tokens[inner * TOKEN + 2] == start:
                self.offender = inner
                return 0
            if self.reader.tokens[t * TOKEN + 2] < start <= self.reader.tokens[t * TOKEN + 3]:
                if (what != OPEN_OBJECT and what != OPEN_LIST) or row < 0 or self.reader.wires[self.reader.rows[row * ROW] * WIRE] != SET:
                    return 1
                w = self.reader.rows[row * ROW] * WIRE
                t, end = inner + 1, self.reader.tokens[inner * TOKEN + 4]
            else:
                what = self.reader.tokens[t * TOKEN]
                t = self.reader.tokens[t * TOKEN + 4] + 1 if what == OPEN_OBJECT or what == OPEN_LIST else t + 1
        return 1

    def cut_off(self, body: cython.int, after: cython.longlong, end: cython.int) -> cython.int:
        """Read the echoed request of an error that the capture cut within it. Returns 1 if the tree must handle it."""
        if after <= end or after > cython.cast(cython.longlong, end) + self.walk.missing or self.family < 0:
            return 1
        self.reader.limit = self.echo_end = end
        self.echo_tokens = 0
        if self.attributes(body, cython.cast(cython.int, after)):
            return 1
        return 1 if self.reader.lost < 0 or self.reader.faults.count else 0
