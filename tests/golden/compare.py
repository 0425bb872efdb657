#!/usr/bin/env python3
"""Runs two builds of the program on the same inputs and compares every byte that they print.

    tests/golden/compare.py OLD NEW [--keep FOLDER]

Use it to check a refactoring: OLD is a build from before the change, NEW one from after it. The script compares the
description of the API, the fact catalogue, the SQL of four dialects, the findings of `check` and `test`, assessments of
25 firms in both formats and both languages, a list screened into four formats with its manifest, each page of two walks
through the form, and the answers to wrong requests. If anything differs, it prints the first difference of each kind and
exits with status 1.
"""

import argparse
import difflib
import html.parser
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
AS_OF = "2026-11-25"
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}


def firms() -> list[dict]:
    """The personas, and random firms with their facts and values, the same in every run."""
    personas = json.loads((ROOT / "tests/data/personas.json").read_text(encoding="utf-8"))
    personas = personas["personas"] if isinstance(personas, dict) else personas
    profiles = [one["profile"] for one in personas]
    given: dict[str, list] = {}
    for profile in profiles:
        for fact, value in profile.items():
            given.setdefault(fact, []).append(value)
    chance = random.Random(7)
    while len(profiles) < 25:
        facts = chance.sample(sorted(given), chance.randint(2, len(given)))
        profiles.append({fact: chance.choice([*given[fact], "unknown"]) for fact in facts})
    return profiles


class Comparison:
    def __init__(self, old: str, new: str, work: pathlib.Path):
        self.programs = {"old": old, "new": new}
        self.work = work
        self.compared = 0
        self.different: dict[str, str] = {}

    def bytes(self, kind: str, name: str, old: bytes, new: bytes) -> None:
        self.compared += 1
        if old == new or kind in self.different:
            return
        lines = [text.decode("utf-8", "replace").splitlines() for text in (old, new)]
        shown = list(difflib.unified_diff(*lines, "old", "new", lineterm="", n=1))[:30]
        self.different[kind] = "\n".join([name, *(line[:400] for line in shown)])

    def run(self, kind: str, *arguments: str, stdin: bytes = b"") -> None:
        outputs = {}
        for side, program in self.programs.items():
            done = subprocess.run([program, *arguments], input=stdin, capture_output=True, env=ENVIRONMENT, cwd=ROOT)
            outputs[side] = b"%d\n" % done.returncode + done.stdout + b"\n--\n" + done.stderr
        self.bytes(kind, " ".join(arguments), outputs["old"], outputs["new"])


def commands(all: Comparison) -> None:
    all.run("openapi", "openapi")
    for arguments in (["facts"], ["facts", "--help"], ["--help"]):
        all.run("facts and help", *arguments)
    for dialect in ("postgresql", "sqlite", "duckdb", "spark"):
        for more in ([], ["--table", "clients"], ["--as-of", AS_OF]):
            all.run("sql", "sql", "--dialect", dialect, *more)
    all.run("check", "check")
    all.run("test", "test")
    for profile in firms():
        text = json.dumps(profile, ensure_ascii=False).encode()
        for format in ("json", "text"):
            for lang in ("zh", "en"):
                all.run(f"assess {format}", "assess", "-", "--as-of", AS_OF, "--format", format, "--lang", lang, stdin=text)
    for wrong in (b"", b"[]", b'{"employes": 3}', b'{"employees": "many", "division": "999999"}', b'{"a": 1, "a": 2}'):
        all.run("faults of a profile", "assess", "-", "--as-of", AS_OF, stdin=wrong)


