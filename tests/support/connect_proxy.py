# SPDX-License-Identifier: MIT
"""An HTTP proxy for CONNECT alone, good and bad by the name that is asked for.

Usage: connect_proxy.py

It listens on 127.0.0.1, prints its port, and serves until it is killed. Each
request is a line of the file ./tunnels: the name, and Proxy-Authorization or -.

  ok.test           a tunnel to that port of 127.0.0.1
  auth.test         the same for me:secret, else 407
  status-NNN.test   this status
  stall.test        nothing
  cut.test          the end of the connection
  garbage.test      what is no HTTP
  flood.test        headers without end
"""
import base64
import socket
import threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for end, how in ((source, socket.SHUT_RD), (sink, socket.SHUT_WR)):
        try:
            end.shutdown(how)
        except OSError:
            pass


def tunnel(client, port):
    with socket.create_connection(("127.0.0.1", port)) as server:
        client.sendall(b"HTTP/1.1 200 Established\r\n\r\n")
        back = threading.Thread(target=pump, args=(server, client), daemon=True)
        back.start()
        pump(client, server)
        back.join()


def read_head(client):
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(4096)
        if not more:
            raise OSError
        head += more
    return head.decode("latin-1").split("\r\n")


def answer(client, status):
    text = f"HTTP/1.1 {status} No\r\nContent-Length: 2\r\n\r\nno"
    client.sendall(text.encode())


def serve(client):
    lines = read_head(client)
    name, _, port = lines[0].split()[1].rpartition(":")
    proof = next((line.partition(": ")[2] for line in lines
                  if line.lower().startswith("proxy-authorization:")), "-")
    with open("tunnels", "a", encoding="latin-1") as log:
        log.write(f"{name} {proof}\n")
    if name == "auth.test":
        right = "Basic " + base64.b64encode(b"me:secret").decode()
        name = "ok.test" if proof == right else "status-407.test"
    if name == "ok.test":
        tunnel(client, int(port))
    elif name.startswith("status-"):
        answer(client, name[7:10])
    elif name == "stall.test":
        client.recv(1)
    elif name == "garbage.test":
        client.sendall(b"what is this\r\n\r\n")
    elif name == "flood.test":
        client.sendall(b"HTTP/1.1 200 Established\r\n")
        while True:
            client.sendall(b"X: " + b"y" * 1000 + b"\r\n")


def handle(client):
    try:
        with client:
            serve(client)
    except OSError:
        pass


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    peer, _ = listener.accept()
    threading.Thread(target=handle, args=(peer,), daemon=True).start()
