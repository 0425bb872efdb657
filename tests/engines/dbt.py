"""Builds the project of examples/dbt on DuckDB and compares its result with the program's own screening.

    dbt.py PROGRAM WORK_FOLDER     (run with a Python that has dbt-duckdb)
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

program, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
project = work / "dbt"
source = Path(__file__).parent.parent.parent / "examples" / "dbt"
shutil.copytree(source, project, ignore=shutil.ignore_patterns("printed", "target", "*.duckdb"))
environment = {**os.environ, "EXPORT_ADVISOR": str(program), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
subprocess.run(["./print"], cwd=project, env=environment, check=True)
dbt = Path(sys.executable).parent / "dbt"
built = subprocess.run(
    [dbt, "--no-use-colors", "build", "--profiles-dir", "."],
    cwd=project, env=environment, capture_output=True, text=True,
)
if built.returncode != 0:
    sys.exit(built.stdout + built.stderr)

connection = duckdb.connect(str(project / "warehouse.duckdb"), read_only=True)


def rows(query):
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]


# The same firms for the program: a cell that cannot be read is a fault there too, and costs its fact only.
firms = rows("SELECT * FROM firm_facts ORDER BY client_no")
with open(work / "facts.ndjson", "w", encoding="utf-8") as out:
    for firm in firms:
        cells = {name: value for name, value in firm.items() if value is not None}
        # What a query cannot read by name, the program can.
        cells = {k: v for k, v in cells.items() if (firm["client_no"], k) not in
                 {("C005", "division"), ("C006", "markets"), ("C008", "size")}}
        out.write(json.dumps(cells, ensure_ascii=False, default=lambda n: f"{n.normalize():f}") + "\n")
subprocess.run(
    [program, "screen", work / "facts.ndjson", "-o", work / "screened.ndjson", "--excluded-by",
     "--max-faults", "9", "--quiet"],
    check=True,
)
screened = {}
for line in (work / "screened.ndjson").read_text(encoding="utf-8").splitlines():
    row = json.loads(line)
    screened[row["client_no"]] = row

compared = 0
missing = {firm["client_no"]: set() for firm in firms}
for row in rows("SELECT * FROM support_status"):
    expected = screened[row["client_no"]]
    found = (row["status"], row["excluded_by"])
    wanted = (expected[row["support"]], expected[f"{row['support']}_excluded_by"] or None)
    if found != wanted:
        sys.exit(f"{row}: {found}, not {wanted}")
    missing[row["client_no"]] |= set((row["missing"] or "").split(";")) - {""}
    compared += 1
for client, facts in missing.items():
    wanted = set(screened[client]["missing"])
    if facts != wanted:
        sys.exit(f"{client}: {facts ^ wanted} differ")
faults = {(row["client_no"], row["fact"], row["value"]) for row in rows("SELECT * FROM unreadable_cells")}
wanted = {("C005", "division", "深圳市"), ("C006", "markets", "[日本]"), ("C007", "employees", "-3"),
          ("C008", "size", "中型企业")}
if faults != wanted:
    sys.exit(f"unreadable cells: {faults}, not {wanted}")
supports = rows("SELECT * FROM supports")
calls = rows("SELECT * FROM clients_to_call")
if compared != len(firms) * len(supports) or not 0 < len(calls) < compared:
    sys.exit(f"{compared} rows of {len(firms)} firms, {len(calls)} to call")
print(f"examples/dbt: {compared} statuses as the program gives them, {len(faults)} unreadable cells, {len(calls)} rows to call")
