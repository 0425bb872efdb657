"""Tests values that only SQLite stores: any value in any column. The query parses each, or reads it as not known.

    sqlite_forms.py FOLDER     (the output of `firms cases`)
"""

import sqlite3
import sys
from pathlib import Path

folder = Path(sys.argv[1])
query = (folder / "query.sqlite.sql").read_text()
# Fact, value, support, expected status. The supports are those of small_book.rs: `a` is yes, `n` is at least 10, `d` is
# at least 2000, more than 2000, exactly 2000.
FORMS = [
    ("a", "true", "not", 0),
    ("a", "false", "not", 1),
    ("a", "", "not", None),
    ("a", "yes", "not", None),
    ("a", 2, "not", None),
    ("n", "", "n-0", None),
    ("n", "1,200", "n-0", None),
    ("n", "12 people", "n-0", None),
    ("n", "abc", "n-0", None),
    ("n", "12", "n-0", 1),
    ("n", "9", "n-0", 0),
    ("n", 12.5, "n-0", None),
    ("d", "", "d-3", None),
    ("d", "2,500", "d-3", None),
    ("d", "2.5e3", "d-3", None),
    ("d", "2500 万", "d-3", None),
    ("d", 2500, "d-3", 1),
    ("d", 2500.5, "d-3", 1),
    ("d", 1999.5, "d-3", 0),
    ("d", 2000.5, "d-4", 1),
    ("d", 2000.0, "d-5", 1),
    ("d", 2000, "d-5", 1),
    ("d", ".5", "d-3", 0),
    ("cs", "", "cs-21", None),
    ("cs", "JP", "cs-21", None),
    ("cs", "{}", "cs-21", None),
    ("cs", "null", "cs-21", None),
    ("cs", '["JP"]', "cs-21", 1),
    ("cs", " [ ] ", "cs-22", 1),
]
names = ["a", "b", "n", "d", "w", "o", "home", "goal", "trade", "code", "ws", "cs", "hs"]
names += ["yes", "which", "size", "some", "lands"]
wrong = []
# A column without a type, and a text column as an import creates it.
for kind in ["", "TEXT"]:
    connection = sqlite3.connect(":memory:")
    columns = ", ".join(f'"{name}" {kind}' for name in names)
    connection.execute(f'CREATE TABLE "firms" (id INTEGER, {columns})')
    for number, (fact, value, _, _) in enumerate(FORMS):
        connection.execute(f'INSERT INTO "firms" (id, "{fact}") VALUES (?, ?)', (number, value))
    cursor = connection.execute(query)
    header = [column[0] for column in cursor.description]
    rows = {row[0]: dict(zip(header, row)) for row in cursor}
    for number, (fact, value, support, wanted) in enumerate(FORMS):
        if rows[number][support] != wanted:
            wrong.append(f"{kind or 'untyped'} {fact} = {value!r}: {rows[number][support]}, not {wanted}")
if wrong:
    sys.exit("\n".join(wrong))
print(f"sqlite: {len(FORMS)} forms in untyped and in text columns are read correctly")
