#!/usr/bin/env python3
"""Counts how many made-up firms change status between two rule books: a Markdown table, one line a support.

    tests/golden/moves.py OLD NEW [--old-rules DIR] [--new-rules DIR] [--firms N] [--seed N] [--keep FOLDER]

OLD and NEW are builds of the program. Each screens the same firms, with its built-in rules or with those in DIR (the
folder `rules` of a checkout, with `seeds` beside it). The firms are drawn from the shares in `rules/population.toml`
and a few in this script; the same seed gives the same firms. One answer in ten is missing. OLD is not asked facts that
it does not have, and gets values that it does not have in its own spelling, or as "unknown". NEW is asked the facts
that OLD does not have for half of the firms only: the other half is a client list from before.
"""

import argparse
import collections
import itertools
import json
import os
import pathlib
import random
import subprocess
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
AS_OF = "2026-11-29"
STATUSES = {"does_not_apply": "不适用", "undetermined": "待定", "applies": "适用"}
MOVES = list(itertools.permutations(STATUSES, 2))
# Shares that the reference population does not have.
MISSING = 0.1
ASKED_NEW_FACTS = 0.5
SECOND_MARKET = 0.5
SECOND_KIND_OF_CBEC = 0.3
PLANS_TO_TRADE = 0.2
TRADES = ("exports_goods", "imports_goods", "exports_services", "processing_trade", "technology_trade")
# How the second rule book spelled e-commerce; two kinds are "both".
OLD_CBEC = {(): "none", ("retail_export",): "retail", ("retail_import",): "retail", ("b2b_export",): "b2b"}


