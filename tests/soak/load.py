#!/usr/bin/env python3
"""Half an hour of mixed load, with the memory and the descriptors of the service.

    [MINUTES=30] tests/soak/load.py PROGRAM

Seven clients on kept connections: the form, assessments (two), batches, lists, shares that are opened and deleted,
and one that connects anew for each request. Every five seconds memory and open descriptors are read from /proc. After
the first third, memory may grow by at most 8 MiB and 2 % to the end, by the line that fits best; descriptors by at
most 4. Exit status 1: memory or descriptors grow, an answer is a 5xx, or the service ended. Needs Linux and the
standard library.
"""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FIRMS = [
    {"exports_goods": True, "industry": "F5191", "employees": 12},
    {"exports_goods": False, "employees": 300, "division": "330782"},
    {},
]
EVERY = 5


class Client(threading.Thread):
    def __init__(self, address, work, keeps=True):
        super().__init__(daemon=True)
        self.address, self.work, self.keeps = address, work, keeps
        self.statuses, self.ends, self.turn = Counter(), False, 0
        self.connection = None

    def ask(self, path, body, headers):
        self.connection = self.connection or http.client.HTTPConnection(self.address, timeout=60)
        self.connection.request("POST", path, body, headers)
        reply = self.connection.getresponse()
        text = reply.read()
        self.statuses[reply.status] += 1
        if not self.keeps:
            self.connection.close()
            self.connection = None
        return text

    def run(self):
        while not self.ends:
            self.turn += 1
            try:
                self.work(self)
            except (OSError, http.client.HTTPException):
                self.statuses["broken"] += 1
                self.connection = None
                time.sleep(0.1)


def assess(client):
    detail = ("status", "missing", "full")[client.turn % 3]
    client.ask(f"/api/v1/assessments?detail={detail}", json.dumps(FIRMS[client.turn % len(FIRMS)]), JSON)


def batch(client):
    client.ask("/api/v1/assessments:batch?detail=status", json.dumps({"profiles": FIRMS * 30}), JSON)


def form(client):
    state, page = "", ""
    for _ in range(6):
        fields = {"state": state, "page": page} if state else {}
        fields |= {"employees": client.turn % 500, "do": ("next", "skip")[client.turn % 2]}
        text = client.ask("/form", urllib.parse.urlencode(fields), FORM).decode()
        hidden = lambda name: text.partition(f'name="{name}" value="')[2].partition('"')[0]
        state, page = hidden("state"), hidden("page")


def screen(client):
    rows = "企业名称,从业人数,是否出口\n" + "".join(f"甲{n},{n},是\n" for n in range(3000))
    client.ask("/api/v1/screenings", rows.encode(), {"Content-Type": "text/csv"})


def share(client):
    made = json.loads(client.ask("/api/v1/shares", json.dumps({"profile": FIRMS[0]}), JSON))
    secret = json.dumps({"secret": made.get("secret", "")})
    client.ask("/api/v1/shares/open", secret, JSON)
    client.ask("/api/v1/shares/delete", secret, JSON)


def measured(pid):
    """Memory in MiB, and open descriptors."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(memory.split()[1]) / 1024, len(os.listdir(f"/proc/{pid}/fd"))


def slope(points):
    """The growth a unit of x of the line that fits best."""
    count = len(points)
    mean_x, mean_y = (sum(point[axis] for point in points) / count for axis in (0, 1))
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return over / (sum((x - mean_x) ** 2 for x, _ in points) or 1)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    minutes = float(os.environ.get("MINUTES", 30))
    with tempfile.TemporaryDirectory() as folder:
        kept = ["--data", folder, "--database", f"sqlite:{folder}/a.sqlite", "--log", "off"]
        server = subprocess.Popen([program, "serve", "--bind", "127.0.0.1:0", *kept], stdout=subprocess.PIPE, text=True)
        address = server.stdout.readline().strip().rsplit("http://", 1)[1].rstrip("/")
        clients = [Client(address, work) for work in (assess, assess, batch, form, screen, share)]
        clients.append(Client(address, assess, keeps=False))
        for client in clients:
            client.start()
        begun, samples, printed = time.monotonic(), [], 0
        print("minute  answers  memory MiB  descriptors", flush=True)
        while (now := time.monotonic() - begun) < minutes * 60 and server.poll() is None:
            time.sleep(EVERY)
            samples.append(((time.monotonic() - begun) / 60, *measured(server.pid)))
            if now >= printed * minutes * 60 / 10:
                printed += 1
                answers = sum(sum(client.statuses.values()) for client in clients)
                print(f"{samples[-1][0]:6.1f}  {answers:7}  {samples[-1][1]:10.1f}  {samples[-1][2]:11}", flush=True)
        alive = server.poll() is None
        for client in clients:
            client.ends = True
        for client in clients:
            client.join(60)
        server.terminate()
        server.wait(60)
    settled = samples[len(samples) // 3 :]
    length = settled[-1][0] - settled[0][0]
    memory = slope([(at, rss) for at, rss, _ in settled]) * length
    files = slope([(at, count) for at, _, count in settled]) * length
    base = sum(rss for _, rss, _ in settled) / len(settled)
    statuses = sum((client.statuses for client in clients), Counter())
    bad = sum(times for status, times in statuses.items() if status == "broken" or status >= 500)
    print(f"answers by status: {dict(sorted(statuses.items(), key=str))}")
    print(f"after the first third: memory {base:.1f} MiB, {memory:+.2f} MiB in {length:.1f} min; descriptors {files:+.1f}")
    is_flat = memory <= 8 + base * 0.02 and files <= 4
    print("flat" if is_flat else "GROWS", "" if alive else "; THE SERVICE ENDED", f"; {bad} failures" if bad else "")
    return 0 if is_flat and alive and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
