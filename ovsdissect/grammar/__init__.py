"""How a netlink family is declared: wire types, attributes, attribute sets, commands, families.

Declarations only: nothing here knows about captures.
"""

import ovsdissect.grammar.lean_construct  # noqa: F401  before anything else imports construct
from ovsdissect.grammar.attrs import Attr, AttrList, AttrSet, Element
from ovsdissect.grammar.compound import Array, Member, Options, Struct, Variant
from ovsdissect.grammar.family import Command, Family
from ovsdissect.grammar.masks import Masked, MaskedSet, mask, mask_set, masked, masked_set
from ovsdissect.grammar.wire import Wire

__all__ = [
    "Array",
    "Attr",
    "AttrList",
    "AttrSet",
    "Command",
    "Element",
    "Family",
    "Masked",
    "MaskedSet",
    "Member",
    "Options",
    "Struct",
    "Variant",
    "Wire",
    "mask",
    "mask_set",
    "masked",
    "masked_set",
]
