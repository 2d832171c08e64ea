# SPDX-License-Identifier: MIT
"""A server that speaks HTTP/2 over TLS, badly.

Usage: h2_faults.py CERT KEY MODE[=N]...

For each mode it listens on 127.0.0.1 and prints mode and port on a line of the
file ./ports, which is there when all are. It serves until it is killed. For
each request that arrives it appends a line to ./requests.MODE. N is how many
requests are treated as MODE says, by default all; the others get 200 "ok".

  refuse, refuse-twice
             RST_STREAM with REFUSED_STREAM: it was not looked at
  goaway     GOAWAY that names no request, then the end: likewise
  leave      GOAWAY that names all, an answer to the first, then the end
  reset      RST_STREAM with INTERNAL_ERROR
  reset-body headers and half of a body, then RST_STREAM
  short      less than its Content-Length says
  long       more than its Content-Length says
  trailers   an answer with trailers
  stall      nothing
  continue   header frames without end
  bomb       a few bytes of headers that unpack to very many
  frame      a frame that is larger than allowed
  drop       the end of the connection
"""
import itertools
import os
import socket
import ssl
import struct
import sys
import threading

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, CONTINUATION = (
    0, 1, 3, 4, 6, 7, 9)
END_STREAM, END_HEADERS, ACK = 1, 4, 1
INTERNAL_ERROR, REFUSED_STREAM = 2, 7
STATUS_200 = b"\x88"


def frame(kind, flags, stream, payload=b""):
    return (struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) +
            struct.pack(">I", stream) + payload)


def length(n):
    text = str(n).encode()
    return b"\x0f\x0d" + bytes([len(text)]) + text  # RFC 7541 section 6.2.2


def field(name, value):
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def answer(stream, announced, body):
    return (frame(HEADERS, END_HEADERS, stream, STATUS_200 + length(announced))
            + frame(DATA, END_STREAM, stream, body))


def goaway(last):
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, 0))


def behave(mode, stream):
    """What to send, and whether the connection ends then."""
    start = frame(HEADERS, END_HEADERS, stream, STATUS_200 + length(10))
    if mode in ("refuse", "refuse-twice"):
        return frame(RST_STREAM, 0, stream, struct.pack(">I", REFUSED_STREAM)), False
    if mode == "goaway":
        return goaway(0), True
    if mode == "leave":
        return goaway(stream) + answer(stream, 2, b"ok"), True
    if mode == "reset":
        return frame(RST_STREAM, 0, stream, struct.pack(">I", INTERNAL_ERROR)), False
    if mode == "reset-body":
        return (start + frame(DATA, 0, stream, b"abcde") +
                frame(RST_STREAM, 0, stream, struct.pack(">I", INTERNAL_ERROR))), False
    if mode == "short":
        return answer(stream, 10, b"abcde"), False
    if mode == "long":
        return answer(stream, 2, b"abcde"), False
    if mode == "trailers":
        return (frame(HEADERS, END_HEADERS, stream, STATUS_200) +
                frame(DATA, 0, stream, b"ok") +
                frame(HEADERS, END_HEADERS | END_STREAM, stream,
                      field(b"x-sum", b"1"))), False
    if mode == "stall":
        return b"", False
    if mode == "continue":
        part = field(b"x-more", b"y" * 100) * 100
        return (frame(HEADERS, 0, stream, STATUS_200) +
                frame(CONTINUATION, 0, stream, part) * 300), False
    if mode == "bomb":
        # One entry of 4000 bytes in the table, named again and again.
        entry = b"\x40\x01x\x7f\xa1\x1e" + b"y" * 4000
        return frame(HEADERS, END_HEADERS | END_STREAM, stream,
                     STATUS_200 + entry + b"\xbe" * 12000), False
    if mode == "frame":
        return frame(DATA, 0, stream, b"x" * 100000), False
    return b"", True  # drop


def read_exactly(peer, n):
    data = b""
    while len(data) < n:
        more = peer.recv(n - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def serve(peer, mode, bad, limit):
    read_exactly(peer, 24)  # the preface, RFC 9113 section 3.4
    peer.sendall(frame(SETTINGS, 0, 0))
    while True:
        head = read_exactly(peer, 9)
        kind, flags = head[3], head[4]
        stream = struct.unpack(">I", head[5:])[0] & 0x7fffffff
        payload = read_exactly(peer, int.from_bytes(head[:3], "big"))
        if kind == SETTINGS and not flags & ACK:
            peer.sendall(frame(SETTINGS, ACK, 0))
        if kind == PING and not flags & ACK:
            peer.sendall(frame(PING, ACK, 0, payload))
        if kind == GOAWAY:
            return
        if kind != HEADERS:
            continue
        with open("requests." + mode, "a", encoding="ascii") as log:
            log.write("request\n")
        text, ends = answer(stream, 2, b"ok"), False
        if next(bad) < limit:
            text, ends = behave(mode, stream)
        peer.sendall(text)
        if ends:
            return


def handle(peer, context, mode, bad, limit):
    try:
        with context.wrap_socket(peer, server_side=True) as secure:
            serve(secure, mode, bad, limit)
            try:
                secure.unwrap()
            except OSError:
                pass
    except (OSError, ConnectionError):
        pass


def listen(listener, context, mode, limit):
    bad = itertools.count()
    while True:
        peer, _ = listener.accept()
        threading.Thread(target=handle, daemon=True,
                         args=(peer, context, mode, bad, limit)).start()


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2"])
    threads = []
    with open("ports.new", "w", encoding="ascii") as ports:
        for word in sys.argv[3:]:
            mode, _, n = word.partition("=")
            listener = socket.create_server(("127.0.0.1", 0))
            print(mode, listener.getsockname()[1], file=ports)
            threads.append(threading.Thread(
                target=listen, daemon=True,
                args=(listener, context, mode, int(n) if n else sys.maxsize)))
    for thread in threads:
        thread.start()
    os.rename("ports.new", "ports")
    for thread in threads:
        thread.join()


main()
