#!/usr/bin/env bash
# Compares the assess endpoint with a bare JSON endpoint of equal size: one worker each, 16 connections, in turn, ROUNDS
# rounds; prints requests per second and p99, their medians and the ratios. `missing` is the answer without texts:
# statuses, missing facts, questions. `guarded` is the same endpoint as on a public address: with a key, a limit, the
# audit, the store and a log. `two` has two workers; one client thread cannot saturate them, so `two-both` uses two.
# First it measures the time from the start of a process to its first answer.
# Needs wrk (Debian package "wrk"). All servers listen on loopback and are stopped at the end.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-4}
work=$(mktemp -d)
touch "$work/pids"
cleanup() { while read -r p; do kill "$p" 2>/dev/null || true; done <"$work/pids"; rm -rf "$work"; }
trap cleanup EXIT

cargo build --release --quiet --bin export-advisor
cargo build --release --quiet --example bare_json
target/release/export-advisor assess benches/firm.json --as-of 2026-11-25 | head -c -1 >"$work/answer.json"
printf 'the answer has %s bytes\n' "$(stat -c %s "$work/answer.json")"

start() { # name, command…: starts a server, waits for its address and prints it
  local name=$1; shift
  "$@" >"$work/$name.log" 2>&1 &
  # In a file, since this runs in a subshell.
  echo $! >>"$work/pids"
  until grep -q 'http://' "$work/$name.log" 2>/dev/null; do sleep 0.05; done
  grep -o 'http://[0-9.:]*' "$work/$name.log" | head -1
}
advisor=$(start advisor target/release/export-advisor serve --bind 127.0.0.1:0 --workers 1)
two=$(start two target/release/export-advisor serve --bind 127.0.0.1:0 --workers 2)
bare=$(start bare target/release/examples/bare_json 127.0.0.1:0 "$work/answer.json")

store=(--data "$work/data" --database "sqlite:$work/advisor.sqlite")
key=$(target/release/export-advisor keys create --name bench --scope assess --rate 100000000 "${store[@]}")
guarded=$(start guarded target/release/export-advisor serve --bind 127.0.0.1:0 --workers 1 --trusted-proxy 192.0.2.1 "${store[@]}")
until curl -sfo /dev/null -H "Authorization: Bearer $key" "$guarded/api/v1/rulebook"; do sleep 0.2; done

python3 - "$rounds" "$work/first.sqlite" <<'PY'
import http.client, statistics, subprocess, sys, time
times = []
for _ in range(int(sys.argv[1])):
    begun = time.monotonic()
    command = ["target/release/export-advisor", "serve", "--bind", "127.0.0.1:0", "--database", f"sqlite:{sys.argv[2]}", "--log", "off"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().rsplit("/", 2)[1]
        connection = http.client.HTTPConnection(address)
        connection.request("POST", "/api/v1/assessments", "{}", {"Content-Type": "application/json"})
        assert connection.getresponse().status == 200
        times.append((time.monotonic() - begun) * 1000)
        server.kill()
print(f"start to first answer: median {statistics.median(times):.0f} ms ({min(times):.0f}-{max(times):.0f})")
PY

post() { # file, key
  python3 - "$1" benches/firm.json "$2" <<'PY'
import sys
body = open(sys.argv[2], encoding="utf-8").read()
key = f'wrk.headers["Authorization"] = "Bearer {sys.argv[3]}"\n' if sys.argv[3] else ""
open(sys.argv[1], "w", encoding="utf-8").write(
    'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n' + key + "wrk.body = [==[" + body + "]==]\n")
PY
}
post "$work/assess.lua" ""
cp "$work/assess.lua" "$work/ready.lua"
cp "$work/assess.lua" "$work/missing.lua"
cp "$work/assess.lua" "$work/serialised.lua"
cp "$work/assess.lua" "$work/two.lua"
cp "$work/assess.lua" "$work/two-both.lua"
post "$work/guarded.lua" "$key"
run() { # address, name, client threads
  wrk "-t${3:-1}" -c16 -d"${seconds}s" --latency -s "$work/$2.lua" "$1" |
  awk -v n="$2" '/Requests\/sec/ {r=$2} /50%/ {p50=$2} /99%/ {p99=$2} END {printf "%s %s p50 %s p99 %s\n", n, r, p50, p99}'; }
for _ in $(seq "$rounds"); do
  run "$advisor/api/v1/assessments?as_of=2026-11-25" assess
  run "$advisor/api/v1/assessments?as_of=2026-11-25&detail=missing" missing
  run "$guarded/api/v1/assessments?as_of=2026-11-25" guarded
  run "$bare/ready" ready
  run "$bare/serialised" serialised
  run "$two/api/v1/assessments?as_of=2026-11-25" two
  run "$two/api/v1/assessments?as_of=2026-11-25" two-both 2
done | tee "$work/runs"
python3 - "$work/runs" <<'PY'
import statistics, sys
runs, late = {}, {}
for line in open(sys.argv[1]):
    name, rate, _, _, _, p99 = line.split()
    runs.setdefault(name, []).append(float(rate))
    number = float(p99.rstrip("mus"))
    late.setdefault(name, []).append(number / 1000 if p99.endswith("us") else number * (1 if p99.endswith("ms") else 1000))
median = {name: statistics.median(rates) for name, rates in runs.items()}
for name, rates in runs.items():
    print(f"{name}: median {median[name]:.0f} req/s ({min(rates):.0f}-{max(rates):.0f}), p99 {statistics.median(late[name]):.1f} ms")
print(f"assess / ready = {median['assess'] / median['ready']:.2f}")
print(f"guarded / serialised = {median['guarded'] / median['serialised']:.2f}")
print(f"assess / serialised = {median['assess'] / median['serialised']:.2f}")
PY
