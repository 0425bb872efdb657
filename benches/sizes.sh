#!/usr/bin/env bash
# Prints how large a screened list of ROWS synthetic firms is, by format and option. Sizes do not depend on the build or the
# machine; PROGRAM [default: the release build] may be an older one, for a comparison.
set -euo pipefail
cd "$(dirname "$0")/.."
rows=${ROWS:-100000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "${PROGRAM:-}" ]; then
  cargo build --release --quiet --bin export-advisor
  PROGRAM=target/release/export-advisor
fi
cargo run --quiet --example portfolio "$rows" >"$work/list.csv"
printf '%-44s %14s\n' "the list" "$(stat -c %s "$work/list.csv")"

size() { # name of the output, options…: prints its bytes, and those of the largest part of a workbook when it is unpacked
  local output=$1; shift
  "$PROGRAM" screen "$work/list.csv" -o "$work/$output" --as-of 2026-11-25 --quiet --max-faults "$rows" "$@" || return 0
  printf '%-44s %14s' "$output $*" "$(stat -c %s "$work/$output")"
  case $output in
    *.xlsx) python3 -c 'import sys, zipfile; print(f" {max(part.file_size for part in zipfile.ZipFile(sys.argv[1]).infolist()):>14}", end="")' "$work/$output" ;;
  esac
  echo
}
size out.csv
size out.csv --missing top:3 --ask-next
size out.csv --missing none --ask-next
size out.parquet
size out.parquet --missing none --ask-next
size out.xlsx
size out.xlsx --missing none --ask-next
