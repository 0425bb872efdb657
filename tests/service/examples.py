"""Runs the examples of docs/api.md against a live service: curl, Python and Java; `run` compiles and runs the
TypeScript example. Requests under “Errors” must fail, all others must succeed."""

import pathlib
import re
import subprocess
import sys

page, url, folder = sys.argv[1:]
folder = pathlib.Path(folder)
secret, count = "", 0
for part in re.split(r"^(?=## )", pathlib.Path(page).read_text("utf-8"), flags=re.M):
    heading = part.splitlines()[0]
    for language, code in re.findall(r"^```(sh|python|java)\n(.*?)^```", part, flags=re.M | re.S):
        code = code.replace("http://127.0.0.1:8080", url).replace('"SECRET"', f'"{secret}"')
        if language == "python":
            command, text = [sys.executable, "-"], code
        elif language == "java":
            (folder / "Assess.java").write_text(code)
            command, text = ["java", str(folder / "Assess.java")], ""
        elif "curl" in code and "clients.csv" not in code and "november.csv" not in code:
            # curl fails if the status is not a success.
            command, text = ["bash", "-euo", "pipefail"], code.replace("curl ", "curl --fail-with-body ")
        else:
            continue
        ran = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
        refused = ran.returncode != 0
        if refused != ("Errors" in heading):
            sys.exit(f"{heading}: {code}\n{ran.stdout}{ran.stderr}")
        # The next examples open and delete the share that an example creates.
        found = re.search(r'"secret": ?"([^"]+)"', ran.stdout)
        secret = found[1] if found else secret
        count += 1
if count < 15:
    sys.exit(f"only {count} examples were found")
print(f"{count} examples of the documentation behave as documented")
