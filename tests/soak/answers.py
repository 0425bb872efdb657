#!/usr/bin/env python3
"""Measures what one anonymous caller can cost the service: memory, and latency of other clients.

    tests/soak/answers.py PROGRAM [--only NAME …] [--seconds 6]

Each attack runs against a new server with default settings (no database), from its own address (127.0.0.2). Meanwhile
a well-behaved client (127.0.0.1) requests one assessment after the other. Then the script sends each request of at most
256 kB that might cost much alone. Needs Linux and the standard library.
"""

import argparse
import multiprocessing
import os
import resource
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ATTACKER, HONEST = "127.0.0.2", "127.0.0.1"
JSON = "Content-Type: application/json\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
BODY = 256 * 1024
# The highest acceptable cost of a request of at most 256 kB.
MOST_MS, MOST_MB = 50, 10


def request(method, path, body=b"", headers=""):
    length = f"Content-Length: {len(body)}\r\n" if method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\n{headers}{length}\r\n".encode() + body


def post(path, body):
    return request("POST", path, body, JSON)


BATCH = post("/api/v1/assessments:batch?detail=missing", b'{"profiles":[' + b",".join([b"{}"] * 1000) + b"]}")
FULL = post("/api/v1/assessments", b"{}")
STATUS = post("/api/v1/assessments?detail=status", b'{"exports_goods": true, "employees": 12}')
HELD_BODY = request("POST", "/api/v1/assessments:batch", b"", JSON).replace(b"Content-Length: 0", b"Content-Length: 8388608") + b'{"profiles":[' + b"{}," * 2_796_000
PROFILE_HELD = FULL.replace(b"Content-Length: 2", b"Content-Length: 262144")[:-2] + b" " * 262_000
LIST = b"POST /api/v1/screenings HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
ROWS = b"exports_goods,b\n" + b"1,\n" * 700_000
LIST += b"%x\r\n" % len(ROWS) + ROWS + b"\r\n"


def get(path):
    return request("GET", path)


# Name, number of connections, and the bytes that each sends. No connection reads, except in attacks whose name ends in
# `, read`: they send the next request as soon as they have the answer.
ATTACKS = [
    ("batches, unread", 60, BATCH),
    ("full answers, unread", 2500, FULL),
    ("descriptions, unread", 1000, get("/openapi.json")),
    ("supports, unread", 1000, get("/api/v1/supports")),
    ("files of the docs, unread", 500, get("/docs/swagger-ui-bundle.js")),
    ("full answers, 200 at once", 100, FULL * 200),
    ("batches, 20 at once", 30, BATCH * 20),
    ("batch bodies, one byte short", 60, HELD_BODY),
    ("profile bodies, one byte short", 1500, PROFILE_HELD),
    ("lists, unread", 16, LIST),
    ("connections, idle", 8000, STATUS),
    ("batches, read", 8, BATCH),
    ("full answers, read", 8, FULL),
]


