"""Sends a command to a loaded process (tests/cli/loaded.py).

The command gets this process's arguments, environment, directory, descriptors and file limit.

    python -I -S caller.py SOCKET ARGUMENT...

It imports almost nothing, so a shell line runs ovsdissect in a hundredth of its start-up time.
"""

import _socket
import os
import resource
import struct
import sys


def asked(
    place: str, arguments: list[bytes], environment: dict[bytes, bytes], folder: bytes, descriptors: dict[int, int]
) -> _socket.socket:
    """The connection on which the process tells its id and how it ended.  descriptors: the number there -> the one here."""
    longest, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    pieces = [folder, b"%d" % longest, b"%d" % len(arguments), *arguments, *(b"%s=%s" % pair for pair in environment.items())]
    told = b"\0".join([b",".join(b"%d" % number for number in descriptors), *pieces])
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    link.connect(place)
    sent = struct.pack(f"{len(descriptors)}i", *descriptors.values())
    link.sendmsg([struct.pack("I", len(told))], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, sent)])
    while told:
        told = told[link.send(told) :]
    return link


def number(link: _socket.socket) -> int:
    """The next number that is told: first the process's id, then how it ended, negative for a signal."""
    got = b""
    while len(got) < 4:
        piece = link.recv(4 - len(got))
        if not piece:
            raise OSError("the loaded process has gone")
        got += piece
    return int(struct.unpack("i", got)[0])


def main() -> None:
    """Have the command run and end as it does."""
    there = [int(name) for name in os.listdir("/proc/self/fd")]
    open_here = {one: one for one in there if os.path.exists(f"/proc/self/fd/{one}")}
    link = asked(sys.argv[1], list(map(os.fsencode, sys.argv[2:])), dict(os.environb), os.getcwdb(), open_here)
    for one in open_here:
        os.close(one)
    number(link)
    code = number(link)
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
