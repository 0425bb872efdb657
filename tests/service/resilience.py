#!/usr/bin/env python3
"""Two processes on one PostgreSQL, and what they may lose: nothing that they accepted.

    tests/with-postgres python3 tests/service/resilience.py PROGRAM [--kills N] [--planted FAULT]

One process answers by the rules that are built in, the other by a changed copy, as when a service is
brought up to date. First: keys, shares and rule books are seen by both. Then, under load from wrk, a process
is killed (SIGKILL) and started again, N times in turn. Then the database is stopped and started. What is
expected of an assessment comes from the command line, which needs neither process. All faults are told
at the end, with exit status 1.

--planted makes a fault that must be found: `answer` alters a byte of what is expected, `share` deletes a share
that was accepted.
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
# How long something may take that comes by itself.
PATIENCE = 30


class Tally:
    """A count of each thing, from all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.all = Counter()

    def add(self, thing, times=1):
        with self.lock:
            self.all[thing] += times


class Late(Exception):
    """Something that should come by itself did not."""


class Process:
    """One server, on a port that it keeps when it is started again."""

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
        """Status, headers and body of one request on a connection of its own; 0 if it broke."""
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
    """What one of the examples answers, without what only helps to read it."""
    facts = {name: value for name, value in persona["profile"].items() if name not in AIDS}
    return json.dumps(facts, ensure_ascii=False).encode()


