"""The four engines behind one interface: create the printed table, fill it, run a query.

Each engine class has `load(ddl, types, rows)` and `run(query) -> (names, rows)`. A row is a
dict of cells: bool, text (numbers too, so that no digit is lost), list, or None.
"""

import contextlib
import json
import os
import re
import sqlite3
import tempfile


def without_checks(ddl):
    """The table without its CHECK constraints, like a bank's own table."""
    kept, depth = [], 0
    for line in ddl.split("\n"):
        begins = depth == 0 and line.strip().startswith("CHECK (")
        if begins or depth > 0:
            text = re.sub(r"'(?:[^']|'')*'", "", line)
            depth += text.count("(") - text.count(")")
            if depth == 0 and line.rstrip().endswith(","):
                kept[-1] += ","
        else:
            kept.append(line)
    return "\n".join(kept)


class Sqlite:
    name = "sqlite"

    def __init__(self):
        self.connection = sqlite3.connect(":memory:")
        self.version = sqlite3.sqlite_version

    def load(self, ddl, types, rows):
        self.connection.execute('DROP TABLE IF EXISTS "firms"')
        self.connection.executescript(ddl)
        names = ["id", *types]
        placeholders = ", ".join("?" * len(names))
        columns = ", ".join(f'"{name}"' for name in names)
        self.connection.executemany(
            f'INSERT INTO "firms" ({columns}) VALUES ({placeholders})',
            ([self.cell(row.get(name)) for name in names] for row in rows),
        )

    @staticmethod
    def cell(value):
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value

    def run(self, query):
        cursor = self.connection.execute(query)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def close(self):
        self.connection.close()


class Postgresql:
    name = "postgresql"

    def __init__(self):
        import psycopg

        self.connection = psycopg.connect(os.environ["TEST_POSTGRES_URL"], autocommit=True)
        self.version = self.connection.execute("SHOW server_version").fetchone()[0]

    def load(self, ddl, types, rows):
        self.connection.execute('DROP TABLE IF EXISTS "firms"')
        self.connection.execute(ddl)
        names = ["id", *types]
        columns = ", ".join(f'"{name}"' for name in names)
        with self.connection.cursor() as cursor:
            with cursor.copy(f'COPY "firms" ({columns}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row([row.get(name) for name in names])

    def run(self, query):
        cursor = self.connection.execute(query)
        return [column.name for column in cursor.description], cursor.fetchall()

    def close(self):
        self.connection.close()


def as_ndjson(folder, names, rows):
    path = os.path.join(folder, "rows.ndjson")
    with open(path, "w", encoding="utf-8") as out:
        for row in rows:
            json.dump({name: row.get(name) for name in names}, out, ensure_ascii=False)
            out.write("\n")
    return path


class Duckdb:
    name = "duckdb"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect(":memory:", config={"threads": 2})
        self.version = duckdb.__version__

    def load(self, ddl, types, rows):
        self.connection.execute('DROP TABLE IF EXISTS "firms"')
        self.connection.execute(ddl)
        read = {"bool": "BOOLEAN", "list": "VARCHAR[]"}
        names = ["id", *types]
        columns = ", ".join(
            f"\"{name}\": '{read.get(types.get(name), 'VARCHAR')}'" for name in names
        )
        with tempfile.TemporaryDirectory() as folder:
            path = as_ndjson(folder, names, rows)
            into = ", ".join(f'"{name}"' for name in names)
            self.connection.execute(
                f'INSERT INTO "firms" ({into}) SELECT {into} FROM '
                f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
            )

    def run(self, query):
        cursor = self.connection.execute(query)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def run_only(self, statement):
        self.connection.execute(statement)

    def close(self):
        self.connection.close()


class Spark:
    name = "spark"

    def __init__(self):
        from pyspark.sql import SparkSession

        self.folder = tempfile.TemporaryDirectory()
        self.session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.memory", "2g")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.warehouse.dir", os.path.join(self.folder.name, "warehouse"))
            .config("spark.local.dir", self.folder.name)
            .getOrCreate()
        )
        self.session.sparkContext.setLogLevel("ERROR")
        self.version = self.session.version

    def load(self, ddl, types, rows):
        self.session.sql("DROP TABLE IF EXISTS `firms`")
        self.session.sql(ddl.rstrip().rstrip(";"))
        names = ["id", *types]
        read = {"bool": "BOOLEAN", "list": "ARRAY<STRING>"}
        schema = ", ".join(f"`{name}` {read.get(types.get(name), 'STRING')}" for name in names)
        cast = {"integer": "BIGINT", "decimal": "DECIMAL(38,27)"}
        path = as_ndjson(self.folder.name, names, rows)
        self.session.read.schema(schema).json(path).createOrReplaceTempView("cells")
        columns = ", ".join(
            f"CAST(`{name}` AS {cast[types[name]]})" if types.get(name) in cast else f"`{name}`"
            for name in names
        )
        self.session.sql(f"INSERT INTO `firms` SELECT {columns} FROM cells")

    def run_only(self, statement):
        self.session.sql(statement)

    def run(self, query):
        frame = self.session.sql(query)
        return frame.columns, [tuple(row) for row in frame.collect()]

    def close(self):
        with contextlib.suppress(Exception):
            self.session.sql("DROP TABLE IF EXISTS `firms`")
        self.session.stop()
        self.folder.cleanup()


ENGINES = {engine.name: engine for engine in [Sqlite, Duckdb, Postgresql, Spark]}
