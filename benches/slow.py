#!/usr/bin/env python3
"""What 2,000 slow clients do to the others, and whether each is cut by its deadline.

    benches/slow.py PROGRAM [--slow 2000] [--rounds 3]

A third drips a head, a third drips a body, a third asks for a hundred full answers and reads nothing. Four
others send a profile every few milliseconds on connections that they keep. Each round measures these
alone, and again from the first slow client on until just before the first deadline. Then: when was each slow
one cut, and how much memory did the server take. Medians of all rounds; needs Linux.
"""

import argparse
import multiprocessing
import os
import resource
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Seconds: of a head and a body, of an answer; the server looks each second at who does not read.
DRIP, TAKE, LOOK = 10, 12, 1
# While the slow ones are there, and none is late yet.
MEASURED = 8
# How late a cut may be seen on a busy machine.
SLACK = 2
ASKED = 100
KINDS = ["head", "body", "reads nothing"]
# Reads nothing either, and sends thousands of the smallest requests; only if it is asked for.
AHEAD = "sends ahead"
FIRM = (Path(__file__).parent / "firm.json").read_bytes()


def post(path, body):
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def ask(port, seconds, told):
    """A client that behaves; tells the time of each answer in milliseconds."""
    request = post("/api/v1/assessments?detail=status", FIRM)
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    answers = client.makefile("rb")
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        client.sendall(request)
        status, length = answers.readline().split()[1], 0
        while (line := answers.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        answers.read(length)
        times.append((time.perf_counter() - began) * 1000)
        if status != b"200":
            raise SystemExit(f"a client that behaves was answered {status}")
        time.sleep(0.004)
    told.put(times)


def measure(port, seconds):
    """p50, p99 and the longest time of four clients that behave."""
    told = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=ask, args=(port, seconds, told)) for _ in range(4)]
    for client in clients:
        client.start()
    times = sorted(sum((told.get(timeout=seconds + 60) for _ in clients), []))
    for client in clients:
        client.join()
    return times[len(times) // 2], times[len(times) * 99 // 100], times[-1], len(times)


def be_slow(port, count, kinds, connected, told):
    """Holds slow clients; tells of each kind how many were cut, and the seconds that the longest lived."""
    many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, many))
    full = post("/api/v1/assessments", FIRM)
    begun = {
        "reads nothing": full * ASKED,
        AHEAD: full * 2 + b"GET / HTTP/1.1\r\nHost:a\r\n\r\n" * 4000,
        "head": b"GET /healthz HTTP/1.1\r\nX-Slow: ",
        "body": b"POST /api/v1/assessments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
    }
    poll, slow, began = select.epoll(), {}, time.monotonic()
    for number in range(count):
        kind = kinds[number % len(kinds)]
        client = socket.socket()
        if kind not in ("head", "body"):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        client.send(begun[kind])
        # Whoever reads nothing is not told of its end; it is looked for below.
        poll.register(client, 0 if kind not in ("head", "body") else select.EPOLLIN | select.EPOLLRDHUP)
        slow[client.fileno()] = (kind, client, time.monotonic())
    connected.set()
    took = time.monotonic() - began
    lives = {kind: [] for kind in begun if kind in kinds}
    waiting = dict(slow)
    next_drip, end = time.monotonic() + 1, time.monotonic() + TAKE + LOOK + SLACK
    while time.monotonic() < end:
        for number, _ in poll.poll(0.1):
            kind, client, began = waiting.pop(number)
            lives[kind].append(time.monotonic() - began)
            poll.unregister(client)
        if time.monotonic() >= next_drip:
            next_drip += 1
            for kind, client, _ in waiting.values():
                if kind in ("head", "body"):
                    try:
                        client.send(b" " if kind == "body" else b"a")
                    except OSError:
                        # The poll tells.
                        pass
    # Late as it is, each of these finds the end of what was sent, and that it is not all.
    for kind, client, began in list(waiting.values()):
        client.settimeout(0.5)
        got = 0
        try:
            while piece := client.recv(1 << 20):
                got += piece.count(b"HTTP/1.1 200")
        except TimeoutError:
            continue
        except OSError:
            pass
        if kind not in ("head", "body") and got < ASKED:
            lives[kind].append(0)
    told.put((lives, took))


