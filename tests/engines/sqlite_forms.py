"""Tests values that only SQLite stores: any value in any column. The query parses each, or reads it as not known, and
the query for faults lists it; none stops a query.

    sqlite_forms.py FOLDER     (the output of `firms cases`)
"""

import sqlite3
import sys
from pathlib import Path

folder = Path(sys.argv[1])
query = (folder / "query.sqlite.sql").read_text()
faults = (folder / "faults.sqlite.sql").read_text()
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
    ("cs", "5", "cs-21", None),
    ("cs", 5, "cs-21", None),
    ("cs", b"\x00\xff", "cs-21", None),
    ("cs", '"JP"', "cs-21", None),
    ("cs", "JP;KR", "cs-21", None),
    ("cs", '["JP"', "cs-21", None),
    ("cs", '["JP",]', "cs-21", None),
    ("cs", '["JP",null]', "cs-21", None),
    ("cs", '["JP",true]', "cs-21", None),
    ("cs", '["JP",1]', "cs-21", None),
    ("cs", '[["JP"]]', "cs-21", None),
    ("cs", '["\\u65e5\\u672c"]', "cs-21", None),
    ("cs", '["\\u004aP"]', "cs-21", 1),
    ("cs", '["\\u006a\\u0070"]', "cs-21", 1),
    ("cs", '["DE", "kr"]', "cs-21", 1),
    ("cs", '["DE"]', "cs-21", 0),
    ("hs", '["8703.80"]', "hs-24", 1),
    ("hs", '["\\u0038703.80"]', "hs-24", 1),
    ("hs", '["8703.80", 870380]', "hs-24", None),
    ("ws", '["\\u0069t\'s"]', "ws-18", 1),
    ("ws", '["it\'s", null]', "ws-18", None),
    ("ws", "it's", "ws-18", None),
    ("w", 5, "w-9", None),
    ("w", b"it's", "w-9", None),
    ("home", 370202, "home-13", 1),
    ("home", "深圳", "home-13", None),
    ("trade", 5191, "trade-16", 1),
    ("code", 123, "code-17", None),
    ("d", "1.2.3", "d-3", None),
    ("d", "1-2", "d-3", None),
    ("n", "1-2", "n-0", None),
    ("n", "unknown", "n-0", None),
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
    listed = {(row[0], row[1]) for row in connection.execute(faults)}
    for number, (fact, value, support, wanted) in enumerate(FORMS):
        fails = wanted is None and value not in ("", "unknown")
        if ((number, fact) in listed) != fails:
            wrong.append(f"{kind or 'untyped'} {fact} = {value!r}: {'not ' * fails}listed as a fault")
        if rows[number][support] != wanted:
            wrong.append(f"{kind or 'untyped'} {fact} = {value!r}: {rows[number][support]}, not {wanted}")
if wrong:
    sys.exit("\n".join(wrong))
print(f"sqlite: {len(FORMS)} forms in untyped and in text columns are read correctly")
