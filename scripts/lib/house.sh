# Shared by scripts/demo and tests/e2e: make an organisation, start it, ask it as a partner would, stop it. Source it; needs bash.
#   HOUSE      a folder of our own: HOUSE/site (the installation), HOUSE/files (import files), HOUSE/partners/ID (each partner's own keys)
#   GATEHOUSE  the binary
# `set -e` is off inside `f || …`: every function here says `|| return` itself.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export LC_ALL=C.UTF-8
house_pid='' house_log=''

# A port nobody listens on.
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then printf '%s\n' "$port"; return; fi
  done
}

# JSON on several lines, for reading.
pretty() {
  awk 'BEGIN { RS = "\001" } {
    depth = 0; text = 0; n = length($0)
    for (i = 1; i <= n; i++) {
      c = substr($0, i, 1)
      if (text) { printf "%s", c; if (c == "\\") printf "%s", substr($0, ++i, 1); else if (c == "\"") text = 0; continue }
      if (c == "\"") { text = 1; printf "%s", c }
      else if (c == "{" || c == "[") {
        close_ = substr($0, i + 1, 1)
        if (close_ == "}" || close_ == "]") { printf "%s%s", c, close_; i++ }
        else { depth++; printf "%s\n%*s", c, 2 * depth, "" }
      }
      else if (c == "}" || c == "]") { depth--; printf "\n%*s%s", 2 * depth, "", c }
      else if (c == ",") printf ",\n%*s", 2 * depth, ""
      else if (c == ":") printf ": "
      else if (c !~ /[ \t\n\r]/) printf "%s", c
    }
    printf "\n" }'
}

# The text of a top-level or unique key; enough for ids, not a JSON reader.
json_text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

# An OpenSSH public key line (Ed25519) as PEM, so that openssl can check answers with it.
ssh_key_to_pem() {
  local der
  der=$(mktemp)
  { printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; awk '{print $2}' "$1" | openssl base64 -d -A | tail -c 32; } >"$der"
  openssl pkey -pubin -inform der -in "$der" -pubout
  rm -f "$der"
}

