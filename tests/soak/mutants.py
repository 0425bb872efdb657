"""Judges all mutants of a module with one build.

    tests/soak/mutants MODULE … [--longest SECONDS] [--patience SECONDS] [--again FILE] [--traced]

cargo-mutants lists the mutants. Building each of them takes a minute, which is days for core, so this script writes all of
them into a copy of the sources, each behind a condition that an environment variable switches on:

    a < b    becomes    (match crate::mutant::at(7) { 0 => a < b, 1 => a > b, _ => a <= b })

The compiler says which of them have no meaning (unviable); they are removed, and the rest is built. Then each test runs once
and records which conditions it reaches; then each mutant runs with the tests that reach it, the shortest first, until one fails.
A mutant that no test reaches is missed. What cannot be switched at run time, as in a `const fn`, is left to cargo-mutants.

Writes caught.txt (with the test), missed.txt, timeout.txt, unviable.txt and apart.txt (what is left to cargo-mutants) into
target/mutants/, and prints a score for each module after each round. Exit status 0 whatever the score; 1 if a test fails without
a mutant.
"""

import argparse
import collections
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import time

import tree_sitter
import tree_sitter_rust

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve() / "mutants"
TREE = TARGET / "tree"
JOBS = int(os.environ.get("JOBS", os.cpu_count()))

CORE = {"package": "export-advisor-core", "root": "crates/core", "tests": ["--lib", "--test", "core-tests"], "select": ".*"}
MODULES = {
    **{name: {**CORE, "files": f"crates/core/src/{name}/**"} for name in ["facts", "script", "plan", "evaluate", "sql"]},
    "access": {
        "package": "export-advisor", "root": ".", "files": "src/server/access/**",
        "tests": ["--lib", "--test", "integration"], "select": "access|matrix|addresses",
    },
}

# The number of the variant of a condition that is switched on, 0 for the code as written.
SWITCH = """
#[doc(hidden)]
#[allow(warnings, clippy::all)]
pub mod mutant {
    use std::io::Write as _;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

    const UNREAD: u32 = u32::MAX;
    const TRACE: u32 = u32::MAX - 1;
    const NONE: u32 = u32::MAX - 2;
    static SITE: AtomicU32 = AtomicU32::new(UNREAD);
    static VARIANT: AtomicU32 = AtomicU32::new(0);
    static REACHED: [AtomicBool; SITES] = [const { AtomicBool::new(false) }; SITES];

    #[inline]
    pub fn at(site: u32) -> u32 {
        let active = SITE.load(Relaxed);
        if active == site {
            VARIANT.load(Relaxed)
        } else if active >= TRACE {
            slow(site)
        } else {
            0
        }
    }

    #[cold]
    fn slow(site: u32) -> u32 {
        let trace = std::env::var_os("MUTANT_TRACE");
        if SITE.load(Relaxed) == UNREAD {
            if let Some((site, variant)) = std::env::var("MUTANT").ok().as_deref().and_then(|text| text.split_once(':')) {
                VARIANT.store(variant.parse().unwrap(), Relaxed);
                SITE.store(site.parse().unwrap(), Relaxed);
            } else {
                SITE.store(if trace.is_some() { TRACE } else { NONE }, Relaxed);
            }
            return at(site);
        }
        if !REACHED[site as usize].swap(true, Relaxed) {
            let mut file = std::fs::OpenOptions::new().create(true).append(true).open(trace.unwrap()).unwrap();
            file.write_all(format!("{site}\\n").as_bytes()).unwrap();
        }
        0
    }
}
"""


def say(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def listed(names):
    """The mutants that cargo-mutants lists."""
    mutants = []
    for name in names:
        module = MODULES[name]
        command = ["cargo", "mutants", "--list", "--json", "--package", module["package"], "--file", module["files"]]
        for mutant in json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout):
            mutants.append({**{key: mutant[key] for key in ("file", "genre", "name", "replacement", "span", "function")}, "module": name})
    return mutants


