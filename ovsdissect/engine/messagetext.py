# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""What Open vSwitch prints for a whole message, as JSON: the compiled form of ovsdissect.odp.texts.

The reader must have read the message. The line for the answer to a DEL or a GET of one flow shows its request, which a second MessageText
has read. The texts of an error belong to its request too; they are left to the tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import cython

if not cython.compiled:
    from ovsdissect.engine.actiontext import ActionText
    from ovsdissect.engine.flowtext import FlowText
    from ovsdissect.engine.odp_codes import (
        EXACT,
        LINE_DEL,
        LINE_EXECUTE,
        LINE_PUT,
        LINE_UPCALL,
        LONGEST_TEXT,
        MESSAGE,
        MESSAGE_ACTIONS,
        MESSAGE_CLEAR,
        MESSAGE_KEY,
        MESSAGE_MASK,
        MESSAGE_MRU,
        MESSAGE_PROBE,
        MESSAGE_STATS,
        MESSAGE_TCP_FLAGS,
        MESSAGE_UFID,
        MESSAGE_USED,
        NO_ROOM,
        NO_TEXT,
        REFUSED,
        WRITTEN,
    )

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables

_TEXTS: Final = ("key", "mask", "flow", "actions", "line")
# one bit for each text
_KEY = cython.declare(cython.int, 1)
_MASK = cython.declare(cython.int, 2)
_FLOW = cython.declare(cython.int, 4)
_ACTIONS = cython.declare(cython.int, 8)
_LINE = cython.declare(cython.int, 16)
_EVERY_TEXT = cython.declare(cython.int, 31)
_QUOTE = cython.declare(cython.int, 34)
_COMMA = cython.declare(cython.int, 44)
_UFID = cython.declare(cython.int, 16)
# ovsdissect.netlink.headers
_REQUEST = cython.declare(cython.int, 0x1)
_ECHO = cython.declare(cython.int, 0x8)
_CREATE = cython.declare(cython.int, 0x400)


