# SPDX-License-Identifier: Apache-2.0
# What every script below infra/ says, and how: one line per step, when it began and how long it took.
# Source it; it defines functions only. Lines go to stdout, complaints to stderr.

# clock: seconds since the script began, as m:ss.
clock() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

say() { printf '[%s] %s\n' "$(clock)" "$*"; }

complain() { printf '[%s] %s\n' "$(clock)" "$*" >&2; }

# die TEXT...: says what is wrong and what to do, and ends with 1.
die() {
  complain "$@"
  exit 1
}

# tail_of FILE [LINES]: the end of a log, indented, to show why a step failed.
tail_of() {
  complain "the end of $1:"
  tail -n "${2:-25}" "$1" | sed 's/^/    /' >&2
}

# watch PID LOG WHAT: while PID runs, every 10 s one line with the last words of its log.
watch() {
  local pid=$1 log=$2 what=$3 waited=0
  while kill -0 "$pid" 2>/dev/null; do
    sleep 0.2
    waited=$((waited + 1))
    [ $((waited % 50)) -ne 0 ] && continue
    say "$what: $(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c1-90)"
  done
}
