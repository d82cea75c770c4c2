"""Dissects what follows struct nlmsghdr: a family's message, an error with the request that it echoes, the end of a dump."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ovsdissect.families import FAMILIES
from ovsdissect.grammar import Family, Member, Struct
from ovsdissect.netlink.headers import (
    ERROR,
    EXTACK,
    FLAG_NAMES,
    GENLMSGHDR,
    NLM_F_ACK_TLVS,
    NLM_F_CAPPED,
    NLMSGHDR_LEN,
    nlmsghdr,
)
from ovsdissect.problem import ProblemKind
from ovsdissect.tree.node import Node
from ovsdissect.tree.tree import Tree

if TYPE_CHECKING:
    from ovsdissect.dissect.request import Request

ROOT: Final = Member("", Struct())
NLMSG: Final = {kind: Member("nlmsg", nlmsghdr(kind), "struct nlmsghdr.") for kind in FLAG_NAMES}
GENL: Final = Member("", GENLMSGHDR, "struct genlmsghdr.")
ERROR_ROW: Final = Member("error", ERROR, "struct nlmsgerr: the error number.")
# it is separate from the error number, after the request, but shown under the same name: its node has no name
EXTACK_ROW: Final = Member("error", EXTACK, "Extended acknowledgement.")
REQUEST_ROW: Final = Member("request", Struct(), "The request that failed, as far as it is echoed.")

# what follows the nlmsghdr in a family's messages: genlmsghdr and, if there is one, the family's header, with their sizes; the attributes
BODIES: Final = {
    family.name: (
        [(row, row.wire, row.wire.size or 0) for row in (GENL, *([Member("", family.header)] if family.header else []))],
        Member("attrs", family.attrs, "The attributes."),
    )
    for family in FAMILIES.values()
}


def generic(tree: Tree, family: Family, start: int, end: int, path: str) -> list[Node]:
    """Dissect genlmsghdr, the family's header and its attributes; `path` is "request" in an echoed request."""
    nodes: list[Node] = []
    headers, attrs = BODIES[family.name]
    stop = min(end, tree.limit)
    for row, wire, size in headers:
        if start + size > stop:
            kind = ProblemKind.BAD_LENGTH if start + size > end else ProblemKind.TRUNCATED
            tree.problem(kind, path, start, max(stop - start, 0), "the message ends inside its headers")
            return [*nodes, tree.undecoded(start, stop)] if start < stop else nodes
        nodes.append(tree.value(row, wire, "", start, start + size, path))
        start += size
    nodes.append(tree.value(attrs, attrs.wire, "attrs", start, end, (path, "attrs")))
    return nodes


def done(tree: Tree, flags: int, start: int, end: int) -> list[Node]:
    nodes = [tree.value(ERROR_ROW, ERROR, "error", start, start + 4, "error")]
    if min(end, tree.limit) > start + 4:
        if flags & NLM_F_ACK_TLVS:
            nodes.append(tree.value(EXTACK_ROW, EXTACK, "", start + 4, end, "error"))
        else:
            nodes.append(tree.undecoded(start + 4, min(end, tree.limit)))
    return nodes


def refused(tree: Tree, flags: int, request: Request | None, protocol: int | None, start: int, end: int) -> list[Node]:
    """Dissect struct nlmsgerr: the number, the request's header, the request unless it is capped, then the extended ACK."""
    stop = min(end, tree.limit)
    if start + 4 + NLMSGHDR_LEN > stop:
        kind = ProblemKind.BAD_LENGTH if start + 4 + NLMSGHDR_LEN > end else ProblemKind.TRUNCATED
        tree.problem(kind, "error", start, max(stop - start, 0), "the message ends inside struct nlmsgerr")
        return [tree.undecoded(start, stop)] if start < stop else []
    nodes = [tree.value(ERROR_ROW, ERROR, "error", start, start + 4, "error")]
    start += 4
    family = request.declaration if request else None
    echoed = int.from_bytes(tree.data[start : start + 4], tree.order)
    head = NLMSG[request.verb(protocol) if request else ""]
    inner = [tree.value(head, head.wire, "nlmsg", start, start + NLMSGHDR_LEN, "request.nlmsg")]
    after = start + NLMSGHDR_LEN
    capped = bool(flags & NLM_F_CAPPED)
    tlvs = bool(flags & NLM_F_ACK_TLVS)
    length = max(echoed - NLMSGHDR_LEN, 0)
    if capped:
        length = 0
    body_end = min(after + length, end)
    if after < body_end:
        if family:
            inner += generic(tree, family, after, body_end, "request")
        else:
            inner.append(tree.undecoded(after, min(body_end, tree.limit)))
    inner_end = min(body_end, tree.limit)
    padding = min(-length % 4, max(min(end, tree.limit) - body_end, 0)) if tlvs or body_end < end else 0
    nodes.append(Node("request", REQUEST_ROW, REQUEST_ROW.wire, start, inner_end - start, None, tuple(inner), 0, 0, padding))
    rest = min(body_end + padding, end)
    if rest < end:
        if tlvs:
            nodes.append(tree.value(EXTACK_ROW, EXTACK, "", rest, end, "error"))
        elif rest < tree.limit:
            tree.problem(ProblemKind.TRAILING, "", rest, tree.limit - rest, f"{end - rest} bytes after the echoed request")
            nodes.append(tree.undecoded(rest, min(end, tree.limit)))
    return nodes
