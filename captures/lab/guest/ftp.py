"""ftp.py serve|fetch ADDRESS: an FTP control connection that announces one passive data connection, enough for conntrack's helper."""

import socket
import sys

CONTROL, DATA = 2121, 40000


def listener(address: str, port: int) -> socket.socket:
    """A listening socket that gives up after a while."""
    server = socket.create_server((address, port), backlog=1)
    server.settimeout(8)
    return server


def serve(address: str) -> None:
    """One exchange as the server."""
    with listener(address, CONTROL) as control, listener(address, DATA) as data:
        client, _ = control.accept()
        client.sendall(b"220 hi\r\n")
        client.recv(100)
        host = address.replace(".", ",")
        client.sendall(f"227 Entering Passive Mode ({host},{DATA >> 8},{DATA & 255})\r\n".encode())
        transfer, _ = data.accept()
        transfer.sendall(b"data")
        transfer.close()
        client.recv(100)
        client.close()


def fetch(address: str) -> None:
    """The same as the client."""
    with socket.create_connection((address, CONTROL), 4) as control:
        control.recv(100)
        control.sendall(b"PASV\r\n")
        control.recv(200)
        with socket.create_connection((address, DATA), 4) as data:
            data.recv(100)


{"serve": serve, "fetch": fetch}[sys.argv[1]](sys.argv[2])
