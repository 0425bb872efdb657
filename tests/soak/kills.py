#!/usr/bin/env python3
"""Kills the service under load (SIGKILL), again and again; looks for lost shares and for what clients sent.

    tests/soak/kills.py PROGRAM [KILLS]

Five clients send marked values: assessments, batches, forms, lists and shares, to a service with an SQLite database.
After a fifth to a whole second the service is killed and started again. Each share that was answered with 201 must
open after the start. At the end the data folder, the logs and the folder for temporary files are searched for the
marked values. Exit status 1: a share was lost, a start failed, or a value was found. Needs the standard library.
"""

import http.client
import json
import os
import pathlib
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

JSON = {"Content-Type": "application/json"}
# Values that stand nowhere else: a firm's name, and a number.
NAME = f"zq{secrets.token_hex(6)}贸易"
NUMBER = f"{random.randrange(100_000, 999_999)}.{random.randrange(100, 999)}7"
PROFILE = {"exports_goods": True, "employees": 12, "revenue_wan": float(NUMBER)}
# How many shares of earlier rounds are opened after each start.
SAMPLE = 40


class Client(threading.Thread):
    """Sends one kind of request, on one connection, until the service is gone."""

    def __init__(self, address, send):
        super().__init__(daemon=True)
        self.address, self.send, self.answered, self.good, self.made = address, send, 0, 0, []

    def run(self):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            while True:
                self.send(self, connection)
        except (OSError, http.client.HTTPException):
            connection.close()

    def ask(self, connection, path, body, headers):
        connection.request("POST", path, body, headers)
        reply = connection.getresponse()
        text = reply.read()
        self.answered += 1
        self.good += reply.status < 300
        return reply.status, text


def assess(client, connection):
    client.ask(connection, "/api/v1/assessments", json.dumps(PROFILE), JSON)


def batch(client, connection):
    client.ask(connection, "/api/v1/assessments:batch", json.dumps({"profiles": [PROFILE] * 20}), JSON)


def form(client, connection):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    client.ask(connection, "/form", urllib.parse.urlencode({"name": NAME, "do": "next", "revenue_wan": NUMBER}), headers)


def screen(client, connection):
    rows = f"企业名称,年营业收入(万元),从业人数\n" + f"{NAME},{NUMBER},12\n" * 2000
    client.ask(connection, "/api/v1/screenings", rows.encode(), {"Content-Type": "text/csv"})


def share(client, connection):
    status, text = client.ask(connection, "/api/v1/shares", json.dumps({"profile": PROFILE}), JSON)
    if status == 201:
        client.made.append(json.loads(text)["secret"])


SENDS = (assess, batch, form, screen, share)


def start(program, folder, log):
    environment = {**os.environ, "TMPDIR": f"{folder}/temporary"}
    command = [program, "serve", "--bind", "127.0.0.1:0", "--data", f"{folder}/data"]
    command += ["--database", f"sqlite:{folder}/data/a.sqlite", "--log-level", "debug"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment)
    line = server.stdout.readline().decode()
    return server, line.strip().rsplit("http://", 1)[-1].rstrip("/")


def lost(address, made):
    """How many of these shares do not open."""
    connection, missing = http.client.HTTPConnection(address, timeout=30), 0
    for secret in made:
        connection.request("POST", "/api/v1/shares/open", json.dumps({"secret": secret}), JSON)
        reply = connection.getresponse()
        text = reply.read()
        missing += reply.status != 200 or NUMBER.encode() not in text
    connection.close()
    return missing


def found(folder):
    """The files in which a marked value stands."""
    marks = [text.encode(code) for text in (NAME, NUMBER) for code in ("utf-8", "utf-16-le", "gb18030")]
    files = [path for path in pathlib.Path(folder).rglob("*") if path.is_file()]
    return len(files), [str(path) for path in files if any(mark in path.read_bytes() for mark in marks)]


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    kills = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    made, answered, missing, failed = [], 0, 0, 0
    good = dict.fromkeys(SENDS, 0)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("data", "temporary", "logs"):
            os.mkdir(f"{folder}/{name}")
        print("kills  answered  shares  lost  failed starts", flush=True)
        for kill in range(1, kills + 2):
            with open(f"{folder}/logs/{kill}", "wb") as log:
                server, address = start(program, folder, log)
                if ":" not in address:
                    failed += 1
                    server.wait()
                    continue
                recent = made[-SAMPLE:] + random.sample(made, min(SAMPLE, len(made)))
                # The last start is there to open every share.
                missing += lost(address, made if kill > kills else recent)
                clients = [Client(address, send) for send in SENDS]
                for client in clients if kill <= kills else []:
                    client.start()
                time.sleep(random.uniform(0.2, 1.0) if kill <= kills else 0)
                server.kill()
                server.wait()
                for client in clients if kill <= kills else []:
                    client.join()
                    answered += client.answered
                    good[client.send] += client.good
                    made += client.made
            if kill % 20 == 0 or kill == kills:
                print(f"{kill:5}  {answered:8}  {len(made):6}  {missing:4}  {failed:13}", flush=True)
        files, leaks = found(folder)
    print(f"marked values in {len(leaks)} of {files} files: {', '.join(leaks) or 'none'}")
    print("taken:", ", ".join(f"{send.__name__} {times}" for send, times in good.items()))
    return 1 if missing or failed or leaks or not all(good.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