class Source:
    """A file, its syntax tree, and the conditions that go into it."""

    def __init__(self, file):
        self.file = file
        self.text = (ROOT / file).read_bytes()
        self.lines = [0]
        for line in self.text.split(b"\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)
        self.nodes = collections.defaultdict(list)
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
        self.tree = parser.parse(self.text)
        stack = [self.tree.root_node]
        while stack:
            node = stack.pop()
            self.nodes[node.start_byte, node.end_byte].append(node)
            stack.extend(node.children)

    def offset(self, position):
        line = self.text[self.lines[position["line"] - 1]:self.lines[position["line"]]].decode()
        return self.lines[position["line"] - 1] + len(line[:position["column"] - 1].encode())

    def range(self, mutant):
        return self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])

    def find(self, span, kind):
        return next((node for node in self.nodes[span] if node.type == kind), None)


def is_constant(node):
    """Whether the code of a node runs when it is compiled."""
    while node:
        if node.type in ("const_item", "static_item", "array_type", "const_block"):
            return True
        if node.type == "function_item" and any(child.type == "function_modifiers" and b"const" in child.text.split() for child in node.children):
            return True
        node = node.parent
    return False


def site(source, mutant):
    """Where a mutant goes: (start, end, kind, text of the variant). None: there is no such place. False: known unviable."""
    start, end = source.range(mutant)
    replacement = mutant["replacement"]
    cut = lambda node: source.text[node.start_byte:node.end_byte].decode()
    match mutant["genre"]:
        case "FnValue":
            node = source.tree.root_node.descendant_for_byte_range(start, end)
            if is_constant(node):
                return None
            if "impl " in mutant["function"]["return_type"]:
                # Its type is that of the code as written, so only an empty iterator can stand for it.
                return (start, end, "filter", "") if replacement == "::std::iter::empty()" else None
            return start, start, "body", f"return {replacement}"
        case "BinaryOperator" | "UnaryOperator":
            token = next((node for node in source.nodes[start, end] if not node.is_named), None)
            node = token and token.parent
            if node is None:
                return None
            if node.type in ("let_chain", "ERROR"):
                return False
            if is_constant(node):
                return None
            text = source.text[node.start_byte:start].decode() + replacement + source.text[end:node.end_byte].decode()
            return node.start_byte, node.end_byte, "expression", text
        case "MatchArmGuard":
            node = source.tree.root_node.descendant_for_byte_range(start, end)
            if any(each.type in ("let_chain", "let_condition") for each in source.nodes[start, end]) or is_constant(node):
                return None
            return start, end, "guard", replacement
        case "MatchArm":
            node = source.find((start, end), "match_arm") or source.find((start, end + 1), "match_arm")
            if node is None or is_constant(node):
                return None
            pattern = node.child_by_field_name("pattern")
            guard = pattern.child_by_field_name("condition")
            if guard is None:
                return pattern.end_byte, pattern.end_byte, "arm", ""
            if guard.type in ("let_chain", "let_condition"):
                return None
            return guard.start_byte, guard.end_byte, "arm", ""
        case "StructField":
            node = source.tree.root_node.descendant_for_byte_range(start, start + 1)
            while node and node.type not in ("field_initializer", "shorthand_field_initializer"):
                node = node.parent
            field = node
            node = field and field.parent.parent
            if node is None or node.type != "struct_expression" or is_constant(node):
                return None
            rest = source.text[end:node.end_byte].decode().lstrip().removeprefix(",")
            return node.start_byte, node.end_byte, "expression", source.text[node.start_byte:start].decode() + rest
    raise ValueError(mutant["genre"])


ORDER = {"body": 0, "filter": 0, "arm": 1, "guard": 2, "expression": 3}


def instrument(source, sites):
    """The text of a file with its conditions: sites are (start, end, kind) -> (number, [(mutant, text)])."""
    events = []
    for (start, end, kind), (number, variants) in sites.items():
        at = f"crate::mutant::at({number})"
        marked = [f"/*<{number}.{index}*/{text}/*{number}.{index}>*/" for index, (_, text) in enumerate(variants, 1)]
        arms = [f"{index} => {text}" for index, text in enumerate(marked, 1)]
        head, tail = f"/*<{number}*/", f"/*{number}>*/"
        if kind == "body":
            before, after = f"{head}match {at} {{ 0 => {{}} {', '.join(arms)}, _ => {{}} }}{tail} ", ""
        elif kind == "filter":
            before, after = f"{head}let items = {{", f"}}; items.filter(move |_| {at} == 0){tail}"
        elif kind == "arm" and start == end:
            before, after = f" {head}if {at} == 0{tail}", ""
        elif kind == "arm":
            before, after = f"{head}{at} == 0 && (", f"){tail}"
        else:
            arms[-1] = f"_ => {marked[-1]}"
            before, after = f"{head}(match {at} {{ 0 => ", f", {', '.join(arms)} }}){tail}"
        events.append(((start, 1, -end, ORDER[kind]), before))
        if after:
            events.append(((end, 0, -start, -ORDER[kind]), after))
    pieces, last = [], 0
    for (position, *_), text in sorted(events):
        pieces += [source.text[last:position], text.encode()]
        last = position
    return b"".join([*pieces, source.text[last:]])


