"""Runs the blocks of docs/warehouse.md on an engine and compares the result with the page's table.

    page.py ENGINE DDL QUERY WORK_FOLDER

The script creates the table, runs the block marked with the engine's name (for PostgreSQL and SQLite with their own
command-line programs, since a block may use their commands), creates `screened` from the query, and checks that the
block marked `result` returns the page's table.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from engines import ENGINES

engine_name, ddl, query, folder = sys.argv[1:]
ddl, query = Path(ddl).read_text(), Path(query).read_text()
page = (Path(__file__).parent.parent.parent / "docs" / "warehouse.md").read_text()


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.M | re.S)


def statements(text):
    return [part for part in re.split(r";\n", text) if part.strip()]


def table():
    """The page's table of results, as the engine should return it."""
    lines = [line for line in page.split("\n") if line.startswith("| ")]
    start = next(i for i, line in enumerate(lines) if line.startswith("| id | size |"))
    values = {"NULL": None, "true": True, "false": False}
    rows = []
    for line in lines[start + 2 :]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or not cells[0].isdigit():
            break
        rows.append(tuple(values.get(cell, cell) for cell in cells))
    return rows


os.chdir(folder)
Path("firms.csv").write_text(blocks("csv")[0])
loads = blocks(f"sql {engine_name}")
result = blocks("sql result")[0]
assert loads and len(table()) == 4
if engine_name == "spark":
    result = result.replace('"', "`")
create = "CREATE TABLE screened AS\n" + query

if engine_name == "postgresql":
    psql = ["psql", "-q", "-v", "ON_ERROR_STOP=1", os.environ["TEST_POSTGRES_URL"]]
    for text in ["DROP TABLE IF EXISTS firms, screened;", ddl, *loads, create]:
        subprocess.run(psql, input=text, text=True, check=True)
    engine = ENGINES[engine_name]()
    rows = engine.run(result)[1]
elif engine_name == "sqlite":
    Path("firms.db").unlink(missing_ok=True)
    for text in [ddl, *loads, create + ";"]:
        subprocess.run(["sqlite3", "-bail", "firms.db"], input=text, text=True, check=True)
    import sqlite3

    rows = sqlite3.connect("firms.db").execute(result).fetchall()
    engine = None
else:
    engine = ENGINES[engine_name]()
    for text in [ddl, *loads]:
        for statement in statements(text):
            engine.run_only(statement)
    engine.run_only(create)
    rows = engine.run(result.rstrip().rstrip(";"))[1]
if engine is not None:
    engine.close()
rows = [tuple(row) for row in rows]
if rows != table():
    sys.exit(f"docs/warehouse.md, {engine_name}: {rows}, not {table()}")
print(f"docs/warehouse.md: the blocks for {engine_name} give the table of the page")
