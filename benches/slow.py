#!/usr/bin/env python3
"""Measures what 2,000 slow clients cost other clients, and checks that the server closes each on its deadline.

    benches/slow.py PROGRAM [--slow 2000] [--rounds 3]

A third sends a head byte by byte, a third sends a body byte by byte, a third requests a hundred full answers and reads
nothing. Four other clients send a profile every few milliseconds on connections that they keep. Each round measures
these four alone, and again from the first slow client on until just before the first deadline. Then it reports when the
server closed each slow client, and how much memory the server took. Prints medians of all rounds; needs Linux.
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

# Deadlines in seconds: of a head and a body, of an answer; and the period in which the server checks for clients that do
# not read.
REQUEST, ANSWER, PERIOD = 10, 12, 1
# Seconds of a measurement: the slow clients are connected, and none has reached its deadline.
MEASURED = 8
# How late a close may be observed on a busy machine.
SLACK = 2
REQUESTS = 100
KINDS = ["head", "body", "reads nothing"]
# Reads nothing either, and pipelines thousands of the smallest requests; only with --kinds.
PIPELINED = "sends ahead"
FIRM = (Path(__file__).parent / "firm.json").read_bytes()


def post(path, body):
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def ask(port, seconds, results):
    """A well-behaved client; reports the milliseconds of each answer."""
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
            raise SystemExit(f"a well-behaved client was answered {status}")
        time.sleep(0.004)
    results.put(times)


def measure(port, seconds):
    """p50, p99 and the longest time of four well-behaved clients."""
    results = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=ask, args=(port, seconds, results)) for _ in range(4)]
    for client in clients:
        client.start()
    times = sorted(sum((results.get(timeout=seconds + 60) for _ in clients), []))
    for client in clients:
        client.join()
    return times[len(times) // 2], times[len(times) * 99 // 100], times[-1], len(times)


def be_slow(port, count, kinds, connected, results):
    """Runs slow clients; reports for each kind the seconds that each closed client lived, and the seconds to connect all."""
    many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, many))
    full = post("/api/v1/assessments", FIRM)
    begun = {
        "reads nothing": full * REQUESTS,
        PIPELINED: full * 2 + b"GET / HTTP/1.1\r\nHost:a\r\n\r\n" * 4000,
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
        # epoll does not report the close of a client that reads nothing; the loop at the end checks it.
        poll.register(client, 0 if kind not in ("head", "body") else select.EPOLLIN | select.EPOLLRDHUP)
        slow[client.fileno()] = (kind, client, time.monotonic())
    connected.set()
    took = time.monotonic() - began
    lives = {kind: [] for kind in begun if kind in kinds}
    waiting = dict(slow)
    next_byte, end = time.monotonic() + 1, time.monotonic() + ANSWER + PERIOD + SLACK
    while time.monotonic() < end:
        for number, _ in poll.poll(0.1):
            kind, client, began = waiting.pop(number)
            lives[kind].append(time.monotonic() - began)
            poll.unregister(client)
        if time.monotonic() >= next_byte:
            next_byte += 1
            for kind, client, _ in waiting.values():
                if kind in ("head", "body"):
                    try:
                        client.send(b" " if kind == "body" else b"a")
                    except OSError:
                        # epoll reports the close.
                        pass
    # Each remaining client reads to the end, and counts as closed if it did not get all its answers.
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
        if kind not in ("head", "body") and got < REQUESTS:
            lives[kind].append(0)
    results.put((lives, took))


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
    # Resets the peak.
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    connected, results = multiprocessing.Event(), multiprocessing.Queue()
    slow = multiprocessing.Process(target=be_slow, args=(port, count, kinds, connected, results))
    began = time.monotonic()
    slow.start()
    busy = measure(port, MEASURED)
    held = files_open(pid) - files
    if not connected.is_set():
        raise SystemExit("not all slow clients were connected while others were measured")
    # Waits until the server has closed all their connections.
    while files_open(pid) > files and time.monotonic() < began + 60:
        time.sleep(0.1)
    free = time.monotonic() - began
    lives, took = results.get(timeout=120)
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
    parser.add_argument("--kinds", nargs="+", choices=[*KINDS, PIPELINED], default=KINDS)
    args = parser.parse_args()
    many = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (many, many))
    with tempfile.TemporaryDirectory() as data:
        limits = ["--head-timeout", REQUEST, "--body-timeout", REQUEST, "--idle-timeout", REQUEST, "--answer-timeout", ANSWER]
        command = [args.program, "serve", "--bind", "127.0.0.1:0", "--data", data, "--log", "off", *map(str, limits)]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            port = int(server.stdout.readline().strip().rstrip("/").rsplit(":", 1)[1])
            measure(port, 1)
            rounds = []
            for _ in range(args.rounds):
                rounds.append(one_round(port, server.pid, args.slow, args.kinds))
                report(rounds[-1])
            good = all([closed_in_time(each, args.slow) for each in rounds])
            median = lambda key, index: statistics.median(each[key][index] for each in rounds)
            print(f"medians: p50 {median('idle', 0):.2f} -> {median('busy', 0):.2f} ms, "
                  f"p99 {median('idle', 1):.2f} -> {median('busy', 1):.2f} ms, "
                  f"ratio of p99 {statistics.median(each['busy'][1] / each['idle'][1] for each in rounds):.2f}, "
                  f"peak {statistics.median(each['peak'] for each in rounds):.0f} MiB")
        finally:
            server.kill()
            server.wait()
    sys.exit(0 if good else 1)


def report(each):
    for name in ("idle", "busy"):
        p50, p99, longest, count = each[name]
        print(f"{name}: {count} requests, p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {longest:.1f} ms")
    for kind, lives in each["lives"].items():
        last = f", the last after {max(lives):.1f} s" if lives and max(lives) else ""
        print(f"  {kind}: {len(lives)} were closed{last}")
    print(f"  {each['held']} more files were open; all closed {each['free']:.1f} s after the first was opened, the last was {each['took']:.1f} s later")
    print(f"  memory {each['before']:.0f} MiB before, {each['peak']:.0f} at most, {each['after']:.0f} after", flush=True)


def closed_in_time(each, count):
    """Whether the server closed every slow client, and in time."""
    closed = sum(map(len, each["lives"].values()))
    slowest = max(sum((each["lives"].get(kind, []) for kind in ("head", "body")), []), default=0)
    good = closed == count and slowest <= REQUEST + SLACK and each["free"] <= each["took"] + ANSWER + PERIOD + SLACK
    if not good:
        print(f"NOT closed as it should be: {closed} of {count}, slowest after {slowest:.1f} s, all after {each['free']:.1f} s")
    return good


if __name__ == "__main__":
    main()