def broken_rules(all: Comparison) -> None:
    """Rules with a fault in each script, to compare the diagnostics."""
    import shutil

    for number, (old, new) in enumerate(
        [("firm.", "firn."), (".requires(", ".require("), ("measure(", "measures("), (">=", "=="), ('", "', '" "')]
    ):
        folder = all.work / f"rules-{number}"
        shutil.copytree(ROOT / "rules", folder / "rules")
        shutil.copytree(ROOT / "seeds", folder / "seeds")
        for script in sorted((folder / "rules").rglob("*.rhai")):
            script.write_text(script.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        all.run("findings on broken rules", "check", "--rules", str(folder / "rules"))


def lists(all: Comparison) -> None:
    chance = random.Random(11)
    profiles = firms()
    facts = sorted({fact for profile in profiles for fact in profile})
    text = lambda value: "、".join(map(str, value)) or "无" if isinstance(value, list) else {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    rows = [["客户号", *facts, "备注"]]
    for number in range(3000):
        profile = chance.choice(profiles)
        cells = [text(profile[fact]) if fact in profile and chance.random() < 0.9 else "" for fact in facts]
        if number % 50 == 7:
            cells[chance.randrange(len(cells))] = chance.choice(["不明", "=1+1", "12,5", "？？", "1e99"])
        rows.append([f"{number:06d}", *cells, chance.choice(["", "甲", 'a"b', "x,y"])])
    quote = lambda cell: '"' + cell.replace('"', '""') + '"' if any(special in cell for special in ',"\n') else cell
    source = all.work / "list.csv"
    source.write_text("".join(",".join(map(quote, row)) + "\r\n" for row in rows), encoding="utf-8-sig")
    made: dict[str, dict[str, bytes]] = {}
    inputs = [source]
    for kind in ("csv", "ndjson", "xlsx", "parquet"):
        for input in list(inputs):
            outputs = {}
            for side, program in all.programs.items():
                folder = all.work / side
                folder.mkdir(exist_ok=True)
                output = folder / f"{input.stem}-{input.suffix[1:]}.{kind}"
                command = [program, "screen", str(input), "-o", str(output), "--as-of", AS_OF, "--derive", "", "--quiet"]
                done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, cwd=ROOT)
                report = done.stderr.replace(str(folder).encode(), b"FOLDER")
                outputs[side] = b"%d\n" % done.returncode + done.stdout + report
                made.setdefault(side, {})
                for path in sorted(folder.iterdir()):
                    content = path.read_bytes()
                    if path.name.endswith(".manifest.json"):
                        manifest = json.loads(content)
                        manifest.pop("program", None)
                        content = json.dumps(manifest, indent=1, ensure_ascii=False).replace(str(folder), "FOLDER").replace(str(all.work / "old"), "FOLDER").encode()
                    made[side][path.name] = content
            all.bytes("messages of screen", f"{input.name} to {kind}", outputs["old"], outputs["new"])
            if input is source and kind != "csv":
                inputs.append(all.work / "old" / f"list-csv.{kind}")
    names = sorted({name for files in made.values() for name in files})
    for name in names:
        all.bytes(f"list: {name}", name, made["old"].get(name, b"missing"), made["new"].get(name, b"missing"))


class Page(html.parser.HTMLParser):
    """The fields of a page's main form: the values that a browser sends, and the choices."""

    def __init__(self, text: str):
        super().__init__()
        self.hidden: list[tuple[str, str]] = []
        self.choices: dict[str, list[tuple[str, str]]] = {}
        self.actions: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "main":
            self.inside = True
        if not self.inside:
            return
        if tag == "button" and a.get("name") == "do":
            self.actions.append(a.get("value", ""))
        if tag == "input" and "name" in a:
            kind = a.get("type", "text")
            if kind == "hidden":
                self.hidden.append((a["name"], a.get("value", "")))
            else:
                self.choices.setdefault(kind, []).append((a["name"], a.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "main":
            self.inside = False


class Service:
    def __init__(self, program: str, data: pathlib.Path):
        data.mkdir(mode=0o700)
        key = data / "form.key"
        key.write_text("0123456789abcdef" * 2 + "0123456789A\n", encoding="ascii")
        key.chmod(0o600)
        command = [program, "serve", "--bind", "127.0.0.1:0", "--data", str(data)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT, text=True)
        line = self.process.stdout.readline()
        self.url = re.search(r"http://[\d.:]+", line).group()

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> tuple[bytes, bytes]:
        request = urllib.request.Request(self.url + path, body, headers or {}, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        body = answer.read()
        head = "\n".join(f"{name.lower()}: {value}" for name, value in sorted(answer.headers.items()) if name.lower() not in VARIES)
        text = f"{answer.status}\n{head}\n\n".encode() + body
        return text.replace(self.url.encode(), b"URL").replace(self.url.split(":")[-1].encode(), b"PORT"), body

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


FORM = {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin"}
VARIES = {"date", "x-request-id", "traceparent"}


def walk(service: Service, lang: str, seed: int) -> list[bytes]:
    """Answers the form at random from a seed, to the result and two pages beyond."""
    chance = random.Random(seed)
    text, body = service.ask("GET", f"/?lang={lang}")
    pages = [text]
    action = "start"
    for _ in range(70):
        page = Page(body.decode())
        fields = list(page.hidden)
        for kind in ("radio", "checkbox", "text"):
            groups: dict[str, list[str]] = {}
            for name, value in page.choices.get(kind, []):
                groups.setdefault(name, []).append(value)
            for name, values in groups.items():
                if kind == "text":
                    fields.append((name, chance.choice(["", "12", "330782", "美国"])))
                else:
                    fields.append((name, chance.choice(values)))
        form = urllib.parse.urlencode([*fields, ("do", action)]).encode()
        address = f"/form?lang={lang}"
        text, body = service.ask("POST", address, form, FORM)
        pages.append(text)
        if b'name="page" value="@result"' in body:
            hidden = urllib.parse.urlencode(Page(body.decode()).hidden).encode()
            for beyond in ("/sheet", "/copy"):
                pages.append(service.ask("POST", f"{beyond}?lang={lang}", hidden, FORM)[0])
        offered = Page(body.decode(errors="replace")).actions
        later = "skip" if b"errors" in body and "skip" in offered else None
        action = later or ("next" if "next" in offered else offered[0] if offered else "next")
    return pages


def problems() -> list[tuple]:
    json_type = {"content-type": "application/json"}
    a, s = "/api/v1/assessments", "/api/v1/screenings"
    csv = {"content-type": "text/csv"}
    found = [("GET", path, None, {}) for path in (
        "/", "/?lang=en", "/nope", "/api/v1/nope", "/api/v1/policies", "/api/v1/policies/nope", "/api/v1/supports", "/api/v1/supports/nope",
        "/api/v1/facts", "/api/v1/facts/nope", "/api/v1/rulebook", "/api/v1/rulebook/sql", "/api/v1/rulebook/sql?dialect=nope", "/api/v1/rulebook/sql?dialect=duckdb",
        "/openapi.json", "/docs", "/docs/", "/healthz", "/readyz", "/%61dmin/audit", "//api/v1/facts", "/api/v1/../v1/facts", "/admin/audit", "/admin/reload",
        "/text", "/text?lang=en", "/adviser", "/s", a, s, "/api/v1/facts?lang=fr", "/api/v1/rulebook?as_of=nope", "/sheet", "/assets/nope.css",
    )]
    found += [(method, path, b"", {}) for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD") for path in (a, "/", "/api/v1/facts")]
    bodies = [b"", b"{", b"[]", b"null", b'{"employes": 3}', b'{"employees": "x"}', b'{"a": 1, "a": 2}', b'{"employees": -1, "division": "999999"}',
              b'{"profile": {}}', b'{"uscc": "91330782MA2E"}', b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 100_000, b'{"employees": 12}']
    for body in bodies:
        found.append(("POST", a, body, json_type))
        found.append(("POST", a + "?detail=status&lang=en", body, json_type))
    found += [
        ("POST", a, b'{"employees": 12}', {"content-type": "text/plain"}), ("POST", a, b'{"employees": 12}', {}),
        ("POST", a + "?detail=nope", b"{}", json_type), ("POST", a + "?as_of=2026-13-01", b"{}", json_type),
        ("POST", a + "?rulebook=sha256:00", b"{}", json_type), ("POST", a, b"x" * 300_000, json_type),
        ("POST", a, b"{}", json_type | {"content-encoding": "br"}), ("POST", a, b"{}", json_type | {"content-encoding": "gzip"}),
        ("POST", a, b"{}", json_type | {"authorization": "Bearer ea_nope"}), ("POST", a, b"{}", json_type | {"accept": "image/png"}),
        ("POST", s, b"name,employees\r\n\xe7\x94\xb2,12\r\n\xe4\xb9\x99,x\r\n", csv), ("POST", s + "?as_of=" + AS_OF, b"name,employees\na,1\n", csv | {"accept": "application/x-ndjson"}),
        ("POST", s, b'{"employees": 3}\n{"employees": "x"}\n', {"content-type": "application/x-ndjson"}), ("POST", s, b"", csv), ("POST", s, b"a", {"content-type": "image/png"}),
        ("POST", "/form", b"do=nope", {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/form", b"do=next&state=nope", {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/share", b"do=next", {"content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site"}),
        ("POST", "/sheet", b"do=next", {"content-type": "application/x-www-form-urlencoded"}),
        ("POST", "/copy", b"do=next", {"content-type": "application/x-www-form-urlencoded"}),
    ]
    for profile in firms()[:8]:
        for query in ("", "?detail=status", "?detail=missing", "?lang=zh"):
            joint = "&" if query else "?"
            found.append(("POST", f"{a}{query}{joint}as_of={AS_OF}", json.dumps(profile).encode(), json_type))
    return found


def service(all: Comparison) -> None:
    answers: dict[str, list[bytes]] = {}
    pages: dict[str, list[bytes]] = {}
    requests = problems()
    for side, program in all.programs.items():
        running = Service(program, all.work / f"data-{side}")
        try:
            answers[side] = [running.ask(*request)[0] for request in requests]
            pages[side] = walk(running, "zh", 3) + walk(running, "en", 4)
        finally:
            running.stop()
    for request, old, new in zip(requests, answers["old"], answers["new"]):
        all.bytes(f"answer to {request[0]} {request[1]}", str(request)[:300], old, new)
    for number, (old, new) in enumerate(zip(pages["old"], pages["new"])):
        all.bytes("pages of the form", f"page {number}", old, new)
    statuses = sorted({page.split(b"\n", 1)[0].decode() for page in pages["old"]})
    print(f"{len(requests)} requests, {len(pages['old'])} pages ({' '.join(statuses)})")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("old")
    arguments.add_argument("new")
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as work:
        all = Comparison(os.path.abspath(arguments.old), os.path.abspath(arguments.new), pathlib.Path(work))
        for part in (commands, broken_rules, lists, service):
            part(all)
            print(f"{part.__name__}: {all.compared} outputs compared, {len(all.different)} kinds differ", flush=True)
    for kind, shown in all.different.items():
        print(f"\nDIFFERENT: {kind}\n{shown}")
    sys.exit(bool(all.different))


if __name__ == "__main__":
    main()
