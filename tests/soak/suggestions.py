#!/usr/bin/env python3
"""Prints the CPU seconds that hostile input costs a program: wrong codes, unknown keys, colliding keys.

    tests/soak/suggestions.py PROGRAM…

The script measures each PROGRAM (a built export-advisor) in turn, to compare an older build with a newer one. It ends an
attack after LIMIT seconds [default: 120]. Needs only the standard library.
"""

import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile

LIMIT = int(os.environ.get("LIMIT", "120"))
RULES = pathlib.Path(__file__).resolve().parents[2]


def wrong_profile(number):
    """A profile with wrong codes and values of several facts, different for each number."""
    return {
        "division": f"9{number % 100000:05}",
        "industry": f"Z{number % 10000:04}",
        "plans_move_to": f"8{number % 100000:05}",
        "cbec": f"retial{number}",
        "size": f"mcro{number}",
        f"exprts_goods_{number}": True,
    }


def colliding_keys(count):
    """Keys with one hash under rustc-hash 2, which has no seed. tests/integration/hashes.rs explains why."""
    seed, no_collapse, mask = 0x243F6A8885A308D3, 0xA4093822299F31D0, (1 << 64) - 1
    for number in range(10_000_000):
        first = f"{number:016}"
        a, b = struct.unpack("<QQ", first.encode())
        product = (seed ^ a) * (no_collapse ^ b)
        mixed = struct.pack("<Q", (product & mask) ^ (product >> 64))
        if all(33 <= byte < 127 and byte not in b'"\\' for byte in mixed):
            break
    return [f"{first}{'':16}{mixed.decode()}{number:08}{'':16}" for number in range(count)]


def of_command(*command, stdin=None):
    """The CPU seconds of a command, and how it ended."""

    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = subprocess.run(
        command, input=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limited
    ).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, f"exit {ended}" if ended >= 0 else f"ended at {LIMIT} s"


class Server:
    """The service on a free port of this machine, with its own folder."""

    def __init__(self, program, data):
        command = [program, "serve", "--bind", "127.0.0.1:0", "--workers", "1", "--data", data]
        environment = dict(os.environ, EXPORT_ADVISOR_DATABASE="none")
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        line = self.process.stdout.readline()
        self.address = re.search(r"http://([^/\s]+)", line).group(1)

    def seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def post(self, path, body, kind="application/json"):
        """The CPU seconds of a request, and its status."""
        before = self.seconds()
        connection = http.client.HTTPConnection(self.address, timeout=10 * LIMIT)
        connection.request("POST", path, body.encode(), {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        # Refused for its columns (422) is an outcome; any other refusal did not reach what is measured.
        if answer.status not in (200, 422):
            sys.exit(f"the attack was refused with status {answer.status}: it measures nothing")
        return self.seconds() - before, f"status {answer.status}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def misspelt_rules(folder, count):
    """The rules with a script that names facts that do not exist."""
    for part in ["rules", "seeds"]:
        shutil.copytree(RULES / part, folder / part)
    script = folder / "rules/gbf-2023-10/08-credit.rhai"
    # `count` must fit: a script may have 64 KiB.
    lines = "".join(f"firm.exprts_{number};\n" for number in range(count))
    script.write_text(script.read_text() + lines)
    return folder / "rules"


def attacks(program, work):
    screen = [program, "screen", "--as-of", "2026-11-25", "--quiet", "--workers", "1"]
    # As a batch of one: alone it would exceed the size limit of a profile.
    unknown = json.dumps({"profiles": [{f"exprts_goods_{number}": True for number in range(10_000)}]})
    keys = colliding_keys(20_000)
    line = json.dumps({"exports_goods": True} | dict.fromkeys(keys, 1)) + "\n"

    data = work / "data"
    data.mkdir()
    server = Server(program, data)
    try:
        batch = json.dumps({"profiles": [wrong_profile(number) for number in range(1000)]})
        yield "a batch of 1,000 profiles with wrong codes", server.post("/api/v1/assessments:batch", batch)
        listed = [{"industry": "F5191", "cbec_zone": [f"pilto_{n}_{i}" for i in range(1000)]} for n in range(100)]
        batch = json.dumps({"profiles": listed})
        yield "a batch of 100 profiles with lists of 1,000 wrong values", server.post("/api/v1/assessments:batch", batch)
        yield "a profile with 10,000 unknown keys", server.post("/api/v1/assessments:batch", unknown)
        path = "/api/v1/screenings?as_of=2026-11-25"
        yield "a line with 20,000 colliding keys, over HTTP", server.post(path, line, "application/x-ndjson")
    finally:
        server.stop()

    header = "division,industry,plans_move_to,cbec,size\n"
    values = [list(wrong_profile(number).values())[:5] for number in range(50_000)]
    (work / "wrong.csv").write_text(header + "".join(",".join(row) + "\n" for row in values))
    (work / "right.csv").write_text(header + "440300,F5191,440300,retail,micro\n" * 50_000)
    (work / "keys.ndjson").write_text(line)
    for name in ["right.csv", "wrong.csv"]:
        what = f"a list of 50,000 rows with {name.partition('.')[0]} codes"
        yield what, of_command(*screen, work / name, "-o", work / "out.csv")
    what = "a line with 20,000 colliding keys, as a file"
    yield what, of_command(*screen, work / "keys.ndjson", "-o", work / "out.csv")

    (work / "sound").mkdir()
    (work / "misspelt").mkdir()
    for folder, count in [("sound", 0), ("misspelt", 2000)]:
        rules = misspelt_rules(work / folder, count)
        output = subprocess.run([program, "check", "--rules", rules], capture_output=True, text=True).stderr
        # At most 1,000 faults are reported, one of which says so.
        if output.count("error[unknown-fact]") < min(count, 999):
            sys.exit(f"the attack was refused: {output[:300]}")
        yield f"rules with {count:,} misspelt facts", of_command(program, "check", "--rules", rules)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for program in sys.argv[1:]:
        print(program)
        with tempfile.TemporaryDirectory() as work:
            for what, (seconds, ended) in attacks(program, pathlib.Path(work)):
                print(f"  {what:60} {seconds:8.2f} s CPU  {ended}", flush=True)


if __name__ == "__main__":
    main()
