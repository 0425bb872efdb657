#!/usr/bin/env python3
"""Kills two processes on one PostgreSQL, and checks that they lose nothing that they accepted.

    tests/with-postgres python3 tests/service/resilience.py PROGRAM [--kills N] [--planted FAULT]

One process uses the built-in rules, the other a changed copy, as during an update of the service. First, both
processes must see the same keys, shares and rule books. Then, under load from wrk, a process is killed (SIGKILL) and
started again, N times in turn. Then the database is stopped and started. The expected assessments come from the
command line, which needs neither process. The script reports all faults at the end, with exit status 1.

--planted plants a fault that the script must find: `answer` alters a byte of an expected assessment, `share` deletes a
share that was accepted.
"""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

DAY = "2026-11-25"
AIDS = ["division_name", "uscc_division"]
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Seconds to wait for a condition that must become true without further action.
PATIENCE = 30


class Tally:
    """Thread-safe counters."""

    def __init__(self):
        self.lock = threading.Lock()
        self.all = Counter()

    def add(self, thing, times=1):
        with self.lock:
            self.all[thing] += times


class Timeout(Exception):
    """A condition did not become true in time."""


class Process:
    """One server, which keeps its port when it restarts."""

    def __init__(self, name, program, options, folder, rules):
        self.name, self.rules = name, rules
        self.port = free_port()
        self.command = [program, "serve", "--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--key-shares-per-day", "10000000", *options]
        self.command += ["--rules", rules] if rules else []
        self.log = open(folder / f"{name}.log", "ab")
        self.child = None

    def start(self):
        self.child = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
        until(f"process {self.name} answers", lambda: self.ask("GET", "/healthz")[0] == 200)

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def ask(self, method, path, body=None, key=None):
        """Status, headers and body of one request on its own connection; status 0 if the connection broke."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            return request(client, method, path, body, key)
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            client.close()


def request(client, method, path, body=None, key=None):
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    client.request(method, path, body, headers)
    answer = client.getresponse()
    return answer.status, answer.headers, answer.read()


def profile(persona):
    """The profile of an example firm as JSON, without the keys that only help readers."""
    facts = {name: value for name, value in persona["profile"].items() if name not in AIDS}
    return json.dumps(facts, ensure_ascii=False).encode()


def free_port():
    """A free port outside the ephemeral range: a client on an ephemeral port could connect to itself while the server is
    down."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def until(what, is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise Timeout(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)