class Book:
    """A build of the program with a rule book."""

    def __init__(self, program: str, rules: str | None):
        self.program = os.path.abspath(program)
        self.rules = ["--rules", rules] if rules else []
        self.facts = json.loads(self.run("facts", "--format", "json-schema"))["properties"]
        assessment = json.loads(self.run("assess", "-", "--as-of", AS_OF, stdin=b"{}"))
        self.supports = {one["id"]: one for one in assessment["supports"]}

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = [self.program, *arguments, *self.rules]
        return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True).stdout

    def screened(self, firms: pathlib.Path):
        """The statuses of each firm of a list, in order."""
        output = firms.with_suffix(".screened.ndjson")
        self.run("screen", str(firms), "-o", str(output), "--as-of", AS_OF, "--derive", "", "--quiet")
        with output.open(encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                yield {support: row[support] for support in self.supports}

    def is_list(self, fact: str) -> bool:
        return any(form.get("type") == "array" for form in self.facts[fact]["anyOf"])

    def has_value(self, fact: str, value) -> bool:
        values = [form["enum"] for form in self.facts[fact]["anyOf"] if "enum" in form]
        return not values or isinstance(value, list) or value in values[0]


def firm(chance: random.Random, population: list[dict], book: Book) -> dict:
    """A firm that answers everything."""
    answers: dict = {}
    for fact in population:
        name = fact["name"]
        shares = {True: fact["yes"], False: 1 - fact["yes"]} if "yes" in fact else fact["shares"]
        values = list(shares)
        ruled_out = "only_if" in fact and not answers[fact["only_if"]]
        value = values[-1] if ruled_out else chance.choices(values, list(shares.values()))[0]
        if book.is_list(name):
            value = [] if value == "none" else [value]
        answers[name] = value
    if answers["markets"] and chance.random() < SECOND_MARKET:
        answers["markets"] = sorted({*answers["markets"], chance.choice(["US", "JP", "VN", "RU"])})
    if answers["cbec"] in (["retail_export"], ["b2b_export"]) and chance.random() < SECOND_KIND_OF_CBEC:
        answers["cbec"] = ["retail_export", "b2b_export"]
    if not any(answers[name] for name in TRADES):
        answers["plans_to_trade"] = bool(answers["target_markets"]) or chance.random() < PLANS_TO_TRADE
    return answers


def as_asked_by(old: Book, answers: dict) -> dict:
    """The same firm in the words of the old book."""
    answers = dict(answers)
    if "makes_vehicles" not in old.facts and "makes_vehicles" in answers:
        # The old book called it `auto_enterprise`, and told parts makers and dealers to say "don't know".
        unsure = answers.get("auto_business") and not answers["makes_vehicles"]
        answers["auto_enterprise"] = "unknown" if unsure else answers["makes_vehicles"]
    if "cbec" in answers and not old.is_list("cbec"):
        answers["cbec"] = OLD_CBEC.get(tuple(answers["cbec"]), "both")
    known = {fact: value for fact, value in answers.items() if fact in old.facts}
    return {fact: value if old.has_value(fact, value) else "unknown" for fact, value in known.items()}


def write_firms(old: Book, new: Book, count: int, seed: int, folder: pathlib.Path) -> list[pathlib.Path]:
    population = tomllib.loads((ROOT / "rules/population.toml").read_text(encoding="utf-8"))["fact"]
    chance = random.Random(seed)
    lists = [folder / "old.ndjson", folder / "new.ndjson"]
    with lists[0].open("w", encoding="utf-8") as before, lists[1].open("w", encoding="utf-8") as after:
        for _ in range(count):
            answers = firm(chance, population, new)
            answers = {fact: value for fact, value in answers.items() if chance.random() >= MISSING}
            asked = chance.random() < ASKED_NEW_FACTS
            known = {fact: value for fact, value in answers.items() if asked or fact in old.facts or fact == "makes_vehicles"}
            for file, profile in ((before, as_asked_by(old, answers)), (after, known)):
                file.write(json.dumps(profile, ensure_ascii=False) + "\n")
    return lists


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", help="a build with the old rule book")
    parser.add_argument("new", help="a build with the new one")
    parser.add_argument("--old-rules", metavar="DIR")
    parser.add_argument("--new-rules", metavar="DIR")
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="where the lists stay")
    given = parser.parse_args()
    old, new = Book(given.old, given.old_rules), Book(given.new, given.new_rules)
    counts: dict[str, collections.Counter] = {support: collections.Counter() for support in new.supports}
    movers = 0
    with tempfile.TemporaryDirectory() as work:
        folder = given.keep or pathlib.Path(work)
        folder.mkdir(parents=True, exist_ok=True)
        lists = write_firms(old, new, given.firms, given.seed, folder)
        for was, now in zip(old.screened(lists[0]), new.screened(lists[1]), strict=True):
            movers += any(was.get(support, status) != status for support, status in now.items())
            for support, status in now.items():
                counts[support][was.get(support), status] += 1

    def row(*cells: object) -> None:
        print("|", *itertools.chain.from_iterable((f"{cell:,}" if isinstance(cell, int) else cell, "|") for cell in cells))

    def named(support: str) -> tuple[str, str]:
        sentences = dict.fromkeys(one["sentence"] for one in new.supports[support]["citations"])
        return "、".join(sentences), f"{new.supports[support]['title']['zh']} `{support}`"

    moved = {support: sum(count[move] for move in MOVES) for support, count in counts.items()}
    row("句", "支持事项", "变动", *(f"{STATUSES[a]}→{STATUSES[b]}" for a, b in MOVES))
    row("---", "---", *["---:"] * (1 + len(MOVES)))
    for support in sorted((one for one in moved if moved[one]), key=lambda one: -moved[one]):
        row(*named(support), moved[support], *(counts[support][move] or "" for move in MOVES))
    row("", "合计 all", sum(moved.values()), *(sum(count[move] for count in counts.values()) for move in MOVES))
    print()
    row("句", "新增的支持事项 new", *STATUSES.values())
    row("---", "---", *["---:"] * len(STATUSES))
    for support in (one for one in new.supports if one not in old.supports):
        row(*named(support), *(counts[support][None, status] for status in STATUSES))
    still = [support for support in counts if support in old.supports and not moved[support]]
    print(f"\n没有变动 unmoved: {'、'.join(f'`{support}`' for support in still)}")
    print(f"去掉的 removed: {'、'.join(sorted(old.supports.keys() - new.supports.keys())) or '—'}")
    print(f"至少一项有变动的企业 firms that move: {movers:,} / {given.firms:,}")


if __name__ == "__main__":
    main()