def files_open(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    return 0.0


def one_round(port, pid, count, kinds):
    idle = measure(port, MEASURED)
    files, before = files_open(pid), memory(pid, "VmRSS")
    # The peak is counted from here on.
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    connected, told = multiprocessing.Event(), multiprocessing.Queue()
    slow = multiprocessing.Process(target=be_slow, args=(port, count, kinds, connected, told))
    began = time.monotonic()
    slow.start()
    busy = measure(port, MEASURED)
    held = files_open(pid) - files
    if not connected.is_set():
        raise SystemExit("the slow ones were not all connected while others were measured")
    # From the side of the server: when it has none of their connections any more.
    while files_open(pid) > files and time.monotonic() < began + 60:
        time.sleep(0.1)
    free = time.monotonic() - began
    lives, took = told.get(timeout=120)
    slow.join()
    return {
        "idle": idle, "busy": busy, "held": held, "free": free, "lives": lives, "took": took,
        "before": before, "peak": memory(pid, "VmHWM"), "after": memory(pid, "VmRSS"),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--slow", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, AHEAD], default=KINDS)
    args = parser.parse_args()
    many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, many))
    with tempfile.TemporaryDirectory() as data:
        limits = ["--head-timeout", DRIP, "--body-timeout", DRIP, "--idle-timeout", DRIP, "--answer-timeout", TAKE]
        command = [args.program, "serve", "--bind", "127.0.0.1:0", "--data", data, "--log", "off", *map(str, limits)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            port = int(server.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
            measure(port, 1)
            rounds = []
            for _ in range(args.rounds):
                rounds.append(one_round(port, server.pid, args.slow, args.kinds))
                tell(rounds[-1])
            good = all([whole(each, args.slow) for each in rounds])
            middle = lambda key, place: statistics.median(each[key][place] for each in rounds)
            print(f"medians: p50 {middle('idle', 0):.2f} -> {middle('busy', 0):.2f} ms, "
                  f"p99 {middle('idle', 1):.2f} -> {middle('busy', 1):.2f} ms, "
                  f"ratio of p99 {statistics.median(each['busy'][1] / each['idle'][1] for each in rounds):.2f}, "
                  f"peak {statistics.median(each['peak'] for each in rounds):.0f} MiB")
        finally:
            server.kill()
            server.wait()
    sys.exit(0 if good else 1)


def tell(each):
    for name in ("idle", "busy"):
        p50, p99, longest, count = each[name]
        print(f"{name}: {count} requests, p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {longest:.1f} ms")
    for kind, lives in each["lives"].items():
        told = f", the last after {max(lives):.1f} s" if lives and max(lives) else ""
        print(f"  {kind}: {len(lives)} were cut{told}")
    print(f"  {each['held']} files more were open; all closed {each['free']:.1f} s after the first was opened, the last was {each['took']:.1f} s later")
    print(f"  memory {each['before']:.0f} MiB before, {each['peak']:.0f} at most, {each['after']:.0f} after", flush=True)


def whole(each, count):
    """Whether every slow client was cut, and in time."""
    cut = sum(map(len, each["lives"].values()))
    drips = max(sum((each["lives"].get(kind, []) for kind in ("head", "body")), []), default=0)
    good = cut == count and drips <= DRIP + SLACK and each["free"] <= each["took"] + TAKE + LOOK + SLACK
    if not good:
        print(f"NOT cut as it should be: {cut} of {count}, drips after {drips:.1f} s, all after {each['free']:.1f} s")
    return good


if __name__ == "__main__":
    main()
