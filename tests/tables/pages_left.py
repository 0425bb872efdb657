#!/usr/bin/env python3
"""How many pages of the form are still to come: walks a running service as made-up firms, and prints the table.

    export-advisor serve --bind 127.0.0.1:8091 --data DIR &
    tests/tables/pages_left.py http://127.0.0.1:8091 > src/server/pages/pages-left.tsv

The firms are those of rules/population.toml. A firm answers what it is asked, says of one question in ten that it does
not know, and leaves one in ten blank. The same program and seed print the same table.
"""

import random
import re
import sys
import tomllib
import urllib.parse
import urllib.request
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path

FIRMS = 400
SEED = 20261129
# From how many open questions a line of a page with one question counts.
BUCKETS = [0, 2, 4, 7]
NOT_KNOWN = BLANK = 0.1
# What follow-up questions are answered with that the population does not have.
YES = 0.4
INDUSTRIES = ["F5191", "F5292", "C1811", "C2110", "C3670", "F5137", "I6513", "C1495", "A0111", "G5920", "H6110", "E4710"]
ROOT = Path(__file__).resolve().parents[2]


class Form(HTMLParser):
    """The controls of a page: name -> type and values; and the hidden fields."""

    def __init__(self, page):
        super().__init__()
        self.hidden, self.controls = {}, defaultdict(lambda: ["", []])
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        at = dict(attributes)
        if tag != "input" or "name" not in at:
            return
        if at["type"] == "hidden":
            self.hidden[at["name"]] = at.get("value", "")
        else:
            control = self.controls[at["name"]]
            control[0] = at["type"]
            control[1].append(at.get("value", ""))


def sampled(population, dice):
    """A made-up firm: fact -> value."""
    firm = {"industry": dice.choice(INDUSTRIES), "employees": str(int(10 ** dice.uniform(0.3, 3))), "revenue_wan": str(int(10 ** dice.uniform(1, 5)))}
    for fact in population["fact"]:
        name, needed = fact["name"], fact.get("only_if")
        if needed and firm.get(needed) != "true":
            firm[name] = "false" if "yes" in fact else "none"
        elif "yes" in fact:
            firm[name] = "true" if dice.random() < fact["yes"] else "false"
        else:
            values, weights = zip(*fact["shares"].items())
            firm[name] = dice.choices(values, weights)[0] if sum(weights) else "none"
    return firm


def answers(form, firm, dice):
    """What the firm sends: pairs, and the button."""
    pairs, given = [], 0
    ticks = form.controls.get("tick", ["", []])[1]
    if ticks:
        is_so = [tick for tick in ticks if tick != "@none" and (firm.get(tick.split("=")[0]) == "true" or firm.get(tick.split("=")[0]) == tick.split("=")[-1])]
        pairs += [("tick", tick) for tick in is_so or ["@none"]]
        given += 1
    for name, (kind, values) in form.controls.items():
        if name in ("tick", "unsure", "name", "uscc") or re.search(r"-(none|unsure|range|chosen|pick)$", name):
            continue
        luck = dice.random()
        if luck < BLANK:
            continue
        value = firm.get(name)
        if luck < BLANK + NOT_KNOWN:
            if kind == "radio":
                pairs.append((name, "unknown"))
            elif f"{name}-unsure" in form.controls:
                pairs.append((f"{name}-unsure", "1"))
            else:
                continue
        elif kind == "radio":
            plain = "true" if dice.random() < YES else "false"
            pairs.append((name, value if value in values else plain if plain in values else dice.choice(values)))
        elif value in (None, "none"):
            if f"{name}-none" not in form.controls:
                continue
            pairs.append((f"{name}-none", "1"))
        else:
            pairs.append((name, value))
        given += 1
    return pairs, "next" if given else "skip"


def walk(address, firm, dice):
    """The pages that the firm saw, each with the number of open questions."""
    seen = []
    with urllib.request.urlopen(f"{address}/embed?lang=zh") as reply:
        page = reply.read().decode()
    while True:
        form = Form(page)
        here = form.hidden["page"]
        if here == "@result":
            return seen
        seen.append((here, int(re.search(r'data-questions="(\d+)"', page)[1])))
        pairs, button = answers(form, firm, dice)
        body = urllib.parse.urlencode([*form.hidden.items(), *pairs, ("do", button)]).encode()
        with urllib.request.urlopen(f"{address}/form?lang=zh", body) as reply:
            page = reply.read().decode()
        if len(seen) > 80:
            raise SystemExit(f"no end: {seen}")


def quantile(numbers, share):
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))]


def main():
    population = tomllib.loads((ROOT / "rules/population.toml").read_text(encoding="utf-8"))
    dice = random.Random(SEED)
    left = defaultdict(list)
    for _ in range(FIRMS):
        seen = walk(sys.argv[1], sampled(population, dice), dice)
        left["@start", 0].append(len(seen))
        for at, (page, questions) in enumerate(seen):
            rest = len(seen) - at - 1
            if page.startswith("@"):
                left[page, 0].append(rest)
            else:
                left["@single", max(bucket for bucket in BUCKETS if bucket <= questions)].append(rest)
    print(f"# source: tests/tables/pages_left.py, {FIRMS} firms of rules/population.toml, seed {SEED}")
    print("# note: how many pages come after a page and before the result: half of the firms see no more than `usual`, nine in ten no more than `most`.")
    print("# note: a line counts from so many open questions on; @single is a page with one question, @start the whole form.")
    print("page\tquestions\tusual\tmost")
    order = ["@start", "@basics", "@size", "@activities", "@needs", "@single"]
    for page, questions in sorted(left, key=lambda key: (order.index(key[0]), key[1])):
        numbers = left[page, questions]
        print(f"{page}\t{questions}\t{quantile(numbers, 0.5)}\t{quantile(numbers, 0.9)}")


main()
