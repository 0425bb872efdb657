"""OpenFisca on the same rules: checks and measures once the output of `peers prepare` in FOLDER.

    openfisca.py FOLDER check|round

Every formula is a Variable, of all firms at once or of one. OpenFisca gets texts and lists as precomputed truth values
of each test, and numbers with 64 bits, since its own 32 bits would not distinguish values that the rules distinguish.
Prints lines like `peers round`: name and nanoseconds per firm.
"""

import json
import sys
import time
from pathlib import Path

import numpy
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit, period
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

# The number of firms evaluated one at a time.
ONE_BY_ONE = 200
DAY = period("2026-11-25")
CONSTANTS = {"true": numpy.True_, "false": numpy.False_}
KINDS = {"bool": bool, "int32": int, "float64": float}

folder, command = Path(sys.argv[1]), sys.argv[2]
program = json.loads((folder / "program.json").read_text())
rows, inputs = program["rows"], program["inputs"]
supports = [f"support_{at}" for at in range(program["supports"])]
columns = {name: numpy.fromfile(folder / name, dtype) for name, dtype in inputs.items()}
expected = [numpy.fromfile(folder / f"expected_{at}", "bool") for at in range(len(supports))]


def system(formulas):
    """The rules as Variables: one per input, per shared node and per support."""
    firm = build_entity("firm", "firms", "A firm", is_person=True)
    rules = TaxBenefitSystem([firm])

    def add(name, kind, **more):
        about = {"value_type": kind, "entity": firm, "definition_period": DateUnit.DAY, **more}
        return rules.add_variable(type(name, (Variable,), about))

    for name, dtype in inputs.items():
        add(name, KINDS[dtype]).dtype = numpy.dtype(dtype)
    for name, text in formulas:
        add(name, bool, formula=formula_of(compile(text, name, "eval")))
    return rules


def formula_of(code):
    parts = [part for part in code.co_names if part not in CONSTANTS]

    # With a third parameter OpenFisca would pass the legislation's parameters, which costs time.
    def formula(firm, day):
        return eval(code, CONSTANTS | {part: firm(part, day) for part in parts})

    return formula


def run(rules, count, given):
    simulation = SimulationBuilder().build_default_simulation(rules, count=count)
    for name, values in given.items():
        simulation.set_input(name, DAY, values)
    return [simulation.calculate(name, DAY) for name in supports]


def differing(found):
    return sum(int((f != e[: len(f)]).sum()) for f, e in zip(found, expected))


rules = system(program["formulas"])
if command == "check":
    wrong = differing(run(rules, rows, columns))
    assert wrong == 0, f"OpenFisca: {wrong} cells differ"
    planted = dict(program["formulas"])
    planted["support_0"] = f"~({planted['support_0']})"
    wrong = differing(run(system(planted.items()), rows, columns))
    assert wrong == rows, f"OpenFisca: a planted rule shows in {wrong} cells"
    print(f"OpenFisca: 0 of {rows * len(supports)} cells differ from two values")
    sys.exit()

singles = [{name: v[at : at + 1] for name, v in columns.items()} for at in range(ONE_BY_ONE)]
run(rules, 1, singles[0])
began = time.perf_counter()
answers = [run(rules, 1, single) for single in singles]
print(f"openfisca-one {(time.perf_counter() - began) * 1e9 / ONE_BY_ONE:.1f}")
assert differing([numpy.concatenate(cells) for cells in zip(*answers)]) == 0
run(rules, rows, columns)
began = time.perf_counter()
answers = run(rules, rows, columns)
print(f"openfisca-at-once {(time.perf_counter() - began) * 1e9 / rows:.1f}")
assert differing(answers) == 0
