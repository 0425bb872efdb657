"""Five HTTP clients post 100,000 firms as CSV and as NDJSON, and must get 100,000 answers and the summary.

    run.py URL KEY FOLDER PYTHON

FOLDER has Lists.class and Lists.exe, compiled from this folder.
"""

import csv
import json
import pathlib
import subprocess
import sys

ROWS = 100_000
url, key, folder, python = sys.argv[1:]
url, folder = url + "/api/v1/screenings?as_of=2026-11-25&lang=en", pathlib.Path(folder)
here = pathlib.Path(__file__).parent


def write_lists():
    with open(folder / "list.csv", "w", encoding="utf-8") as out:
        out.write("name,exports_goods,employees\n")
        out.writelines(f"firm {n},{n % 2},{n % 500}\n" for n in range(ROWS))
    with open(folder / "list.ndjson", "w", encoding="utf-8") as out:
        for n in range(ROWS):
            firm = {"name": f"firm {n}", "exports_goods": n % 2 == 1, "employees": n % 500}
            out.write(json.dumps(firm) + "\n")


def firms(answer):
    """The names in the answer in order, and the rows that the summary counts."""
    with open(answer, encoding="utf-8", newline="") as lines:
        if answer.suffix == ".csv":
            rows = list(csv.reader(lines))
            counts = dict(count.split("=") for count in rows[-1][1].split(";"))
            return [row[0] for row in rows[1:-1]], int(counts["rows"]), rows[-1][0] == "#summary"
        rows = [json.loads(line) for line in lines]
        return [row["name"] for row in rows[:-1]], rows[-1]["summary"]["rows"], True


def check(answer):
    names, counted, is_whole = firms(answer)
    wrong = next((n for n, name in enumerate(names) if name != f"firm {n}"), None)
    if not is_whole or counted != ROWS or len(names) != ROWS or wrong is not None:
        return f"{len(names)} firms, {counted} counted, the first that differs: {wrong}"
    return None


write_lists()
clients = {name: [python, str(here / "clients.py"), name] for name in ("requests", "httpx", "aiohttp")}
clients["java"] = ["java", "-cp", str(folder), "Lists"]
clients["dotnet"] = ["mono", str(folder / "Lists.exe")]
for name, command in clients.items():
    for form in ("csv", "ndjson"):
        answer = folder / f"answer.{form}"
        answer.unlink(missing_ok=True)
        ran = subprocess.run(
            [*command, url, key, str(folder / f"list.{form}"), str(answer)],
            capture_output=True, text=True, timeout=300,
        )
        if ran.returncode != 0:
            sys.exit(f"{name}, {form}: {ran.stdout}{ran.stderr}")
        if fault := check(answer):
            sys.exit(f"{name}, {form}: {fault}")
        # The check notices an answer that breaks off.
        lines = answer.read_bytes().splitlines(keepends=True)
        answer.write_bytes(b"".join(lines[: ROWS // 2] + lines[-1:]))
        if not check(answer):
            sys.exit(f"{name}, {form}: an answer of half of the rows passed")
        print(f"{name} posted {ROWS:,} firms as {form} and got as many answers")
