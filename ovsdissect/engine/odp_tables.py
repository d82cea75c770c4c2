"""Open vSwitch's words as flat integer tables: ovsdissect.odp.words, and the parts of the grammar that its formatters use.

keys      WORD integers for each attribute of a key: form (KEY_...), text `word(` and its length (0: OVS does not know it), length that OVS
          insists on (-1: any),
          first field or pair, their number, 1 if a value may be hidden (ct_mark) or verbose text has the number (ct_state), index in
          `counting` of the bits that count (-1: all count, -2: never empty), 1 if flags are in network byte order, how many OVS knows
tunnel    WORD integers for each attribute of a tunnel: form (PART_...), text, length of text, length, field, unused, the flag it sets
actions   ACTION integers for each action: form (ACTION_...), length, text and its length (0: OVS does not know it), first field, number of
          fields
fields    FIELD integers: text `label=` and its length, style, offset in the struct, size, 1 if it is in network byte order
slices    SLICE integers: text `label=` and its length, shift, mask, style, the mask that is left out
pairs     a text and its length each, for flags by bit (length -1: none)
sets      a set's greatest number, then for each number PLACE integers: least and greatest length (-1: any), slot (-1: none)
messages  MESSAGE integers for each command of the grammar's tables: form (LINE_...), text that its line begins with and its length, the
          numbers of its attributes
cookies   COOKIE integers for each type: form (COOKIE_...), text `word(` and its length, first field, number of fields, offset of the part
          specific to the type
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ovsdissect.engine import odp_codes as codes
from ovsdissect.engine.tables import Tables
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.actions import ACTIONS, CHECK_PKT_LEN, CT, DEC_TTL, NAT, PSAMPLE, SAMPLE, USERSPACE
from ovsdissect.families.cookies import HEAD, SLOW_PATH_REASONS, USERDATA
from ovsdissect.families.flow_key import KEY, MPLS_LSE, NSH, PACKET_TYPE, VLAN_TCI
from ovsdissect.families.tunnel_key import ERSPAN_MD2, ERSPAN_OPTS, GENEVE_OPTS, TUNNEL_KEY, VXLAN_GBP, VXLAN_OPTS
from ovsdissect.grammar import Attr, AttrSet, Family, Struct
from ovsdissect.grammar.wire import U8, U32, Bits, Part, Wire
from ovsdissect.odp import styles
from ovsdissect.odp.actions import LAST_COMMON
from ovsdissect.odp.attributes import EXECUTE, UPCALLS
from ovsdissect.odp.constant import ALWAYS, PARTLY
from ovsdissect.odp.ct import CT_POLICY, NAT_POLICY
from ovsdissect.odp.lines import FLOW_DEL, FLOW_GET, FLOW_NEW, FLOW_SET, TCP_LETTERS, put_operation, upcall_line
from ovsdissect.odp.releases import NEWEST, Release
from ovsdissect.odp.text import port_text
from ovsdissect.odp.userspace import COOKIES, decimal, hashed, truth
from ovsdissect.odp.userspace import POLICY as USERSPACE_POLICY
from ovsdissect.odp.words import (
    ACTION_NUMBERS,
    ACTION_SIZES,
    ACTION_WORDS,
    HASH_WORDS,
    KEY_SIZES,
    KEY_WORDS,
    TUNNEL_FLAG_ROWS,
    TUNNEL_FLAGS,
    TUNNEL_ID_FLAG,
    TUNNEL_SIZES,
    TUNNEL_WORDS,
    Fields,
    Flags,
    Number,
    Own,
)

STYLES: Final[dict[styles.Style, int]] = {
    styles.DEC8: codes.DECIMAL,
    styles.DEC16: codes.DECIMAL,
    styles.HEX8: codes.HASH_HEX,
    styles.HEX16: codes.HASH_HEX,
    styles.HEX32: codes.HASH_HEX,
    styles.HEX128: codes.HASH_HEX_WIDE,
    styles.ETHERTYPE: codes.HEX_FOUR,
    styles.LABEL: codes.FLOW_LABEL,
    styles.FRAG: codes.FRAGMENT,
    styles.RESERVED: codes.BARE_HEX,
    styles.TUNNEL_ID: codes.HEX_NUMBER,
    styles.IPV4: codes.DOTTED,
    styles.IPV6: codes.IPV6_TEXT,
    styles.MAC: codes.COLONS,
}
ROOM: Final = codes.LONGEST_TEXT // 2  # for one attribute; parentheses and the ends of lists take the rest
LONGEST: Final = {codes.DOTTED: 15, codes.COLONS: 17, codes.IPV6_TEXT: 45}  # characters
OWN_KEYS: Final = {
    "in_port": codes.KEY_PORT,
    "vlan": codes.KEY_VLAN,
    "packet_type": codes.KEY_PACKET_TYPE,
    "mpls": codes.KEY_MPLS,
    "encap": codes.KEY_ENCAP,
    "tunnel": codes.KEY_TUNNEL,
    "nsh": codes.KEY_NSH,
}
OWN_PARTS: Final = {
    "vxlan_opts": codes.PART_VXLAN,
    "geneve_opts": codes.PART_GENEVE,
    "erspan_opts": codes.PART_ERSPAN,
    "ipv4_info_bridge": codes.PART_GTPU,
}
OWN_ACTIONS: Final = {
    "output": codes.ACTION_OUTPUT,
    "userspace": codes.ACTION_USERSPACE,
    "set": codes.ACTION_SET,
    "set_masked": codes.ACTION_SET_MASKED,
    "push_vlan": codes.ACTION_PUSH_VLAN,
    "hash": codes.ACTION_HASH,
    "trunc": codes.ACTION_NUMBER,
    "push_mpls": codes.ACTION_PUSH_MPLS,
    "add_mpls": codes.ACTION_PUSH_MPLS,
    "ct": codes.ACTION_CT,
    "push_eth": codes.ACTION_PUSH_ETH,
    "push_nsh": codes.ACTION_PUSH_NSH,
    "psample": codes.ACTION_PSAMPLE,
    "sample": codes.ACTION_SAMPLE,
    "clone": codes.ACTION_CLONE,
    "check_pkt_len": codes.ACTION_CHECK_PKT_LEN,
    "dec_ttl": codes.ACTION_DEC_TTL,
}
MPLS_MEMBERS: Final = (("", "lse", codes.DECIMAL), ("eth_type=", "ethertype", codes.BARE_HEX))
ACTION_MEMBERS: Final = {
    "trunc": (("", "max_len", codes.DECIMAL),),
    "push_eth": (("src=", "src", codes.COLONS), ("dst=", "dst", codes.COLONS)),
    "push_mpls": MPLS_MEMBERS,
    "add_mpls": MPLS_MEMBERS,
    "push_vlan": (("tpid=", "tpid", codes.HEX_FOUR), ("", "tci", codes.DECIMAL)),
    "hash": (("", "alg", codes.DECIMAL), ("", "basis", codes.DECIMAL)),
}
PORT_ACTIONS: Final = {"tnl_pop": codes.ACTION_TNL_POP, "lb_output": codes.ACTION_NUMBER}
# The attributes of a set in the order of their slots, which odp_codes.py names.
CT_SLOTS: Final = ("commit", "force_commit", "zone", "mark", "labels", "helper", "timeout", "nat", "eventmask")
NAT_SLOTS: Final = tuple(row.name for row in NAT.rows)
USERSPACE_SLOTS: Final = ("pid", "userdata", "actions", "egress_tun_port")
COOKIE_STYLES: Final = {decimal: codes.DECIMAL, hashed: codes.HASH_HEX, truth: codes.TRUTH, port_text: codes.PORT_NAME}
OWN_COOKIES: Final = {
    "sflow": (codes.COOKIE_SFLOW, "vlan_tci"),
    "slow_path": (codes.COOKIE_SLOW_PATH, "reason"),
    "flow_sample": (codes.COOKIE_FLOW_SAMPLE, "direction"),
}
# ovsdissect.odp.attributes: by family and command, the form of a message's line, and the text it begins with
LINES: Final[dict[Family, dict[int, tuple[int, str]]]] = {
    OVS_PACKET: {EXECUTE: (codes.LINE_EXECUTE, "")}
    | {number: (codes.LINE_UPCALL, upcall_line(word, "")) for number, word in UPCALLS.items()},
    OVS_FLOW: {
        FLOW_NEW: (codes.LINE_PUT, ""),
        FLOW_SET: (codes.LINE_PUT, put_operation(FLOW_SET, 0)),
        FLOW_DEL: (codes.LINE_DEL, ""),
        FLOW_GET: (codes.LINE_GET, ""),
    },
}
MESSAGE_ATTRIBUTES: Final = ("key", "mask", "actions", "probe", "mru", "ufid", "stats", "used", "tcp_flags", "clear")


class OdpTables:
    """The tables of a release's text."""

    def __init__(self, tables: Tables, release: Release = NEWEST) -> None:
        self.text, self.release = tables.text, release
        self.keys, self.tunnel, self.actions = array("i"), array("i"), array("i")
        self.fields, self.slices, self.pairs, self.sets, self.cookies = (array("i") for _ in range(5))
        self.counting = bytearray()
        self.fragments = self._pairs(styles.FRAGMENTS.get(number, "<error>") for number in range(4))
        self._keys()
        self._tunnel()
        self._actions()
        self._cookies()
        self._messages(tables)

    # Building blocks of tables

    def _pairs(self, texts: Iterable[str | None]) -> int:
        """Add texts, (0, -1) for None. Returns the index of the first."""
        first = len(self.pairs)
        for text in texts:
            self.pairs.extend((0, -1) if text is None else self.text(text))
        return first

    def _row(self, table: array[int], number: int, row: list[int]) -> None:
        """Store a row at a number's place."""
        table[number * len(row) : (number + 1) * len(row)] = array("i", row)

    def _names(self, names: Mapping[int, str]) -> tuple[int, int]:
        """Add the names of bits. Returns the index of the first, and how many bits they cover."""
        count = max(names).bit_length()
        return self._pairs(names.get(1 << bit) for bit in range(count)), count

    def _field(self, label: str, style: int, wire: Wire, offset: int = 0) -> int:
        """Add a field. Returns its number."""
        self.fields.extend((*self.text(label), style, offset, wire.size or 0, int(wire.code.startswith(">"))))
        return len(self.fields) // codes.FIELD - 1

    def _members(self, struct: Struct, members: Sequence[tuple[str, str, int]]) -> tuple[int, int]:
        """Add fields of a struct: each a label, the member's name and a style. Returns the first field's number, and how many there are."""
        offsets = {member.name: offset for member, offset in zip(struct.members, struct.offsets, strict=True)}
        numbers = [self._field(label, style, struct.fields[name].wire, offsets[name]) for label, name, style in members]
        return (numbers or [0])[0], len(numbers)

    def _slice(self, label: str, part: Part, style: int, full: int) -> int:
        """Add a slice. Returns its number."""
        self.slices.extend((*self.text(label), part.shift, part.mask, style, full))
        return len(self.slices) // codes.SLICE - 1

    def _parts(self, bits: Bits, parts: Sequence[tuple[str, int, int]]) -> int:
        """Add slices of an integer: each the name of its part, a style and the mask that is left out. Returns the first slice's number."""
        by_name = {part.name: part for part in bits.parts}
        numbers = [self._slice(f"{name}=", by_name[name], style, full) for name, style, full in parts]
        return numbers[0]

    def _set(self, attrs: AttrSet, slots: Sequence[str] | None = None, lengths: Mapping[int, tuple[int, int]] | None = None) -> int:
        """Add a set. Returns where it begins in `sets`.

        slots: attribute names in the order of their slots; None: numbers are slots. lengths: (least, greatest) allowed length by number;
        None: the wire type's own.
        """
        first, last = len(self.sets), max(attrs.by_number)
        self.sets.append(last)
        for number in range(last + 1):
            row = attrs.by_number.get(number)
            slot = number if slots is None else slots.index(row.name) if row is not None and row.name in slots else -1
            assert slot < codes.SLOTS, attrs
            least, most = (0, -1) if lengths is None or number not in lengths else lengths[number]
            if lengths is None and row is not None and row.wire.size is not None:
                least = most = row.wire.size
            self.sets.extend((least, most, slot if row is not None else -1))
        return first

    # Keys

    def _keys(self) -> None:
        self.keys.extend([0] * codes.WORD * (max(KEY.by_number) + 1))
        for row, words in KEY_WORDS.items():
            size = KEY_SIZES[row.number]
            form, first, count, extra, order, full = codes.NO_TEXT, 0, 0, 0, 0, 0
            if isinstance(words, Number):
                form, extra = codes.KEY_NUMBER, int(words.shy)
                first = self._field("", STYLES[words.style], row.wire)
            elif isinstance(words, Flags):
                form, extra = codes.KEY_FLAGS, int(words.number)
                first, count = self._names(words.names)
                order, full = int(row.wire.code.startswith(">")), words.full.bit_length()
                assert words.full == (1 << full) - 1
                # a sign and a name, or "[Unknown]", for each bit
                assert sum(len(name) + 1 for name in words.names.values()) + 10 * 8 * (size or 0) < ROOM, row
            elif isinstance(words, Fields):
                assert isinstance(row.wire, Struct)
                form = codes.KEY_FIELDS
                # a value and its mask
                assert sum(len(label) + 2 * LONGEST.get(STYLES[style], 12) + 3 for _, label, style in words.members) < ROOM, row
                first, count = self._members(row.wire, [(f"{label}=", name, STYLES[style]) for name, label, style in words.members])
            else:
                form = OWN_KEYS.get(row.name, codes.NO_TEXT)
            word = self.text(f"{words.word}(")
            if row.number <= self.release.highest_key_attribute:
                self._row(self.keys, row.number, [form, *word, _size(size), first, count, extra, self._counting(row), order, full])
        for row in KEY.rows:
            if row.number > self.release.highest_key_attribute and self.release.unknown_size is None:
                self._row(self.keys, row.number, [codes.KEY_BYTES, *self.text(f"key{row.number}("), -1, 0, 0, 0, self._counting(row), 0, 0])
        self.ethernet, self.ethertype, self.packet_type = (
            KEY.by_name[name].number for name in ("ethernet", "ethertype", "packet_type")
        )
        self.masks = self._set(KEY, lengths={})
        self.unknown_size = codes.NO_SIZE if self.release.unknown_size is None else self.release.unknown_size
        self.tci = self._parts(VLAN_TCI, [("vid", codes.HASH_HEX, 0), ("pcp", codes.HASH_HEX, 0), ("cfi", codes.HASH_HEX, 0)])
        self.type_parts = self._parts(PACKET_TYPE, [("ns", codes.DECIMAL, 0xFFFF), ("id", codes.HASH_HEX, 0xFFFF)])
        # in OVS's order; the masks of label and TTL have the prefix 0x
        prefixed = {"label": codes.BARE_HEX, "tc": codes.DECIMAL, "ttl": codes.BARE_HEX, "bos": codes.DECIMAL}
        self.lse = self._parts(MPLS_LSE, [(name, style, 0) for name, style in prefixed.items()])
        self.nsh = self._set(NSH, ("base", "md1", "md2"))
        doubled = {row.number: (2 * size, 2 * size) for row in NSH.rows if (size := row.wire.size) is not None}
        self.nsh_doubled = self._set(NSH, ("base", "md1"), doubled)

    def _counting(self, row: Attr) -> int:
        if row.number not in ALWAYS:
            return -2
        if row.number not in PARTLY:
            return -1
        self.counting += PARTLY[row.number]
        return len(self.counting) - len(PARTLY[row.number])

    # Tunnels

    def _tunnel(self) -> None:
        self.tunnel.extend([0] * codes.WORD * (max(TUNNEL_KEY.by_number) + 1))
        for row in TUNNEL_KEY.rows:
            words, size = TUNNEL_WORDS.get(row), TUNNEL_SIZES[row.number]
            form, word, first = codes.PART_SILENT, self.text(""), 0
            if isinstance(words, Number):
                style = codes.HEX_ID if row.name == "id" and self.release.tun_id_needs_mask else STYLES[words.style]
                form, first = codes.PART_NUMBER, self._field(f"{words.word}=", style, row.wire)
            elif isinstance(words, Own):
                form, word = OWN_PARTS.get(row.name, codes.NO_TEXT), self.text(f"{words.word}(")
            flag = TUNNEL_ID_FLAG if row.name == "id" else TUNNEL_FLAG_ROWS.get(row, 0)
            self._row(self.tunnel, row.number, [form, *word, _size(size), first, 0, flag, 0, 0, 0])
        # two bytes, which OVS reads wherever they are
        self.gtpu_fields = self._field("flags=", codes.HASH_HEX, U8)
        self._field("msgtype=", codes.DECIMAL, U8, 1)
        self.tunnel_masks = self._set(TUNNEL_KEY, lengths={})
        self.tunnel_flags, self.tunnel_flag_count = self._names(TUNNEL_FLAGS)
        self.tunnel_id_flag = TUNNEL_ID_FLAG
        self.vxlan = self._set(VXLAN_OPTS)
        self.gbp = self._parts(VXLAN_GBP, [("id", codes.DECIMAL, 0xFFFF), ("flags", codes.HASH_HEX, 0xFF)])
        self.gbp_number = VXLAN_OPTS.by_name["gbp"].number
        self.option_size = GENEVE_OPTS.head.size or 0
        self.option_words = GENEVE_OPTS.length.mask
        assert GENEVE_OPTS.length.shift == 0
        self.option_fields, self.option_field_count = self._members(
            GENEVE_OPTS.head, [("class=", "class", codes.HASH_HEX), ("type=", "type", codes.HASH_HEX)]
        )
        md2 = ERSPAN_MD2.members[-1].wire
        assert isinstance(md2, Bits)
        head = ERSPAN_OPTS.head.size or 0
        self.erspan_index = head
        self.erspan_bits = head + ERSPAN_MD2.offsets[-1]
        # OVS compares masks of one bit and of four bits with the mask of a byte
        self.erspan_parts = self._parts(md2, [("dir", codes.DECIMAL, 0xFF), ("hwid", codes.HASH_HEX, 0xFF)])

    # Actions

    def _actions(self) -> None:
        names = {row.number: row.name for row in ACTIONS.rows if row.number <= LAST_COMMON} | dict(self.release.actions)
        self.actions.extend([0] * codes.ACTION * (max(names) + 1))
        for number, name in names.items():
            size = ACTION_SIZES[name]
            row = ACTIONS.by_name.get(name)
            if row is None:  # known only to the userspace datapath
                if name in PORT_ACTIONS:
                    first = self._field("", codes.DECIMAL, U32)
                    self._row(self.actions, number, [PORT_ACTIONS[name], _size(size), *self.text(f"{name}("), first, 1])
                else:
                    self._row(self.actions, number, [codes.NO_TEXT, _size(size), *self.text(f"{name}("), 0, 0])
                continue
            form, word, first, count = OWN_ACTIONS.get(name, codes.NO_TEXT), self.text(f"{name}("), 0, 0
            if row in ACTION_WORDS:
                form, word = codes.ACTION_WORD, self.text(ACTION_WORDS[row])
            elif row in ACTION_NUMBERS:
                text, style = ACTION_NUMBERS[row]
                before, _, after = text.partition("{}")
                assert after == ")"
                form, word = codes.ACTION_NUMBER, self.text(before)
                first, count = self._field("", _style_of(style), row.wire), 1
            elif name in ACTION_MEMBERS:
                assert isinstance(row.wire, Struct)
                first, count = self._members(row.wire, ACTION_MEMBERS[name])
            self._row(self.actions, number, [form, _size(size), *word, first, count])
        self.hash_count = len(HASH_WORDS)
        self.hashes = self._pairs(HASH_WORDS[algorithm].removesuffix("{})") for algorithm in range(self.hash_count))
        assert all(text.endswith("{})") for text in HASH_WORDS.values())
        self.ct = self._set(CT, CT_SLOTS, _limits(CT_POLICY))
        self.nat = self._set(NAT, NAT_SLOTS, _limits(NAT_POLICY))
        self.userspace = self._set(USERSPACE, USERSPACE_SLOTS, _limits(USERSPACE_POLICY))
        self.sample = self._set(SAMPLE, ("probability", "actions"))
        self.check_pkt_len = self._set(CHECK_PKT_LEN, ("pkt_len", "actions_if_greater", "actions_if_less_equal"))
        self.dec_ttl = self._set(DEC_TTL, ("action",))
        self.psample = self._set(PSAMPLE, ("group", "cookie"))
        self.nsh_number = KEY.by_name["nsh"].number
        self.longest_masked = KEY.by_name["ipv6"].wire.size or 0

    def _cookies(self) -> None:
        self.cookies.extend([0] * codes.COOKIE * (max(USERDATA.cases) + 1))
        self.cookie_size = USERDATA.total or 0
        at = HEAD.size or 0
        for tag, case in USERDATA.cases.items():
            struct = case.wire
            assert isinstance(struct, Struct)
            said = COOKIES[case.name]
            members = [(f"{one.label}=", one.member, COOKIE_STYLES[one.style]) for one in said.members]
            first, count = self._members(struct, members)
            for number in range(first, first + count):
                self.fields[number * codes.FIELD + 3] += at
            form, own = OWN_COOKIES.get(case.name, (codes.COOKIE_PLAIN, struct.members[0].name))
            offset = at + struct.offsets[struct.members.index(struct.fields[own])]
            self._row(self.cookies, tag, [form, *self.text(f"{said.word}("), first, count, offset])
        self.reasons, self.reason_count = self._names(SLOW_PATH_REASONS)

    # Messages

    def _messages(self, tables: Tables) -> None:
        self.messages, self.letters = array("i"), array("i")
        for family, command in tables.declared:
            form, word = LINES.get(family, {}).get(command.number, (codes.NO_TEXT, ""))
            rows = family.attrs.by_name if family in LINES else {}
            self.messages.extend((form, *self.text(word), *(rows[name].number if name in rows else -1 for name in MESSAGE_ATTRIBUTES)))
        for bit, letter in TCP_LETTERS:
            self.letters.extend((bit, *self.text(letter)))


def _size(size: int | None) -> int:
    return -1 if size is None else size


def _limits(policy: Mapping[int, tuple[int, int]]) -> dict[int, tuple[int, int]]:
    """Return the lengths in a policy of ovsdissect.odp by number as (least, greatest), -1 instead of 0xFFFF (any)."""
    return {number: (least, -1 if most == 0xFFFF else most) for number, (least, most) in policy.items()}


def _style_of(style: Callable[[int], str]) -> int:
    """Return the number of a style that is given as a function, recognised by what it makes of zero and of another number."""
    return {("0", "17"): codes.DECIMAL, ("0", "0x11"): codes.HASH_HEX, ("0x0", "0x11"): codes.BARE_HEX}[style(0), style(17)]