# What a partner makes for itself: a client certificate, a signing key, an age identity.
partner_keys() { # id
  local dir=$HOUSE/partners/$1
  mkdir -p "$dir" || return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$1" -keyout "$dir/tls.key" -out "$dir/tls.pem" 2>/dev/null || return
  openssl genpkey -algorithm ed25519 -out "$dir/signing.key" 2>/dev/null || return
  openssl pkey -in "$dir/signing.key" -pubout -out "$dir/signing.pub" || return
  age-keygen -o "$dir/age.key" 2>/dev/null || return
  chmod 600 "$dir"/*.key || return
}

# What the organisation does with what the partner sent it: never a private key. Who may ask in an emergency is registered by two.
partner_add() { # id
  local dir=$HOUSE/partners/$1 two=()
  if grep -q '"emergency_registered": true' "$HOUSE/files/partners/$1.json"; then two=(--approved-by 'Imogen Farrow' --approved-by 'Delroy Whitcombe'); fi
  "$GATEHOUSE" partner add --config "$HOUSE/site/gatehouse.json" --file "$HOUSE/files/partners/$1.json" --tls-cert "$dir/tls.pem" \
    --signing-key "$dir/signing.pub" --age "$(age-keygen -y "$dir/age.key")" "${two[@]}" >"$dir/added" || return
  awk '$1 == "signing" { print $2 }' "$dir/added" >"$dir/keyid"
  cat "$dir/added"
}

house_init() { # [more options of gatehouse init]
  house_port=$(free_port)
  "$GATEHOUSE" init --dir "$HOUSE/site" --host localhost --organisation 'Marlow Bridge Family Support (fictional)' --duty-number '01632 960400' \
    --pack children-and-families --config-dir "$here/config" --approved-by 'Imogen Farrow' --approved-by 'Delroy Whitcombe' \
    --automatic early_help=unflagged --origin marlow-bridge.example.org/log --partner-port "$house_port" --console-port "$(free_port)" \
    --emergency 'Safeguarding lead=01632 960401' --emergency 'Deputy safeguarding lead=01632 960402' \
    --emergency "Children's social care (MASH), by day=01632 960410" --emergency "Children's social care, nights and weekends=01632 960411" "$@" || return
  "$here/scripts/demo-data" "$HOUSE/files" || return
  ssh_key_to_pem "$HOUSE/site/release_signing.pub" >"$HOUSE/gateway-answers.pem" || return
  printf '%s\n' "$house_port" >"$HOUSE/port"
}

house_import() {
  local config=$HOUSE/site/gatehouse.json
  "$GATEHOUSE" records import "$HOUSE/files/people.jsonl" --config "$config" || return
  "$GATEHOUSE" records import "$HOUSE/files/relations.jsonl" --config "$config" || return
  "$GATEHOUSE" records import "$HOUSE/files/items.jsonl" --config "$config" || return
  "$GATEHOUSE" records import "$HOUSE/files/findings.jsonl" --config "$config" || return
  "$GATEHOUSE" consent import "$HOUSE/files/consents.csv" --mapping "$HOUSE/files/consents.map.json" --config "$config" || return
}

# Fictional people who work there, one for each role a page is made for. HOUSE/people.txt: name, role, sign-in name, recovery codes.
house_password='harbour violet saddle'
house_people() {
  local config=$HOUSE/site/gatehouse.json role name
  : >"$HOUSE/people.txt"
  while IFS='|' read -r role name; do
    printf '{"name":"%s","sign_in":"%s@example.org","roles":["%s"],"password":"%s","training_until":"2030-01-01"}' "$name" "$role" "$role" "$house_password" |
      "$GATEHOUSE" user add --config "$config" >"$HOUSE/person.txt" || return
    printf '%-9s %-18s %s@example.org   %s\n' "$role" "$name" "$role" "$(sed -n 's/^  //p' "$HOUSE/person.txt" | head -n 3 | paste -sd ' ')" >>"$HOUSE/people.txt"
  done <<'PEOPLE'
admin|Petra Sandilands
ig_lead|Imogen Farrow
dsl|Delroy Whitcombe
manager|Maeve Okafor
worker|Wren Ashdown
PEOPLE
  rm -f "$HOUSE/person.txt"
}

# Starts the server and waits until it is ready, at most a minute. The caller's shell is its parent.
house_start() {
  house_port=$(cat "$HOUSE/port")
  house_log=$HOUSE/serve.log
  "$GATEHOUSE" serve --config "$HOUSE/site/gatehouse.json" >"$house_log" 2>&1 &
  house_pid=$!
  printf '%s\n' "$house_pid" >"$HOUSE/pid"
  local i
  for ((i = 0; i < 600; i++)); do
    if [ "$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 2 --cacert "$HOUSE/site/tls/server.pem" "https://localhost:$house_port/healthz")" = 200 ]; then
      return 0
    fi
    kill -0 "$house_pid" 2>/dev/null || break
    sleep 0.1
  done
  printf 'the server did not become ready; its last lines:\n' >&2
  tail -n 20 "$house_log" >&2
  return 1
}

# Asks it to end, and waits. Returns its exit status.
house_stop() {
  [ -n "$house_pid" ] || return 0
  local pid=$house_pid code=0
  house_pid=''
  rm -f "$HOUSE/pid"
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || code=$?
  return "$code"
}

# One signed request of a partner. Options of scripts/partner-request may come first.
ask() { # partner [options] METHOD PATH [BODY]
  local dir=$HOUSE/partners/$1 id=$1 keyid
  shift
  keyid=$(cat "$dir/keyid")
  "$here/scripts/partner-request" --url "https://localhost:$house_port" --cacert "$HOUSE/site/tls/server.pem" --cert "$dir/tls.pem" --key "$dir/tls.key" \
    --signing-key "$dir/signing.key" --keyid "$keyid" --answer-key "$HOUSE/gateway-answers.pem" "$@"
}