class Trial:
    def __init__(self, args, folder):
        self.args, self.folder, self.faults = args, folder, Tally()
        self.program = str(Path(args.program).resolve())
        self.url = os.environ["TEST_POSTGRES_URL"]
        self.storage = ["--data", str(folder / "data"), "--database", self.url]
        personas = json.loads((ROOT / "tests/data/personas.json").read_text(encoding="utf-8"))["personas"]
        self.profiles = [profile(persona) for persona in personas]
        self.processes = [
            Process("one", self.program, self.storage, folder, None),
            Process("two", self.program, self.storage, folder, self.changed_rules()),
        ]
        # The expected assessment of each process and profile, from the command line.
        self.expected = [[self.assess(process, n) for n in range(len(personas))] for process in self.processes]
        if args.planted == "answer":
            text = bytearray(self.expected[1][2])
            text[len(text) // 2] ^= 1
            self.expected[1][2] = bytes(text)
        self.shares = []
        self.counts = Tally()
        self.count = self.counts.add
        self.stop = threading.Event()

    def run_program(self, *args):
        done = subprocess.run([self.program, *args], capture_output=True, check=True)
        return done.stdout

    def changed_rules(self):
        folder = self.folder / "changed"
        shutil.copytree(ROOT / "rules", folder / "rules")
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        script = folder / "rules/gbf-2023-10/08-credit.rhai"
        text = script.read_text(encoding="utf-8")
        changed = text.replace('firm.size <= "small"', 'firm.size <= "micro"')
        assert changed != text
        script.write_text(changed, encoding="utf-8")
        return str(folder / "rules")

    def assess(self, process, number):
        profile = self.folder / "profile.json"
        profile.write_bytes(self.profiles[number])
        rules = ["--rules", process.rules] if process.rules else []
        output = self.run_program("assess", str(profile), "--as-of", DAY, *rules)
        return output.removesuffix(b"\n")

    def key(self, name):
        output = self.run_program("keys", "create", "--name", name, "--scope", "assess,share,screen", "--rate", "10000000", *self.storage)
        return output.decode().strip()

    def version(self, side):
        return json.loads(self.expected[side][0])["rulebook"]

    def expect(self, what, found, wanted):
        if found != wanted:
            self.faults.add(f"{what}: {found!r} instead of {wanted!r}")

    # State that both processes share.

    def key_statuses(self, key):
        """The status with which each process answers a key."""
        return [process.ask("GET", "/api/v1/rulebook", key=key)[0] for process in self.processes]

    def both_see(self):
        self.early = self.key("early")
        for process in self.processes:
            process.start()
        self.expect("the two rule books differ", self.version(0) == self.version(1), False)
        late = self.key("late")
        for key in (self.early, late):
            until("both know a key of the command line", lambda key=key: self.key_statuses(key) == [200, 200])
        self.expect("an unknown key", self.key_statuses("ea_0123456789ab_" + "A" * 43), [401, 401])
        self.run_program("keys", "revoke", late.split("_")[1], *self.storage)
        until("both know that a key was revoked", lambda: self.key_statuses(late) == [401, 401])
        for side, process in enumerate(self.processes):
            other = self.processes[1 - side]
            # The rule book of the other process, which the database keeps.
            path = f"/api/v1/assessments?as_of={DAY}&rulebook={self.version(1 - side)}"
            status, _, body = process.ask("POST", path, self.profiles[0])
            self.expect("the other's rule book", (status, body == self.expected[1 - side][0]), (200, True))
            secret = self.share(process, side, 0)
            self.open(secret, side, 0, other)
            asked = json.dumps({"secret": secret})
            self.expect("deleted by the other process", other.ask("POST", "/api/v1/shares/delete", asked)[0], 204)
            self.expect("opened after that", process.ask("POST", "/api/v1/shares/open", asked)[0], 404)
            self.shares.remove((secret, side, 0))

    def share(self, process, side, number, client=None):
        """Creates a share, records it if it was accepted, and returns its secret."""
        body = b'{"as_of":"%s","profile":%s}' % (DAY.encode(), self.profiles[number])
        client = client or http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
        status, headers, answer = request(client, "POST", "/api/v1/shares", body, self.early)
        if status == 201:
            secret = json.loads(answer)["secret"]
            self.shares.append((secret, side, number))
            self.count("shares created")
            return secret
        self.count(f"shares answered {status}")
        if status != 503 or not headers.get("Retry-After"):
            self.faults.add(f"a share is answered {status}")
        return None

    def open(self, secret, side, number, process):
        """Opens a share and compares it with the assessment that was shared."""
        status, _, body = process.ask("POST", "/api/v1/shares/open", json.dumps({"secret": secret}), self.early)
        if status != 200:
            self.faults.add(f"a share that was accepted is answered {status}")
            return
        then = body.split(b'"then":', 1)[-1]
        if not then.startswith(self.expected[side][number] + b',"now":'):
            self.faults.add("a share opens with another assessment")
        if json.loads(body)["now"]["rulebook"] != self.version(self.processes.index(process)):
            self.faults.add("a share shows another rule book than the current one")
        self.count("shares opened")

    # Load and kills.

    def keep_asking(self, ask, seed):
        """A client that sends requests until it is stopped, on connections that it keeps until they break."""
        chance = random.Random(seed)
        clients = [None, None]
        while not self.stop.is_set():
            side, number = chance.randrange(2), chance.randrange(len(self.profiles))
            try:
                port = self.processes[side].port
                clients[side] = clients[side] or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                ask(clients[side], side, number)
            except (OSError, http.client.HTTPException):
                self.count("connections broken")
                clients[side] = None
                time.sleep(0.02)

    def check(self, client, side, number):
        path = f"/api/v1/assessments?as_of={DAY}"
        status, _, body = request(client, "POST", path, self.profiles[number], self.early)
        self.count("assessments checked")
        if (status, body) != (200, self.expected[side][number]):
            self.faults.add(f"a wrong answer, with status {status}")

    def write(self, client, side, number):
        if self.share(self.processes[side], side, number, client):
            self.count(f"shares created by {side}")
        # Leave most of the load to assessments.
        time.sleep(0.005)

    def load(self, side):
        """Runs wrk repeatedly: it ends when it cannot connect.

        wrk keeps the start of a response that a kill truncated, and prepends it to the next response of that
        connection. Such an answer is correct, and counted separately.
        """
        script = self.folder / f"post{side}.lua"
        script.write_text(
            'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
            f'wrk.body = [==[{self.profiles[0].decode()}]==]\n'
            f'local expected = io.open("{self.folder}/expected{side}"):read("*a")\n'
            "local threads = {}\nfunction setup(thread) table.insert(threads, thread) end\n"
            'right, cut, wrong, what = 0, 0, 0, ""\n'
            "function response(status, headers, body)\n"
            "  local left = body:sub(1, -#expected - 1)\n"
            "  if status == 200 and body == expected then right = right + 1\n"
            "  elseif status == 200 and expected:sub(1, #left) == left and body:sub(#left + 1) == expected then cut = cut + 1\n"
            '  else wrong, what = wrong + 1, "status " .. status .. ", " .. #body .. " bytes" end\nend\n'
            "function done() for _, thread in ipairs(threads) do\n"
            '  print("counts", thread:get("right"), thread:get("cut"), thread:get("wrong"), thread:get("what"))\nend end\n',
            encoding="utf-8",
        )
        (self.folder / f"expected{side}").write_bytes(self.expected[side][0])
        url = f"http://127.0.0.1:{self.processes[side].port}/api/v1/assessments?as_of={DAY}"
        while not self.stop.is_set():
            run = subprocess.run(["wrk", "-t1", "-c8", "-d2s", "-s", str(script), url], capture_output=True, text=True)
            for line in run.stdout.splitlines():
                if line.startswith("counts"):
                    _, right, cut, wrong, what = line.split("\t", 4)
                    right, cut, wrong = (int(float(count)) for count in (right, cut, wrong))
                    self.count("assessments of the load", right + cut + wrong)
                    self.count("assessments of the load after a truncated one", cut)
                    if wrong:
                        self.faults.add(f"a wrong answer to the load: {what}")
            if run.returncode != 0:
                time.sleep(0.1)

    def meanwhile(self, work, load=False):
        """Runs `work` while other clients request assessments and create shares."""
        self.stop.clear()
        threads = [threading.Thread(target=self.load, args=(side,)) for side in range(2) if load]
        for seed, ask in enumerate([self.check, self.check, self.write, self.write]):
            threads.append(threading.Thread(target=self.keep_asking, args=(ask, seed)))
        for thread in threads:
            thread.start()
        try:
            work()
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def kills(self):
        chance = random.Random(20)
        for number in range(self.args.kills):
            side = number % 2
            process, count = self.processes[side], f"shares created by {side}"
            before = self.counts.all[count]
            until("shares are created under load", lambda: self.counts.all[count] >= before + 10)
            time.sleep(chance.random() * 0.05)
            process.kill()
            self.count("kills")
            process.start()
        done = [self.counts.all[f"shares created by {side}"] for side in range(2)]
        until("both create shares after the last kill", lambda: all(self.counts.all[f"shares created by {s}"] > done[s] + 2 for s in range(2)))

    def all_open(self):
        if self.args.planted == "share" and self.shares:
            asked = json.dumps({"secret": self.shares[-1][0]})
            self.processes[0].ask("POST", "/api/v1/shares/delete", asked)
        # Open each share at the process that did not create it.
        threads = []
        for side, process in enumerate(self.processes):
            mine = [share for share in self.shares if share[1] != side]
            threads.append(threading.Thread(target=lambda mine=mine, process=process: [self.open(*share, process) for share in mine]))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    # The database stops and starts.

    def database(self):
        control, before = os.environ["TEST_POSTGRES_CTL"], self.counts.all["assessments checked"]
        body = b'{"as_of":"%s","profile":%s}' % (DAY.encode(), self.profiles[0])
        subprocess.run([control, "stop"], check=True)
        try:
            for side, process in enumerate(self.processes):
                for path, asked in (("", body), ("/open", b'{"secret":"A"}'), ("/delete", b'{"secret":"A"}')):
                    status, headers, answer = process.ask("POST", f"/api/v1/shares{path}", asked, self.early)
                    self.expect(f"shares{path} without a database", (status, b"store_unavailable" in answer), (503, True))
                    self.expect("the answer says when to retry", headers.get("Retry-After", "").isdigit(), True)
                status, _, answer = process.ask("GET", "/readyz")
                self.expect("readiness without a database", (status, b"store_unavailable" in answer), (503, True))
                self.expect("health without a database", process.ask("GET", "/healthz")[0], 200)
                status, _, answer = process.ask("POST", f"/api/v1/assessments?as_of={DAY}", self.profiles[0], self.early)
                self.expect("an assessment without a database", (status, answer == self.expected[side][0]), (200, True))
                # A rule book that was requested before is still cached.
                path = f"/api/v1/assessments?as_of={DAY}&rulebook={self.version(1 - side)}"
                self.expect("the other's rule book", process.ask("POST", path, self.profiles[0])[0], 200)
            self.expect("a key without a database", self.key_statuses(self.early), [200, 200])
            self.expect("a wrong key without a database", self.key_statuses("ea_0123456789ab_" + "A" * 43), [401, 401])
        finally:
            subprocess.run([control, "start"], check=True)
        between = self.counts.all["assessments checked"] - before
        self.count("of these while the database was away", between)
        self.expect("assessments continue meanwhile", between > 0, True)
        began = time.monotonic()
        for side, process in enumerate(self.processes):
            until("shares are created again", lambda side=side, process=process: self.share(process, side, 1))
            until("ready again", lambda process=process: process.ask("GET", "/readyz")[0] == 200)
        self.count("milliseconds until both were back", int((time.monotonic() - began) * 1000))
        key = self.key("after")
        until("both know a key created afterwards", lambda: self.key_statuses(key) == [200, 200])

    def run(self):
        began = time.monotonic()
        self.run_program("db", "migrate", "--database", self.url)
        try:
            self.both_see()
            self.meanwhile(self.kills, load=True)
            self.all_open()
            if not self.args.planted:
                self.meanwhile(self.database)
                self.all_open()
        except Timeout as timeout:
            self.faults.add(str(timeout))
        finally:
            for process in self.processes:
                if process.child:
                    process.kill()
        for name, count in sorted(self.counts.all.items()):
            print(f"{count:8} {name}")
        print(f"{time.monotonic() - began:8.0f} seconds")
        for fault, times in self.faults.all.most_common(20):
            print(f"FAULT ({times} times): {fault}", file=sys.stderr)
        return 1 if self.faults.all else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--planted", choices=["answer", "share"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(Trial(args, Path(folder)).run())


main()