def free_port():
    """One that no client is given: a client on a given port could connect to itself while the server is down."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def until(what, is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise Late(f"not within {PATIENCE} s: {what}")
        time.sleep(0.05)


class Trial:
    def __init__(self, args, folder):
        self.args, self.folder, self.faults = args, folder, Tally()
        self.program = str(Path(args.program).resolve())
        self.url = os.environ["TEST_POSTGRES_URL"]
        self.kept = ["--data", str(folder / "data"), "--database", self.url]
        personas = json.loads((ROOT / "tests/data/personas.json").read_text(encoding="utf-8"))["personas"]
        self.profiles = [profile(persona) for persona in personas]
        self.processes = [
            Process("one", self.program, self.kept, folder, None),
            Process("two", self.program, self.kept, folder, self.changed_rules()),
        ]
        # Of each process and profile: what the command line says.
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
        told = self.run_program("assess", str(profile), "--as-of", DAY, *rules)
        return told.removesuffix(b"\n")

    def key(self, name):
        told = self.run_program("keys", "create", "--name", name, "--scope", "assess,share,screen", "--rate", "10000000", *self.kept)
        return told.decode().strip()

    def version(self, side):
        return json.loads(self.expected[side][0])["rulebook"]

    def expect(self, what, found, wanted):
        if found != wanted:
            self.faults.add(f"{what}: {found!r} instead of {wanted!r}")

    # What both see.

    def knows(self, key):
        """What each process says of a key."""
        return [process.ask("GET", "/api/v1/rulebook", key=key)[0] for process in self.processes]

    def both_see(self):
        self.early = self.key("early")
        for process in self.processes:
            process.start()
        self.expect("the two rule books differ", self.version(0) == self.version(1), False)
        late = self.key("late")
        for key in (self.early, late):
            until("both know a key of the command line", lambda key=key: self.knows(key) == [200, 200])
        self.expect("a key that is none", self.knows("ea_0123456789ab_" + "A" * 43), [401, 401])
        self.run_program("keys", "revoke", late.split("_")[1], *self.kept)
        until("both know that a key was revoked", lambda: self.knows(late) == [401, 401])
        for side, process in enumerate(self.processes):
            other = self.processes[1 - side]
            # A rule book that the other process uses, and kept.
            path = f"/api/v1/assessments?as_of={DAY}&rulebook={self.version(1 - side)}"
            status, _, body = process.ask("POST", path, self.profiles[0])
            self.expect("the other's rule book", (status, body == self.expected[1 - side][0]), (200, True))
            secret = self.share(process, side, 0)
            self.open(secret, side, 0, other)
            asked = json.dumps({"secret": secret})
            self.expect("deleted by the other", other.ask("POST", "/api/v1/shares/delete", asked)[0], 204)
            self.expect("opened after that", process.ask("POST", "/api/v1/shares/open", asked)[0], 404)
            self.shares.remove((secret, side, 0))

    def share(self, process, side, number, client=None):
        """Makes a share and notes it if it was accepted; gives its secret."""
        body = b'{"as_of":"%s","profile":%s}' % (DAY.encode(), self.profiles[number])
        client = client or http.client.HTTPConnection("127.0.0.1", process.port, timeout=20)
        status, headers, answer = request(client, "POST", "/api/v1/shares", body, self.early)
        if status == 201:
            made = json.loads(answer)["secret"]
            self.shares.append((made, side, number))
            self.count("shares made")
            return made
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
            self.faults.add("beside a share stands another rule book than the current one")
        self.count("shares opened")

    # Load, and blows.

    def keep_asking(self, ask, seed):
        """A client that goes on for ever, on connections that it keeps until they break."""
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
            self.count(f"shares made by {side}")
        # The load is for assessments.
        time.sleep(0.005)

    def load(self, side):
        """wrk, again and again: it ends when it finds nobody.

        It keeps what came of a response that a kill broke off, and puts it before the next one of that
        connection: such an answer is right, and counted apart.
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
            '  print("told", thread:get("right"), thread:get("cut"), thread:get("wrong"), thread:get("what"))\nend end\n',
            encoding="utf-8",
        )
        (self.folder / f"expected{side}").write_bytes(self.expected[side][0])
        url = f"http://127.0.0.1:{self.processes[side].port}/api/v1/assessments?as_of={DAY}"
        while not self.stop.is_set():
            run = subprocess.run(["wrk", "-t1", "-c8", "-d2s", "-s", str(script), url], capture_output=True, text=True)
            for line in run.stdout.splitlines():
                if line.startswith("told"):
                    _, right, cut, wrong, what = line.split("\t", 4)
                    right, cut, wrong = (int(float(count)) for count in (right, cut, wrong))
                    self.count("assessments of the load", right + cut + wrong)
                    self.count("assessments of the load after one that was broken off", cut)
                    if wrong:
                        self.faults.add(f"a wrong answer to the load: {what}")
            if run.returncode != 0:
                time.sleep(0.1)

    def meanwhile(self, work, load=False):
        """Does something while others ask and share."""
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
        for blow in range(self.args.kills):
            side = blow % 2
            process, count = self.processes[side], f"shares made by {side}"
            before = self.counts.all[count]
            until("shares are made while the load is on", lambda: self.counts.all[count] >= before + 10)
            time.sleep(chance.random() * 0.05)
            process.kill()
            self.count("kills")
            process.start()
        done = [self.counts.all[f"shares made by {side}"] for side in range(2)]
        until("both make shares after the last", lambda: all(self.counts.all[f"shares made by {s}"] > done[s] + 2 for s in range(2)))

    def all_open(self):
        if self.args.planted == "share" and self.shares:
            asked = json.dumps({"secret": self.shares[-1][0]})
            self.processes[0].ask("POST", "/api/v1/shares/delete", asked)
        # Each at the process that did not make it.
        threads = []
        for side, process in enumerate(self.processes):
            mine = [share for share in self.shares if share[1] != side]
            threads.append(threading.Thread(target=lambda mine=mine, process=process: [self.open(*share, process) for share in mine]))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    # The database goes and comes.

    def database(self):
        control, before = os.environ["TEST_POSTGRES_CTL"], self.counts.all["assessments checked"]
        body = b'{"as_of":"%s","profile":%s}' % (DAY.encode(), self.profiles[0])
        subprocess.run([control, "stop"], check=True)
        try:
            for side, process in enumerate(self.processes):
                for path, asked in (("", body), ("/open", b'{"secret":"A"}'), ("/delete", b'{"secret":"A"}')):
                    status, headers, answer = process.ask("POST", f"/api/v1/shares{path}", asked, self.early)
                    self.expect(f"shares{path} without a database", (status, b"store_unavailable" in answer), (503, True))
                    self.expect("it says when to come again", headers.get("Retry-After", "").isdigit(), True)
                status, _, answer = process.ask("GET", "/readyz")
                self.expect("readiness without a database", (status, b"store_unavailable" in answer), (503, True))
                self.expect("health without a database", process.ask("GET", "/healthz")[0], 200)
                status, _, answer = process.ask("POST", f"/api/v1/assessments?as_of={DAY}", self.profiles[0], self.early)
                self.expect("an assessment without a database", (status, answer == self.expected[side][0]), (200, True))
                # A rule book that was asked for before is still at hand.
                path = f"/api/v1/assessments?as_of={DAY}&rulebook={self.version(1 - side)}"
                self.expect("the other's rule book", process.ask("POST", path, self.profiles[0])[0], 200)
            self.expect("a key without a database", self.knows(self.early), [200, 200])
            self.expect("a wrong key without a database", self.knows("ea_0123456789ab_" + "A" * 43), [401, 401])
        finally:
            subprocess.run([control, "start"], check=True)
        between = self.counts.all["assessments checked"] - before
        self.count("of these while the database was away", between)
        self.expect("assessments go on meanwhile", between > 0, True)
        began = time.monotonic()
        for side, process in enumerate(self.processes):
            until("shares are made again", lambda side=side, process=process: self.share(process, side, 1))
            until("ready again", lambda process=process: process.ask("GET", "/readyz")[0] == 200)
        self.count("milliseconds until both were back", int((time.monotonic() - began) * 1000))
        key = self.key("after")
        until("a key of after is known", lambda: self.knows(key) == [200, 200])

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
        except Late as late:
            self.faults.add(str(late))
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
