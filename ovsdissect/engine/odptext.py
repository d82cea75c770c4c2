# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Open vSwitch's text for given bytes, for Python callers: equal to that of ovsdissect.odp's functions, or None if these must write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.actiontext import ActionText
    from ovsdissect.engine.flowtext import FlowText
    from ovsdissect.engine.messagetext import MessageText
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader
    from ovsdissect.engine.topattributes import read_message

from ovsdissect.engine.names import Names

if TYPE_CHECKING:
    from ovsdissect.engine.odp_tables import OdpTables
    from ovsdissect.engine.tables import Tables


@cython.final
@cython.cclass
class OdpText:
    """The texts of payloads from a host of one byte order."""

    def __init__(self, tables: Tables, words: OdpTables, *, big: bool = False, capacity: int = 1 << 17) -> None:
        self.reader, self.output = Reader(tables), Output(tables, capacity)
        self.reader.big = big
        self.flows = FlowText(words, self.reader, self.output)
        self.lists = ActionText(words, self.flows)
        self.messages = MessageText(words, self.flows, self.lists)

    def call(self, ports: dict[int, bytes]) -> None:
        """Set the names of ports, as a screen shows them, by names.port_key()."""
        names = Names()
        names.replace(ports)
        self.flows.fields.ports = names

    def key(self, data: bytes, *, verbose: bool = True, named: bool = False, datapath: int = 0) -> str | None:
        """Return a key by itself."""
        self.flows.fields.datapath = datapath & 0xFFFFFFFF
        self.reader.data = data
        return self._taken(self.flows.key(0, len(data), verbose, named))

    def mask(self, data: bytes) -> str | None:
        """Return a mask, printed as if it were a key."""
        self.reader.data = data
        return self._taken(self.flows.mask(0, len(data)))

    def flow(self, key: bytes, mask: bytes, *, verbose: bool = False, named: bool = False, datapath: int = 0) -> str | None:
        """Return a key and its mask as dump-flows prints them."""
        self.flows.fields.datapath = datapath & 0xFFFFFFFF
        self.reader.data = key + mask
        return self._taken(self.flows.flow(0, len(key), len(key), len(key) + len(mask), verbose, named))

    def logged_flow(self, key: bytes, mask: bytes) -> str | None:
        """Return a key and its mask as the log prints them."""
        self.reader.data = key + mask
        return self._taken(self.flows.logged_flow(0, len(key), len(key), len(key) + len(mask)))

    def actions(self, data: bytes, *, named: bool = False, datapath: int = 0) -> str | None:
        """Return a list of actions."""
        self.flows.fields.datapath = datapath & 0xFFFFFFFF
        self.reader.data = data
        return self._taken(self.lists.actions(0, len(data), named))

    def doubt(self) -> None:
        """Call MessageText.doubt()."""
        self.messages.doubt()

    def message(
        self, command: int, flags: int, attributes: bytes, *, answers: bool = False, names: bool | None = None, datapath: int = 0
    ) -> str | None:
        """Return the texts of a message as a JSON object. command: its number in the grammar's tables; the rest: as for
        MessageText.texts().
        """
        self.reader.data = attributes
        if read_message(self.reader, command, 0, len(attributes), 0, flags & 1):
            return None
        self.flows.fields.datapath = datapath & 0xFFFFFFFF
        self.messages.name_ports(names)
        return self._taken(self.messages.texts(command, flags, answers))

    def _taken(self, said: cython.int) -> str | None:
        text = self.output.taken()
        return None if said else text.decode("ascii")
