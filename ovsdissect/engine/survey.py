"""The first pass over a file: ovsdissect.dissect.survey with the compiled walk, which stops only at messages that may name a family."""

from __future__ import annotations

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import CaptureFile, Stretch
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.survey import Survey, Surveys
from ovsdissect.engine.codes import END, INTERFACE, MET
from ovsdissect.engine.reader import Reader
from ovsdissect.engine.stretches import begin
from ovsdissect.engine.tables import tables
from ovsdissect.engine.walk import Walk
from ovsdissect.netlink.headers import NLMSGHDR_LEN


def survey(registries: Registries, records: CaptureFile) -> None:
    """Survey a whole file for family ids, which the registries take up."""
    surveys = Surveys(registries)
    walk = Walk(tables(), Reader(tables()))
    walk.records.include_cuts()
    for piece in records.pieces():
        if isinstance(piece, Stretch):
            _stretch(piece, walk, surveys)
        else:
            for record in piece if isinstance(piece, list) else piece.records():
                surveys.show(record)
    surveys.finish()


def _stretch(piece: Stretch, walk: Walk, surveys: Surveys) -> None:
    begin(walk, piece)
    survey: Survey | None = surveys.of(walk.records.entered) if walk.records.entered >= 0 else None
    nothing = bytearray(1 << 16)
    while (status := walk.telling(nothing if survey is None else survey.enough)) != END:
        if status == INTERFACE:
            survey = surveys.of(walk.records.conversation)
            walk.records.pass_over()
        elif status == MET:
            _protocol, kind, stop, _time = walk.met
            start = walk.state[3]
            if survey is not None:
                order: ByteOrder = "big" if walk.big else "little"
                message = walk.bytes_of(start, stop)
                survey.see(kind, message[NLMSGHDR_LEN:], order, cut=int.from_bytes(message[:4], order) > len(message))
            walk.skip_message(0)
        else:
            surveys.show(piece.record(walk.state[0], walk.state[5]), walk.state[4])
            walk.skip_record(0)
    piece.position, piece.number = walk.state[0], walk.records.count
