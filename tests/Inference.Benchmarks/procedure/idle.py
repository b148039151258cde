#!/usr/bin/python3
"""What idle connections cost a server: idle.py PORT PID FRAME [CONNECTIONS]

Opens connections (1,000) to 127.0.0.1:PORT and prints the memory of process PID before, with all of them open, after each
has sent FRAME once (a request as a gRPC frame, from make_frame.py) and read its answer, and 25 seconds later.
"""
import socket
import struct
import sys
import time

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1
MOST = (1 << 31) - 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header without compression: each part is shorter than 127 bytes."""
    return b"\x00" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()


REQUEST = b"".join(literal(*header) for header in [
    (":method", "POST"), (":scheme", "http"), (":path", "/inference.GRPCInferenceService/ModelInfer"), (":authority", "127.0.0.1"),
    ("content-type", "application/grpc"), ("te", "trailers")])


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(60)
        self.input = bytearray()
        self.windows = {0: 65535, 1: 65535}
        self.answer = 0
        self.is_over = False
        settings = struct.pack(">HI", 4, MOST)
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0, settings) + frame(WINDOW, 0, 0, struct.pack(">I", MOST - 65535)))
        self.is_set = False
        while not self.is_set:
            self.receive()

    def receive(self):
        received = self.socket.recv(1 << 20)
        if not received:
            sys.exit("The server closed a connection.")
        self.input += received
        while len(self.input) >= 9 and len(self.input) >= 9 + int.from_bytes(self.input[:3], "big"):
            length, kind, flags = int.from_bytes(self.input[:3], "big"), self.input[3], self.input[4]
            stream = int.from_bytes(self.input[5:9], "big")
            self.take(kind, flags, stream, bytes(self.input[9:9 + length]))
            del self.input[:9 + length]

    def take(self, kind, flags, stream, payload):
        if kind == SETTINGS and not flags & ACK:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack(">HI", payload[at:at + 6])
                if name == 4:
                    self.windows[1] += value - 65535
            self.socket.sendall(frame(SETTINGS, ACK, 0))
            self.is_set = True
        elif kind == WINDOW:
            self.windows[stream] += int.from_bytes(payload, "big")
        elif kind == PING and not flags & ACK:
            self.socket.sendall(frame(PING, ACK, 0, payload))
        elif kind in (RESET, GOAWAY):
            sys.exit("The server ended a call.")
        elif kind == DATA:
            self.answer += len(payload)
        if kind in (DATA, HEADERS) and flags & END_STREAM:
            self.is_over = True

    def call(self, message):
        self.socket.sendall(frame(HEADERS, END_HEADERS, 1, REQUEST))
        view, at = memoryview(message), 0
        while at < len(message):
            size = min(16384, len(message) - at, self.windows[0], self.windows[1])
            if size <= 0:
                self.receive()
                continue
            last = at + size == len(message)
            self.socket.sendall(frame(DATA, END_STREAM if last else 0, 1, view[at:at + size].tobytes()))
            self.windows[0] -= size
            self.windows[1] -= size
            at += size
        while not self.is_over:
            self.receive()


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    port, pid, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[4]) if len(sys.argv) > 4 else 1000
    with open(sys.argv[3], "rb") as file:
        message = file.read()

    def say(what):
        with open(f"/proc/{pid}/status") as status:
            resident = int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024
        print(f"{what}: {resident:.0f} MiB resident", flush=True)

    say("before")
    connections = [Connection(port) for _ in range(count)]
    time.sleep(2)
    say(f"{count} connections")
    smallest = None
    for connection in connections:
        connection.call(message)
        smallest = connection.answer if smallest is None else min(smallest, connection.answer)
    say(f"each after a request of {len(message)} bytes and an answer of at least {smallest}")
    time.sleep(25)
    say("25 s later")


if __name__ == "__main__":
    main()
