"""storm.py INTERFACE COUNT DESTINATION PER_SECOND: frames that differ in source MAC, addresses and ports, UDP and TCP, IPv4 and IPv6."""

import socket
import struct
import sys
import time

SIZES = (60, 100, 300, 900, 1400)


def checksum(header: bytes) -> int:
    """The Internet checksum of an IPv4 header whose own field is 0."""
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def frame(number: int, destination: bytes) -> bytes:
    """The frame of this number."""
    spread = number * 2654435761 & 0xFFFFFFFF
    size = SIZES[number % 5] if number % 7 == 0 else 64
    kind = number % 4
    if kind < 2:
        protocol = socket.IPPROTO_UDP
        payload = struct.pack("!HHHH", spread & 0xFFFF, 1024 + number % 60000, 8 + size, 0) + bytes(size)
    else:
        protocol = socket.IPPROTO_TCP
        payload = struct.pack("!HHIIBBHHH", spread & 0xFFFF, 1 + number % 50000, number, 0, 0x50, 2, 8192, 0, 0)
        payload += bytes(size) if kind == 3 else b""
    ether = destination + b"\x02\x10" + struct.pack("!I", number)
    if number % 6 == 5:
        header = struct.pack("!IHBB", 6 << 28 | spread & 0xFFFFF, len(payload), protocol, 64)
        header += b"\xfd\0\0\1" + bytes(8) + struct.pack("!I", spread) + b"\xfd\0\0\1" + bytes(11) + b"\2"
        return ether + b"\x86\xdd" + header + payload
    source = b"\x0a" + struct.pack("!I", spread)[1:]
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number & 0xFFFF, 0, 64, protocol, 0, source, b"\x0a\1\0\2")
    return ether + b"\x08\0" + header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def main(interface: str, count: int, destination: bytes, per_second: float) -> None:
    """Send them at this rate."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    begin, number, full = time.time(), 0, 0
    while number < count:
        try:
            out.send(frame(number, destination))
        except OSError:
            full += 1
            time.sleep(0.0005)
            continue
        number += 1
        time.sleep(max(begin + number / per_second - time.time(), 0) if number % 64 == 0 else 0)
    print(f"{count} frames in {time.time() - begin:.1f} s, the queue was full {full} times")


main(sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3].replace(":", "")), float(sys.argv[4]))
