"""Family nlctrl: generic netlink's own controller, which names the other families.  Its id is always 16 (GENL_ID_CTRL)."""

from __future__ import annotations

from typing import Final

from ovsdissect.grammar import Attr, AttrList, AttrSet, Command, Family
from ovsdissect.grammar.wire import TEXT, U16, U32, Flags
from ovsdissect.netlink.headers import POLICY

GENL_ID_CTRL: Final = 16

# include/uapi/linux/genetlink.h: GENL_ADMIN_PERM and its neighbours
OP_FLAGS = {1: "admin_perm", 2: "cmd_cap_do", 4: "cmd_cap_dump", 8: "cmd_cap_haspol", 16: "uns_admin_perm"}

OP = AttrSet(
    "op",
    [
        Attr(1, "id", U32, "Command."),
        Attr(2, "flags", Flags("I", OP_FLAGS), "What it can do and who may call it."),
    ],
)

MCAST_GROUP = AttrSet("mcast_group", [Attr(1, "name", TEXT, "Name."), Attr(2, "id", U32, "Group number.")])

OP_POLICY = AttrSet(
    "op_policy",
    [
        Attr(1, "do", U32, "Policy of the command's request."),
        Attr(2, "dump", U32, "Policy of its dump request."),
    ],
)

CTRL_ATTRS = AttrSet(
    "ctrl",
    [
        Attr(1, "family_id", U16, "Id: the nlmsg_type of the family's messages."),
        Attr(2, "family_name", TEXT, "Name."),
        Attr(3, "version", U32, "Version."),
        Attr(4, "hdrsize", U32, "Size of the family's own header."),
        Attr(5, "maxattr", U32, "Largest attribute."),
        Attr(6, "ops", AttrList(OP), "Commands."),
        Attr(7, "mcast_groups", AttrList(MCAST_GROUP), "Multicast groups."),
        Attr(8, "policy", AttrList(AttrList(POLICY, keyed=True), keyed=True), "Policies, by index and attribute."),
        Attr(9, "op_policy", AttrList(OP_POLICY, keyed=True), "Which policy a command has, by command."),
        Attr(10, "op", U32, "Command whose policy is asked for."),
    ],
)

COMMANDS = (
    ["newfamily", "delfamily", "getfamily", "newops", "delops", "getops", "newmcast_grp", "delmcast_grp", "getmcast_grp", "getpolicy"]
)

NLCTRL = Family(
    "nlctrl",
    2,
    None,
    tuple(Command(number, name) for number, name in enumerate(COMMANDS, 1)),
    CTRL_ATTRS,
    "The controller: names, ids, commands and policies of families.",
)
