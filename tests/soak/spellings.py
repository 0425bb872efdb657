#!/usr/bin/env python3
"""Asks for each gated route in every spelling of its path, with a key that does not open it or with none.

    tests/soak/spellings.py PROGRAM

Which routes are gated, and by which scope, is read from the program's own description (`PROGRAM openapi`). A route that
nobody may use without a key is asked without one; a route that only refuses keys of other scopes is asked with such a
key. The path as it stands must be refused with 401 or 403. Its spellings have each character percent-encoded (both cases
of the digits, once, twice and three times), as overlong UTF-8, and in the other case; more slashes, dots, `;` and
backslashes; and what may stand before and behind a path. Each must be refused too: 400, 401, 403 or 404. All of it runs
with a trusted proxy and without one. The script prints a line for each run and route, with answers by status, and up to
five spellings that were let through. Exit status 1: a spelling was not refused, or the path as it stands was answered.

The integration test `matrix::no_spelling_of_a_gated_path_gets_past_the_guard` asks the same of the current code. This
script needs nothing but the program, so that it also runs against older builds. Python's standard library is enough.
"""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections import Counter

REFUSED = (400, 401, 403, 404)
SCOPES = ("assess", "share", "screen", "admin")
BODIES = {"/api/v1/assessments:batch": '{"profiles": [{}]}', "/api/v1/shares": '{"profile": {}}'}
SHARE = "/api/v1/shares"
RATE = ["--rate", "1000000"]
RUNS = {"trusted proxy": ["--trusted-proxy", "127.0.0.1", "--anonymous-rate", "1000000"], "no proxy": []}


def spellings(path):
    """Other spellings of a path that a lenient reader takes for the same one."""
    found = set()
    for at, letter in enumerate(path):
        before, after, byte = path[:at], path[at + 1 :], ord(letter)
        # Without a slash in front it is no path.
        first = "/" if at == 0 else ""
        escapes = [f"%{byte:02X}", f"%{byte:02x}", f"%25{byte:02X}", f"%25{byte:02x}", f"%2525{byte:02x}"]
        escapes += [f"%C{byte >> 6}%{0x80 | byte & 0x3F:02X}", f"%E0%8{byte >> 6}%{0x80 | byte & 0x3F:02X}"]
        if letter == "/":
            escapes += ["//", "/./", "/../", "/;/", "/;x=y/", "/%2e/", "/%2E%2E/x/../", "/\\", "\\", "%5C", "/%5c"]
        found.add(before + letter.swapcase() + after)
        found.update(first + before + escape + after for escape in escapes)
    behind = "/ . /. /.. ; ;a=b %00 %20 %0A %3F %23 // \\ %2F %2f ..;/".split()
    found.update(path + more for more in behind)
    start = "/. /x/.. /; /api/v1/facts/../../.. /%2e%2e /healthz/.. /assets/..; /docs/..".split()
    found.update(more + path for more in start)
    every = {"%{:02X}", "%{:02x}", "%25{:02X}"}
    found.update("/" + "".join(escape.format(ord(letter)) for letter in path[1:]) for escape in every)
    return sorted(found - {path})


def gated(program):
    """Method, path, the scope that it asks for, and whether it asks for a key of everybody."""
    printed = subprocess.run([program, "openapi"], capture_output=True, check=True, text=True).stdout
    for path, methods in json.loads(printed)["paths"].items():
        for method, operation in methods.items():
            security = operation.get("security", [])
            scopes = [scope for needs in security for scope in needs.get("key", [])]
            if scopes:
                yield method.upper(), path, scopes[0], {} not in security


class Service:
    def __init__(self, program, storage, options):
        command = [program, "serve", "--bind", "127.0.0.1:0", "--log", "off", *storage, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip().rsplit("http://", 1)[1].rstrip("/")
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def ask(self, method, path, key, body):
        kind = "application/json" if body.startswith("{") else "text/csv"
        headers = {"Content-Type": kind} if body else {}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        try:
            self.connection.request(method, path, body or None, headers)
            reply = self.connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException):
            # What is no request at all may also end the connection.
            self.connection.close()
            return 400, b""

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait(60)


def check(service, keys, route):
    """Asks for one route in all spellings; gives answers by status, those let through, and what is wrong besides."""
    method, path, scope, asks_everybody = route
    key = "" if asks_everybody else next(keys[other] for other in SCOPES if other != scope)
    secret = json.loads(service.ask("POST", SHARE, keys["share"], BODIES[SHARE])[1]).get("secret", "")
    body = BODIES.get(path, json.dumps({"secret": secret}) if path.startswith(SHARE) else "{}")
    body = "name,exports_goods\na,1\n" if scope == "screen" else "" if method == "GET" else body
    plain, wrong = service.ask(method, path, key, body)[0], []
    if plain not in (401, 403):
        wrong.append(f"{method} {path}: {plain} as it stands")
    if (own := service.ask(method, path, keys[scope], body)[0]) // 100 != 2 and not path.endswith("delete"):
        wrong.append(f"{method} {path}: {own} with the right key: the spellings show nothing")
    statuses, let_through = Counter(), []
    for spelling in spellings(path):
        status = service.ask(method, spelling, key, body)[0]
        statuses[status] += 1
        if status not in REFUSED:
            let_through.append(f"{status} {method} {spelling}")
    return statuses, let_through, wrong


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    routes, failed, asked = list(gated(program)), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        database = ["--database", f"sqlite:{folder}/a.sqlite"]
        storage = ["--data", folder, *database]
        subprocess.run([program, "db", "migrate", *database], capture_output=True, check=True)
        keys = {}
        for scope in SCOPES:
            create = [program, "keys", "create", "--name", scope, "--scope", scope, *RATE, *storage]
            keys[scope] = subprocess.run(create, capture_output=True, check=True, text=True).stdout.strip()
        for run, options in RUNS.items():
            service = Service(program, storage, options)
            ends = time.monotonic() + 30
            while service.ask("GET", "/admin/audit", keys["admin"], "")[0] != 200 and time.monotonic() < ends:
                time.sleep(0.1)
            for route in routes:
                statuses, let_through, wrong = check(service, keys, route)
                asked += sum(statuses.values())
                failed += len(let_through) + len(wrong)
                by_status = dict(sorted(statuses.items()))
                print(f"{run:14} {route[0]:4} {route[1]:26} let through {len(let_through):3}  {by_status}", flush=True)
                for line in wrong + let_through[:5]:
                    print(f"    {line}", flush=True)
            service.stop()
    print(f"{asked} requests for {len(routes)} routes: {failed} not refused")
    return 1 if failed or not routes else 0


if __name__ == "__main__":
    sys.exit(main())
