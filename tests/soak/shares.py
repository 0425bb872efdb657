#!/usr/bin/env python3
"""Measures how much one caller can make a service store, and checks deletion on a full disk.

    python3 tests/soak/shares.py PROGRAM [--count N] [--option NAME=VALUE …]

First, one caller behind a trusted proxy creates N of the largest shares as fast as it can, with the limit of requests
per minute raised. The script prints the answers by status and code, the rows, the size of the database, and the bytes
per day at 300 requests per minute, the default limit.

Then, as root, the database is on a file system of 24 MiB, which the script fills. It creates shares until the server
refuses them, deletes the first ones by their links, kills and restarts the server, and waits until the server has purged
the expired ones. Exit status 1 means that a share could not be deleted or purged.
"""

import argparse
import http.client
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

# A profile of almost 32 KiB, the largest that can be shared; the service stores spaces unchanged.
LARGE = '{"profile": {"employees": 12' + " " * 32_000 + "}}"
SMALL = '{"profile": {"employees": 12}}'
REQUESTS_A_DAY = 300 * 60 * 24
# Seconds to wait for a server or a purge.
PATIENCE = 30


class Server:
    """The program, serving on a free port."""

    def __init__(self, program, data, database, options=()):
        command = [program, "serve", "--bind", "127.0.0.1:0", "--workers", "1", "--log", "off"]
        command += ["--data", data, "--database", f"sqlite:{database}", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if "http://" not in line:
            raise SystemExit(f"the server does not start (exit status {self.process.wait()})")
        self.address = line.strip().rsplit("http://", 1)[1].rstrip("/")

    def post(self, path, body):
        connection = http.client.HTTPConnection(self.address, timeout=PATIENCE)
        headers = {"Content-Type": "application/json", "X-Forwarded-For": "198.51.100.1"}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else {}

    def kill(self):
        self.process.kill()
        self.process.wait()


def size(database):
    files = [Path(f"{database}{part}") for part in ("", "-wal")]
    return sum(file.stat().st_size for file in files if file.exists())


def count(database, where="1 = 1"):
    connection = sqlite3.connect(database)
    (rows,) = connection.execute(f"SELECT COUNT(*) FROM shares WHERE {where}").fetchone()
    connection.close()
    return rows


def one_caller(program, wanted, options):
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/a.sqlite"
        proxied = ["--trusted-proxy", "127.0.0.1", "--anonymous-rate", "1000000"]
        server = Server(program, folder, database, proxied + options)
        before, began, answers = size(database), time.monotonic(), Counter()
        for _ in range(wanted):
            status, answer = server.post("/api/v1/shares", LARGE)
            answers[f"{status} {answer.get('code', '')}".strip()] += 1
        seconds = time.monotonic() - began
        rows, grown = count(database), size(database) - before
        server.kill()
        print(f"one caller: {wanted} requests in {seconds:.1f} s, {wanted / seconds:.0f} a second")
        for answer, times in sorted(answers.items()):
            print(f"  {answer}: {times}")
        refused = 1 - answers["201"] / wanted
        print(f"  refused {refused:.1%}; kept {rows} rows; the database grew by {grown:,} bytes")
        if rows == wanted:
            a_day = grown / rows * REQUESTS_A_DAY
            print(f"  no limit was reached: {a_day / 1e9:.1f} GB a day at 300 requests a minute")
        else:
            print(f"  a limit was reached: {grown / 1e6:.1f} MB a day, however many requests")


def fill(path):
    with open(path, "ab", buffering=0) as filler:
        for piece in (1 << 20, 4096):
            try:
                while True:
                    filler.write(b"1" * piece)
            except OSError:
                pass


def full_disk(program, folder):
    data, database, filler = f"{folder}/data", f"{folder}/data/a.sqlite", f"{folder}/filler"
    os.mkdir(data)
    server = Server(program, data, database)
    time.sleep(2)
    secrets = [server.post("/api/v1/shares", SMALL)[1]["secret"] for _ in range(400)]
    connection = sqlite3.connect(database, timeout=PATIENCE)
    with connection:
        connection.execute(
            "UPDATE shares SET expires_at = 1 WHERE id IN (SELECT id FROM shares LIMIT 150)"
        )
    connection.close()
    fill(filler)
    created = 0
    while (answer := server.post("/api/v1/shares", SMALL))[0] == 201:
        created += 1
    print(f"full disk: {created} more shares, then {answer[0]} {answer[1].get('code')}")
    deleted, failed = 0, Counter()
    for secret in secrets:
        body = json.dumps({"secret": secret})
        if server.post("/api/v1/shares/open", body)[0] != 200:
            continue
        status, _ = server.post("/api/v1/shares/delete", body)
        is_gone = server.post("/api/v1/shares/open", body)[0] == 404
        if status == 204 and is_gone:
            deleted += 1
        else:
            failed[status] += 1
        if deleted + sum(failed.values()) == 100:
            break
    print(f"  deleted by their links: {deleted} of 100; failed by status: {dict(failed)}")
    fill(filler)
    server.kill()
    server = Server(program, data, database)
    left, until = 1, time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        time.sleep(0.5)
        if server.process.poll() is not None:
            print(f"  the server ended with exit status {server.process.returncode}")
            break
        left = count(database, "expires_at = 1")
    print(f"  expired after a kill and a start on the full disk: 150 before, {left} left")
    server.kill()
    return 0 if deleted == 100 and left == 0 else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    program = str(Path(arguments.program).resolve())
    if arguments.inside:
        return full_disk(program, arguments.inside)
    options = [f"--{option}" for option in arguments.option]
    one_caller(program, arguments.count, options)
    if os.geteuid() != 0:
        print("full disk: needs root, for a file system of its own")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        script = f'mount -t tmpfs -o size=24m none "{folder}" && exec "$@"'
        again = [sys.executable, str(Path(__file__).resolve()), program, "--inside", folder]
        return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", *again]).returncode


if __name__ == "__main__":
    sys.exit(main())
