#!/usr/bin/env python3
"""Stops the service under load repeatedly, and counts the lines of its audit.

    stops.py PROGRAM [STOPS]

Four clients send batches of one firm with a key; after half a second the service gets SIGTERM. The audit must have a
line for each answered batch. The script prints one line per stop: answered batches and lost lines, exit status, seconds
to the exit, whether the log reports a panic. The exit status is 1 if a line is lost or a stop fails.
"""

import http.client
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

CLIENTS = 4
BODY = json.dumps({"profiles": [{}]})


class Load(threading.Thread):
    """A client that keeps its connection."""

    def __init__(self, address, key):
        super().__init__(daemon=True)
        self.address, self.key, self.answered, self.ends = address, key, 0, False

    def run(self):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection = None
        while not self.ends:
            try:
                connection = connection or http.client.HTTPConnection(self.address, timeout=60)
                connection.request("POST", "/api/v1/assessments:batch", BODY, headers)
                reply = connection.getresponse()
                reply.read()
                self.answered += reply.status == 200
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.01)


def audited(program, storage):
    """The number of batches in the audit."""
    output = subprocess.run([program, "audit", "--format", "ndjson", *storage], capture_output=True, check=True)
    lines = map(json.loads, output.stdout.splitlines())
    return sum(line["count"] for line in lines if line["action"] == "assess_batch")


def one_stop(program, storage, key):
    """Stops a service; returns answered batches, exit status, seconds to the exit, whether it panicked."""
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [program, "serve", "--bind", "127.0.0.1:0", *storage], stdout=subprocess.PIPE, stderr=log
        )
        address = server.stdout.readline().decode().strip().rsplit("http://", 1)[1].rstrip("/")
        clients = [Load(address, key) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(0.5)
        server.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        try:
            status = server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            status = server.wait()
        seconds = time.monotonic() - begun
        for client in clients:
            client.ends = True
        for client in clients:
            client.join()
        log.seek(0)
        panicked = b"panicked" in log.read()
    return sum(client.answered for client in clients), status, seconds, panicked


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    stops = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        storage = ["--data", folder, "--database", f"sqlite:{folder}/a.sqlite"]
        create = [program, "keys", "create", "--name", "load", "--scope", "assess", "--rate", "1000000", *storage]
        key = subprocess.run(create, capture_output=True, check=True, text=True).stdout.strip()
        before = 0
        print("stop  answered  lost  status  seconds  panicked")
        for stop in range(1, stops + 1):
            answered, status, seconds, panicked = one_stop(program, storage, key)
            now = audited(program, storage)
            # The audit also has batches whose answer did not arrive.
            lost = max(0, answered - (now - before))
            before = now
            failed += bool(lost or status or panicked)
            print(f"{stop:4}  {answered:8}  {lost:4}  {status:6}  {seconds:7.2f}  {panicked}", flush=True)
    print(f"{failed} of {stops} stops failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