def start(program, folder):
    options = ["serve", "--bind", "127.0.0.1:0", "--data", folder, "--database", "none", "--log", "off"]
    server = subprocess.Popen([program, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    return server, int(line.rsplit(":", 1)[1].strip().rstrip("/"))


def memory(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def connect(port, address):
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(address, 0))


def read_answer(stream):
    """Status and number of bytes of an answer with a length or in chunks."""
    status, length, chunked = int(stream.readline().split()[1]), 0, False
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.lower().partition(b":")
        length = int(value) if name == b"content-length" else length
        chunked = chunked or name == b"transfer-encoding"
    while chunked and (size := int(stream.readline(), 16)):
        stream.read(size + 2)
        length += size
    stream.read(2 if chunked else length)
    return status, length


def behave(port, stop, results):
    """Sends requests until stopped; reports the time and milliseconds of each, and the number of failures."""
    times, failed, client = [], 0, None
    while not stop.is_set():
        began = time.perf_counter()
        try:
            if client is None:
                client = connect(port, HONEST)
                stream = client.makefile("rb")
            client.sendall(STATUS)
            status, _ = read_answer(stream)
            failed += status != 200
        except (OSError, IndexError, ValueError):
            failed, client = failed + 1, None
        times.append((time.time(), (time.perf_counter() - began) * 1000))
        time.sleep(0.004)
    results.put((times, failed))


def p99(times):
    times = sorted(times)
    return times[len(times) * 99 // 100] if times else float("nan")


def attack_and_read(port, count, sent, seconds):
    """Sends the request repeatedly on each connection, and reads the answers."""

    def send():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with connect(port, ATTACKER) as client:
                client.sendall(sent)
                read_answer(client.makefile("rb", 1 << 20))

    clients = [multiprocessing.Process(target=send) for _ in range(count)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def attack(port, count, sent, seconds):
    """Opens the connections and sends as much as the server accepts; reads nothing."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    poll, end = selectors.DefaultSelector(), time.monotonic() + seconds
    for _ in range(count):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.bind((ATTACKER, 0))
        client.settimeout(5)
        try:
            client.connect(("127.0.0.1", port))
        except OSError:
            continue
        client.setblocking(False)
        poll.register(client, selectors.EVENT_WRITE, memoryview(sent))
    while (left := end - time.monotonic()) > 0:
        if not poll.get_map():
            time.sleep(left)
            break
        for key, _ in poll.select(min(left, 0.2)):
            try:
                rest = key.data[key.fileobj.send(key.data[: 1 << 16]) :]
            except BlockingIOError:
                continue
            except OSError:
                rest = b""
            if rest:
                poll.modify(key.fileobj, selectors.EVENT_WRITE, rest)
            else:
                poll.unregister(key.fileobj)
                HELD.append(key.fileobj)


HELD = []


def under_attack(program, count, sent, seconds, reads):
    with tempfile.TemporaryDirectory() as folder:
        server, port = start(program, folder)
        try:
            stop, results = multiprocessing.Event(), multiprocessing.Queue()
            client = multiprocessing.Process(target=behave, args=(port, stop, results))
            client.start()
            time.sleep(3)
            began = time.time()
            if reads:
                attack_and_read(port, count, sent, seconds)
            else:
                attacker = multiprocessing.Process(target=attack, args=(port, count, sent, seconds))
                attacker.start()
                attacker.join()
            stop.set()
            times, failed = results.get(timeout=60)
            client.join()
            idle = p99([ms for at, ms in times if at < began])
            during = [(at, ms) for at, ms in times if at >= began]
            # The longest run of answers that were slower than five times the idle p99, in seconds.
            longest, since = 0.0, None
            for at, ms in during:
                since = (at - ms / 1000 if since is None else since) if ms > 5 * idle else None
                longest = max(longest, at - since if since else 0.0)
            return memory(server.pid, "VmHWM"), idle, p99([ms for _, ms in during]), longest, failed
        finally:
            server.kill()
            server.wait()


def costly():
    """Requests of at most 256 kB that might cost much."""
    fit = lambda piece, head="", tail="": (head + piece * ((BODY - len(head) - len(tail)) // len(piece)) + tail)[:BODY].encode()
    keys = lambda value: ("{" + ",".join(f'"k{i}":{value}' for i in range(25_000)))[: BODY - 20].rsplit(",", 1)[0] + "}"
    yield "unknown keys", post("/api/v1/assessments", keys(1).encode())
    yield "one key, 30,000 times", post("/api/v1/assessments", fit('"hs":1,', "{", '"hs":1}'))
    yield "wrong codes of a list", post("/api/v1/assessments", fit('"x",', '{"hs":[', '"x"]}'))
    yield "wrong codes, each another", post(
        "/api/v1/assessments", ('{"hs":[' + ",".join(f'"{i}x"' for i in range(28_000)) + "]}").encode()
    )
    yield "codes that are right", post("/api/v1/assessments", fit('"8703",', '{"hs":[', '"8703"]}'))
    yield "a number of 256 kB", post("/api/v1/assessments", fit("9", '{"employees":', "}"))
    yield "a fraction of 256 kB", post("/api/v1/assessments", fit("9", '{"revenue_wan":0.', "}"))
    yield "a text of 256 kB", post("/api/v1/assessments", fit("外", '{"industry":"', '"}')[: BODY - 3] + b'"}')
    yield "escapes", post("/api/v1/assessments", fit("\\u0041", '{"industry":"', '"}'))
    yield "depth", post("/api/v1/assessments", fit("[", '{"hs":'))
    yield "blanks", post("/api/v1/assessments", fit(" ", "{", "}"))
    yield "a batch of nothings", post("/api/v1/assessments:batch", fit("0,", '{"profiles":[', "0]}"))
    yield "a batch of faults", post(
        "/api/v1/assessments:batch",
        ('{"profiles":[' + ",".join(['{"' + '":1,"'.join(f"k{i}" for i in range(25)) + '":1}'] * 1000) + "]}").encode(),
    )
    for path in ["/form", "/sheet", "/adviser", "/s", "/share"]:
        yield f"fields, {path}", request("POST", path, fit("a=&", "", ""), FORM)
        yield f"one field, {path}", request("POST", path, fit("%41", "employees="), FORM)
        yield f"one name, {path}", request("POST", path, fit("markets=x&"), FORM)
    long = "a" * 14_000
    yield "query", get(f"/api/v1/facts?{'a=&' * 4600}")
    yield "query of the form", get(f"/form?{'markets=x&' * 1400}")
    yield "suggestion, long", get(f"/suggest/industry?q={long}")
    yield "suggestion, short", get("/suggest/country?q=a")
    yield "suggestion, divisions", get("/suggest/place?q=%E5%B8%82")
    yield "If-None-Match", request("GET", "/api/v1/supports", headers=f"If-None-Match: {'a,' * 7000}\r\n")
    yield "Accept-Language", request("GET", "/", headers=f"Accept-Language: {'a;q=0.1,' * 1750}\r\n")
    yield "Accept-Encoding", request("GET", "/api/v1/supports", headers=f"Accept-Encoding: {'a;q=0.1,' * 1750}\r\n")
    yield "Forwarded", request("GET", "/api/v1/facts", headers=f"X-Forwarded-For: {'1.1.1.1,' * 1750}\r\n")
    yield "a full answer, compressed", request("POST", "/api/v1/assessments", b"{}", JSON + "Accept-Encoding: gzip\r\n")
    yield "SQL", get("/api/v1/rulebook/sql?dialect=postgresql")
    yield "description", get("/openapi.json")
    yield "file of the docs", get("/docs/swagger-ui-bundle.js")
    yield "supports", get("/api/v1/supports")
    columns = ",".join(f"c{i}" for i in range(40_000))[: BODY - 64]
    list_ = lambda body: request("POST", "/api/v1/screenings", body, "Content-Type: text/csv\r\n")
    yield "a list of columns", list_(f"exports_goods,{columns}\n1\n".encode())
    yield "a list of short rows", list_(fit("1,\n", "exports_goods,b\n"))


def alone(program, sent):
    """CPU milliseconds and MiB of a request, its status, and the size of its answer."""
    with tempfile.TemporaryDirectory() as folder:
        server, port = start(program, folder)
        try:
            client = connect(port, HONEST)
            stream = client.makefile("rb")
            for _ in range(20):
                client.sendall(STATUS)
                read_answer(stream)
            before, resident = cpu(server.pid), memory(server.pid, "VmRSS")
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")
            times = 5
            for _ in range(times):
                client = connect(port, HONEST)
                client.sendall(sent)
                status, length = read_answer(client.makefile("rb"))
                client.close()
            return (cpu(server.pid) - before) / times, memory(server.pid, "VmHWM") - resident, status, length
        except (OSError, IndexError, ValueError) as error:
            return float("nan"), float("nan"), str(error), 0
        finally:
            server.kill()
            server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--only", nargs="*", help="attacks or requests whose name begins with NAME")
    parser.add_argument("--seconds", type=float, default=6)
    args = parser.parse_args()
    wanted = lambda name: not args.only or any(name.startswith(only) for only in args.only)
    print(f"{'attack':34} {'conns':>6} {'peak MiB':>9} {'idle p99':>9} {'p99 ms':>8} {'slow s':>7} {'failed':>7}")
    for name, count, sent in ATTACKS:
        if wanted(name):
            peak, idle, during, slow, failed = under_attack(
                args.program, count, sent, args.seconds, name.endswith(", read")
            )
            print(f"{name:34} {count:6} {peak:9.0f} {idle:9.2f} {during:8.2f} {slow:7.2f} {failed:7}", flush=True)
    print(f"\n{'request of at most 256 kB':34} {'ms CPU':>7} {'MiB':>6} {'status':>7} {'answer kB':>10}")
    for name, sent in costly():
        if wanted(name):
            ms, mib, status, length = alone(args.program, sent)
            note = "  <-- too much" if ms > MOST_MS or mib > MOST_MB else ""
            print(f"{name:34} {ms:7.1f} {mib:6.1f} {status!s:>7} {length / 1024:10.0f}{note}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
