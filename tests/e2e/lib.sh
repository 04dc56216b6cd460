# Sourced by every end-to-end test. HOUSE is a folder of its own, removed at the end unless the test failed and KEEP=yes.
set -euo pipefail
: "${GATEHOUSE:?set GATEHOUSE to the built binary, for example build/asan/gatehouse}"
GATEHOUSE=$(realpath "$GATEHOUSE")
HOUSE=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-e2e.XXXXXX")
. "$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/lib/house.sh"
config=$HOUSE/site/gatehouse.json
checks=0

finish() {
  local code=$?
  trap - EXIT
  [ -z "$house_pid" ] || { kill -KILL "$house_pid" 2>/dev/null || true; wait "$house_pid" 2>/dev/null || true; }
  if [ "$code" -ne 0 ]; then
    printf '%s: failed after %s checks; the server said:\n' "$(basename "$0")" "$checks" >&2
    [ ! -r "$HOUSE/serve.log" ] || tail -n 30 "$HOUSE/serve.log" >&2
  fi
  if [ "$code" -ne 0 ] && [ "${KEEP:-no}" = yes ]; then printf 'kept: %s\n' "$HOUSE" >&2; else rm -rf "$HOUSE"; fi
  exit "$code"
}
trap finish EXIT

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
held() { checks=$((checks + 1)); printf '  held: %s\n' "$*"; }

# expect WHAT COMMAND…: the command must succeed.   refuse WHAT COMMAND…: it must fail, with exit status 1 or 2 and not by a signal or sanitizer.
expect() { local what=$1; shift; "$@" >"$HOUSE/out" 2>&1 || { cat "$HOUSE/out" >&2; fail "$what"; }; held "$what"; }
refuse() {
  local what=$1 code=0
  shift
  "$@" >"$HOUSE/out" 2>&1 || code=$?
  [ "$code" -eq 1 ] || [ "$code" -eq 2 ] || { cat "$HOUSE/out" >&2; fail "$what (exit $code)"; }
  held "$what"
}
# status_of PARTNER [options] METHOD PATH [BODY]: the HTTP status; body in HOUSE/body, headers in HOUSE/headers. Any answer is an answer.
status_of() {
  rm -f "$HOUSE/headers" "$HOUSE/body"
  ask "$1" --quiet --output "$HOUSE/body" --headers "$HOUSE/headers" "${@:2}" >"$HOUSE/ask.err" 2>&1 || true
  if grep -q 'signature on the answer is wrong\|digest is not' "$HOUSE/ask.err"; then cat "$HOUSE/ask.err" >&2; fail "an answer whose signature does not verify"; fi
  [ -r "$HOUSE/headers" ] || { cat "$HOUSE/ask.err" >&2; printf '000\n'; return; }
  sed -n '1s/HTTP[^ ]* \([0-9]*\).*/\1/p' "$HOUSE/headers"
}
status_is() { # WANT WHAT PARTNER …
  local want=$1 what=$2 got
  shift 2
  got=$(status_of "$@")
  [ "$got" = "$want" ] || { head -c 600 "$HOUSE/body" >&2 || true; fail "$what: wanted $want, got $got"; }
  held "$what ($got)"
}

nhs_of() { sed -n "/\"ref\": \"$1\"/s/.*\"nhs\", \"value\": \"\([0-9]*\)\".*/\1/p" "$HOUSE/files/people.jsonl"; }
# A request about one person: NHS FAMILY GIVEN DOB
about() {
  cat <<JSON
{"purpose": "early_help",
 "subject": {"nhs_number": "$1", "family_name": "$2", "given_name": "$3", "date_of_birth": "$4"},
 "categories": ["identity", "contact", "education"],
 "stated": {"why_necessary": "To plan support.", "intended_use": "An early help plan."},
 "worker": {"name": "Rowan Applegarth", "post": "Early help worker", "role": "worker", "contact": "01632 960150"}}
JSON
}
house_with_everything() {
  house_init >"$HOUSE/init.txt" || fail "gatehouse init"
  house_import >"$HOUSE/import.txt" || fail "the demo's imports"
  local partner
  for partner in kent-early-help medway-housing swale-youth-project; do
    partner_keys "$partner"
    partner_add "$partner" >/dev/null || fail "partner add $partner"
  done
}
