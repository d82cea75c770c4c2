"""The phrases of summaries, exported from ovsdissect.text and .netlink for the compiled modules."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any, Final

from ovsdissect.engine import listcodes
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES, OVS_FLOW, OVS_PACKET
from ovsdissect.families.cookies import PACKET_IN_REASONS
from ovsdissect.grammar import AttrSet, Command, Family
from ovsdissect.grammar.compound import Array, Struct
from ovsdissect.grammar.wire import Enum, Flags, Int, Pad, Text, Wire
from ovsdissect.netlink.errno import ERRORS
from ovsdissect.netlink.headers import PROTOCOLS
from ovsdissect.text import configuration
from ovsdissect.text.configuration import CONFIGURATION, Count, Counters, Elements, Names, Number, Phrase, Value, Word
from ovsdissect.text.rows import TONES, command_tone
from ovsdissect.text.summary import DUMPING
from ovsdissect.text.values import ROWS

# phrases that are functions, and the attributes that their compiled forms use
FUNCTIONS: Final[dict[Callable[..., str], tuple[int, str]]] = {
    configuration.options: (listcodes.PHRASE_OPTIONS, "options"),
    configuration.lost_upcalls: (listcodes.PHRASE_LOST, "upcall_stats"),
    configuration.bands: (listcodes.PHRASE_BANDS, "bands"),
    configuration.limits: (listcodes.PHRASE_LIMITS, "zone_limit"),
    configuration.policies: (listcodes.PHRASE_POLICIES, ""),
    configuration.groups: (listcodes.PHRASE_GROUPS, "mcast_groups"),
    configuration.family: (listcodes.PHRASE_FAMILY, ""),
}
UPCALLS: Final = {"miss": listcodes.SAYS_MISS, "action": listcodes.SAYS_ACTION, "execute": listcodes.SAYS_EXECUTE}
assert configuration.MOST_ELEMENTS == listcodes.MOST_ELEMENTS


class SummaryTables:
    """phrases: PHRASE integers each, those of a family in sequence; first: for each family the index of its first phrase, and of the one
    after its last. counters: COUNTER integers each. says: SAYS integers for each command.
    failures: offset and length of an error's name and text, by number. families, protocols: of their names, by number.
    packet_in: of the reasons in a controller's cookie.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.phrases, self.counters, self.first = array("i"), array("i"), array("i")
        for family in FAMILIES.values():
            self.first.append(len(self.phrases) // listcodes.PHRASE)
            for phrase in CONFIGURATION.get(family.name, ()):
                self.phrases.extend(self._phrase(family, phrase))
            self.first.append(len(self.phrases) // listcodes.PHRASE)
        self.says = array("i", [number for family, command in tables.known for number in self._says(family, command)])
        self.failures = self._texts({number: f"{name}: {text}" for number, (name, text) in ERRORS.items()})
        self.families = self._texts({tables.families[name]: name for name in tables.families})
        self.protocols = self._texts(PROTOCOLS)
        self.packet_in = self._texts(PACKET_IN_REASONS)

    def _texts(self, names: Mapping[int, str]) -> array[int]:
        """Return offset and length of texts by number; length 0 if there is none."""
        places = array("i", bytes(4 * 2 * (max(names) + 1)))
        for number, name in names.items():
            places[2 * number], places[2 * number + 1] = self._tables.text(name)
        return places

    def _says(self, family: Family, command: Command) -> list[int]:
        """Return the SAYS integers of a command."""
        what = (
            listcodes.SAYS_FLOW
            if family is OVS_FLOW
            else UPCALLS.get(command.name, listcodes.SAYS_MISS)
            if family is OVS_PACKET
            else listcodes.SAYS_CONFIGURATION
        )
        verb = {"get": listcodes.SAYS_GET, "del": listcodes.SAYS_DEL}.get(command.name, 0)
        name, tone = self._tables.text(command.name), TONES.index(command_tone(family, command))
        return [what, int(command.name in DUMPING), verb, self._tables.families[family.name], *name, tone]

    def _phrase(self, family: Family, phrase: Phrase) -> list[int]:
        """Return the PHRASE integers of a phrase."""
        rows = family.attrs.by_name
        if not isinstance(phrase, (Value, Number, Word, Names, Counters, Elements, Count)):
            op, name = FUNCTIONS[phrase]
            return [op, rows[name].number if name else -1, 0, 0, 0, 0, 0, 0]
        row = rows[phrase.name]
        wire: Any = row.wire
        form, counters = "{}", (0, 0)
        if isinstance(phrase, Word):
            op, form = listcodes.PHRASE_WORD, phrase.text
        elif isinstance(phrase, Counters):
            op, counters = listcodes.PHRASE_COUNTERS, self._counters(wire, phrase)
        else:
            form = phrase.form
            op = _operation(phrase, wire, plain=row not in ROWS)
        before, _, behind = form.partition("{}")
        return [op, row.number, *self._tables.text(before), *self._tables.text(behind), *counters]

    def _counters(self, struct: Struct, phrase: Counters) -> tuple[int, int]:
        """Add a struct's counters. Returns the index of the first, and how many there are."""
        first = len(self.counters) // listcodes.COUNTER
        for name, form in phrase.forms.items():
            before, _, behind = form.partition("{}")
            assert not behind, form
            self.counters.extend((place_of(struct, name), *self._tables.text(before), int(name in phrase.quiet)))
        return first, len(phrase.forms)


def _operation(phrase: Value | Number | Names | Elements | Count, wire: Wire, *, plain: bool) -> int:
    """Return the form of a phrase about one attribute; PHRASE_ASK unless its value is written as its number."""
    if isinstance(phrase, Names):
        assert isinstance(wire, (Enum, Flags)), wire
        return listcodes.PHRASE_ENUM if isinstance(wire, Enum) else listcodes.PHRASE_FLAGS
    if isinstance(phrase, Count):
        return listcodes.PHRASE_COUNT
    if isinstance(phrase, Elements):
        return listcodes.PHRASE_ELEMENTS if isinstance(wire, Array) and _is_number(wire.element.wire) else listcodes.PHRASE_ASK
    if isinstance(wire, Text):
        return listcodes.PHRASE_TEXT
    return listcodes.PHRASE_NUMBER if _is_number(wire) and (plain or isinstance(phrase, Number)) else listcodes.PHRASE_ASK


def _is_number(wire: Wire) -> bool:
    """Whether a value is written as its number alone."""
    return type(wire) is Int and not wire.names


def number_of(attrs: AttrSet, name: str) -> int:
    """Return the number of an attribute."""
    return attrs.by_name[name].number


def place_of(struct: Struct, name: str) -> int:
    """Return the index of a member among a struct's tokens; padding has no token."""
    return [member.name for member in struct.members if not isinstance(member.wire, Pad)].index(name)