class Build:
    """The sources with all mutants in them, and the test programs built from them."""

    def __init__(self, modules, mutants):
        self.module = MODULES[modules[0]]
        self.mutants = mutants
        self.sources = {file: Source(file) for file in {mutant["file"] for mutant in mutants}}
        self.places = {}
        for mutant in mutants:
            place = site(self.sources[mutant["file"]], mutant)
            if place:
                self.places[mutant["name"]] = place
            else:
                mutant["outcome"] = "unviable" if place is False else "apart"

    def copy(self):
        """Makes the copy what git would commit, but for the files that `write` writes: an unchanged file needs no new build."""
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
        names = {name for name in listed if name and (ROOT / name).is_file()}
        for old in [path for path in TREE.rglob("*") if path.is_file() and str(path.relative_to(TREE)) not in names]:
            old.unlink()
        for name in names - self.sources.keys() - {self.module["root"] + "/src/lib.rs"}:
            (TREE / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, TREE / name)

    def write(self):
        """Writes the instrumented files; gives each mutant its site and variant."""
        number = 0
        for file, source in self.sources.items():
            sites = {}
            for mutant in self.mutants:
                if mutant["file"] == file and "outcome" not in mutant:
                    *key, text = self.places[mutant["name"]]
                    if tuple(key) not in sites:
                        sites[tuple(key)] = (number, [])
                        number += 1
                    sites[tuple(key)][1].append((mutant, text))
                    mutant["switch"] = [sites[tuple(key)][0], len(sites[tuple(key)][1])]
            write_changed(TREE / file, instrument(source, sites))
        root = self.module["root"] + "/src/lib.rs"
        write_changed(TREE / root, (ROOT / root).read_bytes() + SWITCH.replace("SITES", str(max(number, 1))).encode())
        return number

    def cargo(self, *arguments):
        environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET / "build"), "RUSTFLAGS": "--cap-lints allow",
                       "CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_INCREMENTAL": "1"}
        command = ["cargo", *arguments, "--locked", "--package", self.module["package"], *self.module["tests"], "--message-format", "json"]
        run = subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True)
        return run, [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    def build(self):
        """Removes what the compiler refuses until the rest compiles; returns the test programs."""
        while True:
            count = self.write()
            run, messages = self.cargo("test", "--no-run")
            if run.returncode == 0:
                say(f"{count} conditions compile")
                return [message["executable"] for message in messages
                        if message["reason"] == "compiler-artifact" and message["profile"]["test"] and message["executable"]]
            errors = [message["message"] for message in messages
                      if message["reason"] == "compiler-message" and message["message"]["level"] == "error"]
            removed = sum(self.refuse(error) for error in errors)
            say(f"{len(errors)} errors, {removed} mutants removed")
            if not removed:
                sys.exit("\n".join(error["rendered"] for error in errors) + run.stderr[-3000:])

    def refuse(self, error):
        """Removes the mutants that an error is about: one if it stands in its variant, all of a condition if it stands elsewhere."""
        spans = sorted(error["spans"], key=lambda span: not span["is_primary"])
        hits = []
        for span in spans:
            while span["expansion"]:
                span = span["expansion"]["span"]
            file = next((file for file in self.sources if file.endswith(span["file_name"])), None)
            if file is None:
                continue
            text = (TREE / file).read_bytes()
            if (error["code"] or {}).get("code") == "E0004":
                hits = deleted_arms(text, span["byte_start"])
                break
            for begin in reversed(list(re.finditer(rb"/\*<(\d+)(?:\.(\d+))?\*/", text[:span["byte_start"]]))):
                name = begin[0][3:-2]
                if text.find(b"/*" + name + b">*/", begin.end()) >= span["byte_end"]:
                    hits = [(int(begin[1]), begin[2] and int(begin[2]))]
                    break
            if hits and hits[0][1]:
                break
        refused = 0
        for mutant in self.mutants:
            if "outcome" not in mutant and any(
                    mutant["switch"][0] == number and variant in (None, mutant["switch"][1]) for number, variant in hits):
                mutant["outcome"] = "unviable" if hits[0][1] else "apart"
                mutant["error"] = error["message"]
                refused += 1
        return refused


def write_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != text:
        path.write_bytes(text)


def deleted_arms(text, scrutinee):
    """The conditions that delete an arm without a guard, of the match that begins before this place."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
    node = parser.parse(text).root_node.descendant_for_byte_range(scrutinee, scrutinee + 1)
    while node.type != "match_expression":
        node = node.parent
    arms = [arm for arm in node.child_by_field_name("body").named_children if arm.type == "match_arm"]
    heads = [text[arm.start_byte:arm.child_by_field_name("value").start_byte] for arm in arms]
    found = [re.search(rb"/\*<(\d+)\*/if crate::mutant::at\(\d+\) == 0/\*\d+>\*/", head) for head in heads]
    return [(int(each[1]), 1) for each in found if each]


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    os.setpgid(0, 0)


class Tests:
    """The tests of the programs: how long each takes and which conditions it reaches."""

    def __init__(self, module, programs, longest, patience):
        self.folder = TREE / module["root"]
        self.tests = []
        for program in programs:
            output = subprocess.run([program, "--list", "--format", "terse"], cwd=self.folder, capture_output=True, text=True, check=True).stdout
            for line in output.splitlines():
                name = line.removesuffix(": test")
                if name != line and re.search(module["select"], name):
                    self.tests.append((program, name))
        self.seconds, self.reached, self.longest = {}, collections.defaultdict(list), longest
        # A long test that is used must pass without a mutant as well, and to its end.
        self.most = 3600 if patience else longest

    def run(self, tests, seconds, **environment):
        """Whether the tests of one program pass: True, False, or None if they take too long. Names the first that fails."""
        program = tests[0][0]
        child = subprocess.Popen(
            [program, "--exact", "--test-threads", "1", *(name for _, name in tests)], cwd=self.folder, preexec_fn=limits,
            env={**os.environ, "CARGO_MANIFEST_DIR": str(self.folder), "INSTA_UPDATE": "no", "INSTA_WORKSPACE_ROOT": str(TREE),
                 "RUST_BACKTRACE": "0", **environment},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
        try:
            output, _ = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, 9)
            child.communicate()
            return None, ""
        failed = re.search(r"^test (\S+).* \.\.\. FAILED", output, re.M)
        return child.returncode == 0, failed[1] if failed else "an early end"

    def trace(self, again):
        """Runs each test once and keeps what that shows in a file; `again` takes it from the file of the last run."""
        file = TARGET / "traces.json"
        if again and file.exists():
            traces = json.loads(file.read_text())
        else:
            with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
                traces = dict(zip((name for _, name in self.tests), pool.map(self.trace_one, self.tests)))
            file.write_text(json.dumps(traces))
        for test in self.tests:
            passed, seconds, sites = traces[test[1]]
            if passed is False:
                sys.exit(f"{test[1]} fails without a mutant")
            self.seconds[test] = seconds
            for site in sites:
                self.reached[site].append(test)
            if passed is None:
                say(f"not run, takes over {self.most} s: {test[1]}")
        for tests in self.reached.values():
            tests.sort(key=self.seconds.get)

    def trace_one(self, test):
        trace = TARGET / f"trace-{os.getpid()}-{hash(test):x}"
        began = time.monotonic()
        passed, _ = self.run([test], self.most, MUTANT_TRACE=str(trace))
        seconds = time.monotonic() - began
        sites = [int(line) for line in trace.read_text().splitlines()] if trace.exists() else []
        trace.unlink(missing_ok=True)
        return passed, seconds, sites

    def batches(self, tests):
        """Tests of one program at a time, the shortest first, twice as long each time."""
        batch, length, wanted = [], 0.0, 0.5
        for test in tests:
            if batch and (batch[0][0] != test[0] or length + self.seconds[test] > wanted):
                yield batch, length
                batch, length, wanted = [], 0.0, min(wanted * 2, 60)
            batch.append(test)
            length += self.seconds[test]
        if batch:
            yield batch, length

    def judge(self, mutant, shortest, longest):
        """What the tests say of a mutant that take between so many seconds."""
        number, variant = mutant["switch"]
        reaching = self.reached.get(number, [])
        if not reaching:
            return "missed", "no test reaches it"
        for batch, length in self.batches([test for test in reaching if shortest <= self.seconds[test] < longest]):
            passed, name = self.run(batch, 15 + 6 * length, MUTANT=f"{number}:{variant}")
            if passed is None:
                return "timeout", batch[0][1]
            if not passed:
                return "caught", name
        return "missed", f"{len(reaching)} tests reach it"

    def judge_long(self, mutant, patience):
        """What the tests say that take longer than the longest: one that has not failed after so many seconds is no catch."""
        number, variant = mutant["switch"]
        for test in self.reached[number]:
            if self.seconds[test] >= self.longest:
                passed, name = self.run([test], patience, MUTANT=f"{number}:{variant}")
                if passed is False:
                    return "caught", name
        return mutant["outcome"], mutant["by"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+", choices=[*MODULES, "core"])
    parser.add_argument("--longest", type=float, default=15, help="what takes longer is a long test [seconds, default: 15]")
    parser.add_argument("--patience", type=float, default=0, help="how long each long test may take to fail [seconds, default: 0, none is run]")
    parser.add_argument("--again", help="judge only the mutants that this file lists, a name a line")
    parser.add_argument("--traced", action="store_true", help="the sources are those of the last run: take what tests reach from it")
    options = parser.parse_args()
    names = [name for each in options.modules for name in (["facts", "script", "plan", "evaluate", "sql"] if each == "core" else [each])]
    if len({MODULES[name]["package"] for name in names}) > 1:
        parser.error("modules of core and of the service are built apart: judge them in two runs")
    TARGET.mkdir(parents=True, exist_ok=True)
    mutants = listed(names)
    say(f"{len(mutants)} mutants")
    build = Build(names, mutants)
    build.copy()
    programs = build.build()
    tests = Tests(build.module, programs, options.longest, options.patience)
    say(f"{len(tests.tests)} tests")
    tests.trace(options.traced)
    say(f"all pass, {sum(tests.seconds.values()):.0f} s in all; {len(tests.reached)} conditions reached")
    left = [mutant for mutant in mutants if "outcome" not in mutant]
    if options.again:
        place = lambda name: re.sub(r":\d+:\d+:", ":", name.split("\t")[0].strip())
        wanted = {place(line) for line in pathlib.Path(options.again).read_text().splitlines()}
        left = [mutant for mutant in left if place(mutant["name"]) in wanted]
    for shortest, longest in itertools.pairwise([0, 1, 4, options.longest]):
        say(f"{len(left)} mutants, tests of {shortest} to {longest} s")
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for count, (mutant, found) in enumerate(zip(left, pool.map(lambda mutant: tests.judge(mutant, shortest, longest), left)), 1):
                mutant["outcome"], mutant["by"] = found
                if count % 100 == 0:
                    say(f"{count} of {len(left)}: {dict(collections.Counter(mutant.get('outcome') for mutant in left[:count]))}")
        left = [mutant for mutant in left if mutant["outcome"] == "missed" and mutant["by"] != "no test reaches it"]
        report(names, mutants)
    if options.patience:
        say(f"{len(left)} mutants, tests of over {options.longest} s")
        with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
            for mutant, found in zip(left, pool.map(lambda mutant: tests.judge_long(mutant, options.patience), left)):
                mutant["outcome"], mutant["by"] = found
        report(names, mutants)


def report(names, mutants):
    for outcome in ("caught", "missed", "timeout", "unviable", "apart"):
        lines = [f"{mutant['name']}\t{mutant.get('by', mutant.get('error', ''))}\n" for mutant in mutants if mutant.get("outcome") == outcome]
        (TARGET / f"{outcome}.txt").write_text("".join(lines))
    for name in names:
        count = collections.Counter(mutant.get("outcome") for mutant in mutants if mutant["module"] == name)
        judged = count["caught"] + count["timeout"] + count["missed"]
        print(f"{name}: {count['caught']} caught, {count['timeout']} timed out, {count['missed']} missed, {count['unviable']} unviable, "
              f"{count['apart']} apart: {100 * (judged - count['missed']) / max(judged, 1):.1f} %")


if __name__ == "__main__":
    main()