@cython.final
@cython.cclass
class MessageText:
    """Writes the texts of one message at a time."""

    def __init__(self, tables: OdpTables, flows: FlowText, lists: ActionText) -> None:
        self.flows, self.lists, self.fields, self.reader, self.output = flows, lists, flows.fields, flows.reader, flows.output
        self.messages, self.letters, self.letter_count = tables.messages, tables.letters, len(tables.letters) // 3
        self.named, self.line_named = False, True
        self.wanted = _EVERY_TEXT
        self.log_skips, self.doubtful = tables.release.log_skips_unmasked, False
        self.past: MessageText | None = None
        self.asked = -1

    def name_ports(self, named: bool | None) -> None:
        """Choose whether ports have names: wherever OVS can print them, or nowhere; None: as OVS does, only in the lines of dump-flows."""
        self.named, self.line_named = bool(named), named is not False

    def only(self, names: Iterable[str]) -> None:
        """Write only the texts with these names."""
        self.wanted = sum(1 << _TEXTS.index(name) for name in set(names))

    def answer(self, past: MessageText) -> None:
        """Let `past`, whose reader holds the request, write lines of answers; past.asked: the request's command, -1 if it was not read."""
        self.past = past

    def doubt(self) -> None:
        """Note that the tree read a flow with a problem: ovs-vswitchd may by then know keys that are not well-formed."""
        self.doubtful = True
        if self.past is not None:
            self.past.doubt()

    def texts(self, command: cython.int, flags: cython.int, answers: cython.bint) -> cython.int:
        """Write the JSON object of the texts of the message in the reader. Returns a status of odp_codes.py.

        command: its number in the tables. flags: its nlmsg_flags. answers: it answers a DEL or a GET of one flow.
        """
        row: cython.int = command * MESSAGE
        begin: cython.int = self.output.used
        said: cython.int = WRITTEN
        key: cython.int = self.messages[row + MESSAGE_KEY]
        mask: cython.int = self.messages[row + MESSAGE_MASK]
        actions: cython.int = self.messages[row + MESSAGE_ACTIONS]
        if not self.output.room(LONGEST_TEXT):
            return NO_ROOM
        self.output.char(123)
        if self.wanted & _KEY and self.there(key):
            self.begin(b"key")
            said = self.key(key, self.named)
            self.output.char(_QUOTE)
        if not said and self.there(mask):
            if self.wanted & _MASK:
                self.begin(b"mask")
                said = self.flows.mask(self.reader.starts[mask], self.reader.ends[mask])
                self.output.char(_QUOTE)
            if not said and self.wanted & _FLOW and self.there(key):
                self.begin(b"flow")
                said = self.flows.flow(
                    self.reader.starts[key], self.reader.ends[key], self.reader.starts[mask], self.reader.ends[mask], False, self.named
                )
                self.output.char(_QUOTE)
        if not said and self.wanted & _ACTIONS and self.there(actions):
            self.begin(b"actions")
            said = self.actions(actions, self.named)
            self.output.char(_QUOTE)
        if not said and self.wanted & _LINE and not self.there(self.messages[row + MESSAGE_PROBE]):
            said = self.line(row, flags, answers)
        if not said and not self.output.room(LONGEST_TEXT):
            said = NO_ROOM
        if said:
            self.output.used = begin
            return said
        self.output.char(125)
        return WRITTEN

    def begin(self, name: cython.p_char) -> cython.int:
        """Write the JSON key of one text."""
        if self.output.out[self.output.used - 1] == _QUOTE:
            self.output.char(_COMMA)
        self.output.char(_QUOTE)
        self.output.literal(name)
        return self.output.literal(b'":"')

    def there(self, number: cython.int) -> cython.int:
        """Whether the message has a top attribute; -1 is the number of an attribute that its family lacks."""
        return 1 if number >= 0 and self.reader.there >> number & 1 else 0

    def key(self, number: cython.int, named: cython.bint) -> cython.int:
        """Write the flow key, verbose; "<empty>" if there is none."""
        if self.there(number):
            return self.flows.key(self.reader.starts[number], self.reader.ends[number], True, named)
        return self.flows.key(0, 0, True, named)

    def actions(self, number: cython.int, named: cython.bint) -> cython.int:
        """Write the actions; "drop" if there are none."""
        if self.there(number):
            return self.lists.actions(self.reader.starts[number], self.reader.ends[number], named)
        return self.lists.actions(0, 0, named)

    def line(self, row: cython.int, flags: cython.int, answers: cython.bint) -> cython.int:
        """Write the log line, or the line of `dump-flows -m` for a flow that the kernel reports; nothing if OVS prints none.

        Returns a status of odp_codes.py.
        """
        form: cython.int = self.messages[row]
        said: cython.int = WRITTEN
        if not self.output.room(LONGEST_TEXT):
            return NO_ROOM
        if form == NO_TEXT:
            return WRITTEN
        if form == LINE_UPCALL:
            self.begin(b"line")
            self.output.text(self.messages[row + 1], self.messages[row + 2])
            said = self.key(self.messages[row + MESSAGE_KEY], False)
        elif form == LINE_EXECUTE:
            self.begin(b"line")
            said = self.execute(row)
        elif not flags & _REQUEST:
            if answers:
                if self.past is None:
                    return REFUSED
                self.begin(b"line")
                said = self.past.answered(self, row)
                self.output.char(_QUOTE)
                return said
            if form == LINE_DEL:
                return WRITTEN
            self.begin(b"line")
            said = self.told(row)
        elif form == LINE_PUT:
            self.begin(b"line")
            said = self.put(row, flags)
        elif form == LINE_DEL and not flags & _ECHO:
            self.begin(b"line")
            said = self.deleted(row)
        else:
            # ovs-vswitchd logs a GET, and a DEL with NLM_F_ECHO, only when the answer arrives
            return WRITTEN
        self.output.char(_QUOTE)
        return said

    def execute(self, row: cython.int) -> cython.int:
        """Write the line of an EXECUTE."""
        mru: cython.int = self.messages[row + MESSAGE_MRU]
        said: cython.int
        self.output.literal(b"execute ")
        said = self.actions(self.messages[row + MESSAGE_ACTIONS], False)
        if said:
            return said
        self.output.literal(b" with metadata ")
        said = self.key(self.messages[row + MESSAGE_KEY], False)
        self.output.literal(b" mtu ")
        self.output.decimal(self.reader.host16(self.reader.starts[mru]) if self.there(mru) else 0)
        return said

    def put(self, row: cython.int, flags: cython.int) -> cython.int:
        """Write the line of a NEW or a SET; the row's text is that of SET."""
        actions: cython.int = self.messages[row + MESSAGE_ACTIONS]
        said: cython.int
        if self.messages[row + 2]:
            self.output.text(self.messages[row + 1], self.messages[row + 2])
        else:
            self.output.literal(b"put[create]" if flags & _CREATE else b"put[create][modify]")
        if self.there(self.messages[row + MESSAGE_CLEAR]):
            self.output.literal(b"[zero]")
        self.output.char(32)
        self.ufid(self.messages[row + MESSAGE_UFID], b" ")
        said = self.logged(row)
        # ovs-vswitchd passes no actions to the log if the list is empty
        if not said and self.there(actions) and self.reader.starts[actions] < self.reader.ends[actions]:
            self.output.literal(b", actions:")
            said = self.actions(actions, False)
        return said

    def deleted(self, row: cython.int) -> cython.int:
        """Write the line of a DEL, of one flow or of all.

        ovs-vswitchd knows the flow's key whether it sends it or not. Most releases leave out what has no mask, which is all of a plain key.
        """
        has_key: cython.bint = self.there(self.messages[row + MESSAGE_KEY])
        begin: cython.int
        if self.doubtful or not self.log_skips or self.there(self.messages[row + MESSAGE_MASK]):
            return REFUSED
        self.output.literal(b"flow_del ")
        begin = self.output.used
        self.ufid(self.messages[row + MESSAGE_UFID], b" ")
        if has_key:
            return self.logged(row)
        if begin == self.output.used:
            self.output.used -= 4
            self.output.literal(b"flush success")
        return WRITTEN

    def answered(self, reply: MessageText, row: cython.int) -> cython.int:
        """Write the line of a DEL or a GET of one flow, with what its answer says. row: the answer's."""
        asked: cython.int = self.asked * MESSAGE
        actions: cython.int = reply.messages[row + MESSAGE_ACTIONS]
        said: cython.int = WRITTEN
        if self.asked < 0:
            return REFUSED
        if self.messages[asked] == LINE_DEL:
            if not self.there(self.messages[asked + MESSAGE_KEY]) and not self.identified(self.messages[asked + MESSAGE_UFID]):
                return REFUSED  # a request for all flows
            said = self.deleted(asked)
        elif self.there(self.messages[asked + MESSAGE_KEY]):
            return REFUSED  # ovs-vswitchd prints the key from its earlier put, which only the tree remembers
        else:
            self.output.literal(b"flow_get ")
            self.ufid(self.messages[asked + MESSAGE_UFID], b" ")
            self.output.literal(b"<empty>")
        if said:
            return said
        self.output.literal(b", ")
        reply.stats(row)
        if self.messages[asked] != LINE_DEL and reply.there(actions):
            self.output.literal(b", actions:")
            said = reply.actions(actions, False)
        return said

    def told(self, row: cython.int) -> cython.int:
        """Write a flow that the kernel reports: as `dump-flows -m` does, or as the log does if key and actions were omitted."""
        key: cython.int = self.messages[row + MESSAGE_KEY]
        mask: cython.int = self.messages[row + MESSAGE_MASK]
        start: cython.int = EXACT
        end: cython.int = EXACT
        said: cython.int
        if not self.there(key):
            self.output.literal(b"flow_dump ")
            self.ufid(self.messages[row + MESSAGE_UFID], b" ")
            self.output.literal(b"<empty>, ")
            return self.stats(row)
        self.ufid(self.messages[row + MESSAGE_UFID], b", ")
        if self.there(mask):
            start, end = self.reader.starts[mask], self.reader.ends[mask]
        said = self.flows.flow(self.reader.starts[key], self.reader.ends[key], start, end, True, self.line_named)
        if said:
            return said
        self.output.literal(b", ")
        self.stats(row)
        self.output.literal(b", dp:ovs, actions:")
        return self.actions(self.messages[row + MESSAGE_ACTIONS], self.line_named)

    def logged(self, row: cython.int) -> cython.int:
        """Write key and mask as the log prints them."""
        key: cython.int = self.messages[row + MESSAGE_KEY]
        mask: cython.int = self.messages[row + MESSAGE_MASK]
        start: cython.int = EXACT
        end: cython.int = EXACT
        if not self.there(key):
            return self.output.literal(b"<empty>")
        if self.there(mask):
            start, end = self.reader.starts[mask], self.reader.ends[mask]
        return self.flows.logged_flow(self.reader.starts[key], self.reader.ends[key], start, end)

    def identified(self, number: cython.int) -> cython.bint:
        """Whether the attribute is a ufid of the right length."""
        return self.there(number) and self.reader.ends[number] - self.reader.starts[number] == _UFID

    def ufid(self, number: cython.int, after: cython.p_char) -> cython.int:
        """Write `ufid:...` and `after`; nothing if it is absent or of another length."""
        if not self.identified(number):
            return 0
        self.output.literal(b"ufid:")
        self.output.uuid(self.reader.data, self.reader.starts[number], self.reader.big)
        return self.output.literal(after)

    def stats(self, row: cython.int) -> cython.int:
        """Write a flow's counters (dpif_flow_stats_format); `used` is a reading of the host's monotonic clock."""
        stats: cython.int = self.messages[row + MESSAGE_STATS]
        used: cython.int = self.messages[row + MESSAGE_USED]
        tcp_flags: cython.int = self.messages[row + MESSAGE_TCP_FLAGS]
        milliseconds: cython.ulonglong = 0
        flags: cython.int = 0
        i: cython.int
        self.output.literal(b"packets:")
        self.output.decimal(self.fields.number(self.reader.starts[stats], 8, False) if self.there(stats) else 0)
        self.output.literal(b", bytes:")
        self.output.decimal(self.fields.number(self.reader.starts[stats] + 8, 8, False) if self.there(stats) else 0)
        if self.there(used):
            milliseconds = self.fields.number(self.reader.starts[used], 8, False)
        self.output.literal(b", used:")
        if milliseconds:
            self.output.decimal(milliseconds)
            self.output.literal(b"ms")
        else:
            self.output.literal(b"never")
        if self.there(tcp_flags):
            flags = self.reader.data[self.reader.starts[tcp_flags]]
        if flags:
            self.output.literal(b", flags:")
            for i in range(self.letter_count):
                if flags & self.letters[3 * i]:
                    self.output.text(self.letters[3 * i + 1], self.letters[3 * i + 2])
        return WRITTEN
