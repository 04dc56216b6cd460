// Runs the rows of the bench and prints the table: see README.md beside this file. Called by scripts/bench, which builds and installs first.
// Plain CommonJS on Node 18 or later, no package.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { spawn, spawnSync } = require('node:child_process');

const ROOT = path.resolve(__dirname, '../..');
const BUILD = process.env.GATEHOUSE_BENCH_BUILD ? path.resolve(process.env.GATEHOUSE_BENCH_BUILD) : path.join(ROOT, 'build/bench');
const GATEHOUSE = path.join(BUILD, 'gatehouse'), LIMIT = path.join(BUILD, 'tests/bench/limit_beast'), DURABLE = path.join(BUILD, 'tests/bench/durable_reference');
const MEASURE = path.join(BUILD, 'tests/bench/bench_measure');
const FACTS = path.join(BUILD, 'tests/bench/bench_facts');
const RIVAL = path.join(__dirname, 'rival-node');
const AUTHORITY = 'gatehouse.example.org';
const HELP = `rows: P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P18 (all when none is named)
  --quick        two rounds of one second: shows that everything runs, measures nothing
  --rounds N     alternated rounds (5)          --seconds S   of each round (5)
  --out FILE     JSON (bench.json)              --subjects N  people in the store (1000)
  --rival shared|sharded   one database for the rival's two processes, or one each (shared)
  --keep         leave the race's folder and its servers' output in place
`;

const options = { rounds: 5, seconds: 5, out: 'bench.json', subjects: 1000, connections: 64, rival: 'shared', keep: false, quick: false };
const wanted = [];
for (let i = 2; i < process.argv.length; i++) {
  const word = process.argv[i];
  if (word === '--help') { process.stdout.write(HELP); process.exit(0); }
  else if (word === '--quick') Object.assign(options, { quick: true, rounds: 2, seconds: 1 });
  else if (word === '--keep') options.keep = true;
  else if (['--rounds', '--seconds', '--subjects', '--connections'].includes(word) && Number(process.argv[i + 1]) > 0) options[word.slice(2)] = Number(process.argv[++i]);
  else if (word === '--out' && process.argv[i + 1]) options.out = process.argv[++i];
  else if (word === '--rival' && ['shared', 'sharded'].includes(process.argv[i + 1])) options.rival = process.argv[++i];
  else if (/^P\d+$/.test(word)) wanted.push(word);
  else { process.stderr.write(`bench: \`${word}\` is not a row or an option\n${HELP}`); process.exit(2); }
}

// ---------------------------------------------------------------- helpers

class Trouble extends Error {}
const say = (text) => process.stderr.write(`bench: ${text}\n`);
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const median = (list) => { const s = [...list].sort((a, b) => a - b); return s.length % 2 ? s[s.length >> 1] : (s[s.length / 2 - 1] + s[s.length / 2]) / 2; };

function run(program, args, { may_fail: mayFail = false, ...more } = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 << 20, ...more });
  if (done.error) throw new Trouble(`${program}: ${done.error.message}`);
  if (done.status !== 0 && !mayFail) throw new Trouble(`${path.basename(program)} ${args.slice(0, 3).join(' ')}: ${done.stderr.trim().split('\n').slice(-3).join(' | ')}`);
  return done;
}
function json(program, args, more) {
  const done = run(program, args, { may_fail: true, ...more });
  const line = done.stdout.trim().split('\n').pop();
  try { return { status: done.status, value: JSON.parse(line) }; } catch {
    throw new Trouble(`${path.basename(program)} ${args.slice(0, 3).join(' ')}: ${(done.stderr || done.stdout).trim().split('\n').slice(-3).join(' | ')}`);
  }
}

const ports = new Set();
function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer().on('error', fail).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => (ports.has(port) ? freePort().then(done, fail) : (ports.add(port), done(port))));
    });
  });
}
async function listening(port, child, name, seconds = 60) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    if (child.exitCode !== null) throw new Trouble(`${name} ended at once; see ${child.output}`);
    const up = await new Promise((done) => { const s = net.connect(port, '127.0.0.1', () => { s.destroy(); done(true); }).on('error', () => done(false)); });
    if (up) return;
    await sleep(0.1);
  }
  throw new Trouble(`${name} does not listen; see ${child.output}`);
}

const children = [];
let folder;
function start(name, program, args, more = {}) {
  const output = path.join(folder, `${name}.log`);
  const fd = fs.openSync(output, 'w');
  const child = spawn(program, args, { stdio: ['ignore', fd, fd], ...more });
  fs.closeSync(fd);
  child.output = output;
  child.on('error', (error) => say(`${name}: ${error.message}`));
  children.push(child);
  return child;
}
async function stopAll() {
  for (const child of children) if (child.exitCode === null && child.pid) child.kill('SIGTERM');
  for (const end = Date.now() + 12000; Date.now() < end && children.some((c) => c.exitCode === null && c.signalCode === null);) await sleep(0.1);
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
// A process and everything below it.
function family(pid) {
  const list = [pid];
  try { for (const child of fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/)) if (child) list.push(...family(Number(child))); } catch { /* it is gone */ }
  return list;
}

// ---------------------------------------------------------------- results

const results = [], wrong = [];
let flushes = [];
function fdatasyncRate() {
  const { value } = json(DURABLE, ['raw', folder, String(options.quick ? 0.3 : 1), '700']);
  flushes.push(value.per_second);
  return value.per_second;
}
// `ratio` is made so that ratio >= target means met, for every row: ours/rival where more is better, limit/ours where less is better.
function put(id, what, ours, rival, unit, ratio, target, rounds, more = {}) {
  const round3 = (x) => (typeof x === 'number' ? Number(x.toPrecision(4)) : x);
  const row = { id, what, ours: round3(ours), rival: round3(rival), unit, ratio: round3(ratio), target, met: ratio >= target, rounds,
    fdatasync_per_s: flushes.length ? round3(median(flushes)) : null, ...more };
  results.push(row);
  flushes = [];
  say(`${id} ${what}: ours ${row.ours} ${unit}, other side ${row.rival}, ratio ${row.ratio}, target ${target}: ${row.met ? 'met' : 'NOT met'}`);
}

// ---------------------------------------------------------------- the race: servers that stay up over all rows that need them

const race = { up: new Set() };
async function installation() {
  if (race.config) return;
  const where = path.join(folder, 'ours');
  race.port = await freePort();
  say('making an installation and filling it');
  run(GATEHOUSE, initArguments(where));
  run(GATEHOUSE, ['bench', 'prepare', '--dir', where, '--port', String(race.port), '--subjects', String(options.subjects), '--authority', AUTHORITY]);
  Object.assign(race, { where, config: path.join(where, 'gatehouse.json'), material: path.join(where, 'bench'), certificate: path.join(where, 'tls/server.pem'),
    key: path.join(where, 'tls/server.key'), answerKey: path.join(where, 'release_signing.pub') });
}
function initArguments(where) {
  return ['init', '--dir', where, '--organisation', 'Sampleton Young People', '--duty-number', '01632 960100', '--host', AUTHORITY, '--origin', `${AUTHORITY}/log`,
    '--config-dir', path.join(ROOT, 'config'), '--approved-by', 'Imogen Farrow', '--approved-by', 'Delroy Whitcombe', '--automatic', 'early_help=unflagged', '--pack', process.env.GATEHOUSE_BENCH_PACK || 'children-and-families'];
}
async function ours() {
  await installation();
  if (race.ours) return race.ours;
  const child = start('ours', GATEHOUSE, ['serve', '--config', race.config]);
  await listening(race.port, child, 'gatehouse serve');
  race.ours = { port: race.port, pids: () => family(child.pid), key: race.answerKey };
  return race.ours;
}
async function rival() {
  await installation();
  if (race.rival) return race.rival;
  const [port, staticPort] = [await freePort(), await freePort()];
  const nodes = ['a', 'b'].map((name) => {
    const socket = path.join(folder, `${name}.sock`), database = path.join(folder, options.rival === 'shared' ? 'rival.db' : `rival-${name}.db`);
    return { name, socket, database };
  });
  const pair = crypto.generateKeyPairSync('ed25519'), seed = path.join(folder, 'rival.seed'), publicKey = path.join(folder, 'rival.pub');
  fs.writeFileSync(seed, pair.privateKey.export({ type: 'pkcs8', format: 'der' }).subarray(16));
  fs.writeFileSync(publicKey, pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(12).toString('base64') + '\n');
  for (const one of nodes) {   // one after the other: the first fills a shared database
    one.child = start(`rival-${one.name}`, process.execPath, [path.join(RIVAL, 'gateway.js'), one.socket, one.database, race.material, seed], { cwd: RIVAL, env: { ...process.env, NODE_ENV: 'production' } });
    for (const end = Date.now() + 60000; !fs.existsSync(`${one.socket}`); await sleep(0.1))
      if (one.child.exitCode !== null || Date.now() > end) throw new Trouble(`the rival does not start; see ${one.child.output}`);
  }
  const names = { FOLDER: folder, CERTIFICATE: race.certificate, KEY: race.key, CLIENT: path.join(race.material, 'partner.pem'), SOCKET_A: nodes[0].socket, SOCKET_B: nodes[1].socket,
    USER: process.getuid() === 0 ? 'user root;' : '', PORT: port, STATIC_PORT: staticPort, STATIC: path.join(folder, 'static'), BALANCE: options.rival === 'shared' ? '' : 'hash $http_idempotency_key;' };
  fs.mkdirSync(names.STATIC, { recursive: true });
  fs.writeFileSync(path.join(names.STATIC, 'healthz'), '.'.repeat(200));
  const config = path.join(folder, 'nginx.conf');
  fs.writeFileSync(config, fs.readFileSync(path.join(__dirname, 'nginx.conf.in'), 'utf8').replace(/@([A-Z_]+)@/g, (_all, name) => { if (!(name in names)) throw new Trouble(`nginx.conf.in: no value for ${name}`); return names[name]; }));
  const nginx = start('nginx', ['/usr/sbin/nginx', '/usr/bin/nginx'].find((p) => fs.existsSync(p)) || 'nginx', ['-p', folder, '-c', config]);
  await listening(port, nginx, 'nginx');
  race.nodes = nodes;
  race.rival = { port, pids: () => [...nodes.flatMap((n) => family(n.child.pid)), ...family(nginx.pid)], key: publicKey };
  race.nginx = { port: staticPort, pids: () => family(nginx.pid) };
  return race.rival;
}
async function limit(mutual) {
  await installation();
  const name = mutual ? 'limit-mutual' : 'limit';
  if (race[name]) return race[name];
  const port = await freePort();
  const child = start(name, LIMIT, [String(port), '2', race.certificate, race.key, ...(mutual ? [path.join(race.material, 'partner.pem')] : [])]);
  await listening(port, child, 'limit_beast');
  return (race[name] = { port, pids: () => [child.pid] });
}

function load(side, more) {
  const args = ['bench', 'serve', '--json', '--material', race.material, '--port', String(side.port), '--server-cert', race.certificate, ...(more.includes('--connections') ? [] : ['--connections', String(options.connections)]),
    '--seconds', String(options.seconds), '--warm-up', options.quick ? '0.5' : '1.5', ...side.pids().flatMap((pid) => ['--server-pid', String(pid)]), ...more];
  return json(GATEHOUSE, args).value;
}
function judge(name, round, checks) {
  const not200 = Object.entries(round.statuses).filter(([status]) => status !== '200').map(([status, n]) => `${n} × ${status}`);
  if (not200.length) wrong.push(`${name}: ${not200.join(', ')}`);
  if (round.broken) wrong.push(`${name}: ${round.broken} broken connections`);
  if (round.ran_out) wrong.push(`${name}: the signed requests ran out before the round did`);
  if (checks && round.answers_checked === 0) wrong.push(`${name}: no answer was checked`);
  for (const line of round.wrong) wrong.push(`${name}: ${line}`);
}
async function alternate(sides, measure) {
  const all = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < options.rounds; round++) {
    for (const name of Object.keys(sides)) {
      all[name].push(await measure(name, sides[name], round));
      await sleep(0.3);
    }
    fdatasyncRate();
  }
  return all;
}
const over = (list, name) => median(list.map((one) => one[name]));

// ---------------------------------------------------------------- rows

const rows = {
  async P1() {
    const sides = { rival: await rival(), ours: await ours() };
    const all = await alternate(sides, (name, side) => {
      const round = load(side, ['--answer-key', side.key, '--most', name === 'ours' ? '10000' : '4000']);
      judge(`P1 ${name}`, round, true);
      return round;
    });
    const [a, b] = [all.ours, all.rival], cpu = { ours_cpu_us: over(a, 'server_cpu_us_each'), rival_cpu_us: over(b, 'server_cpu_us_each'), load_cpu_us: over(a, 'own_cpu_us_each') };
    put('P1', 'full path, mutual TLS and signed, released by itself', over(a, 'per_second'), over(b, 'per_second'), 'requests/s', over(a, 'per_second') / over(b, 'per_second'), 3, options.rounds,
      { ...cpu, ours_p50_us: over(a, 'p50_us'), ours_p99_us: over(a, 'p99_us'), rival_p50_us: over(b, 'p50_us'), rival_p99_us: over(b, 'p99_us'), cpu_ratio: cpu.rival_cpu_us / cpu.ours_cpu_us });
    put('P1-latency', 'our 99th percentile, their median', over(a, 'p99_us'), over(b, 'p50_us'), 'µs', over(b, 'p50_us') / over(a, 'p99_us'), 1, options.rounds);
    const written = audited();
    for (const [name, rounds] of Object.entries(all)) {
      const answered = rounds.reduce((sum, one) => sum + (one.statuses[200] || 0), 0);
      if (written[name] < answered) wrong.push(`P1 ${name}: ${answered} releases answered but ${written[name]} log entries`);
    }
  },
  async P2() {
    const sides = { limit: await limit(true), ours: await ours() };
    const all = await alternate(sides, (name, side) => {
      const round = load(side, name === 'ours' ? ['--most', '8000'] : ['--most', '500', '--repeat']);
      judge(`P2 ${name}`, round, false);
      return round;
    });
    put('P2', 'full path beside a bare Beast server of 200 bytes', over(all.ours, 'per_second'), over(all.limit, 'per_second'), 'requests/s', over(all.ours, 'per_second') / over(all.limit, 'per_second'), 0.1,
      options.rounds, { ours_cpu_us: over(all.ours, 'server_cpu_us_each'), rival_cpu_us: over(all.limit, 'server_cpu_us_each') });
  },
  async P3() {
    await rival();
    const sides = { limit: await limit(false), ours: await ours(), nginx: race.nginx };
    const all = await alternate(sides, (name, side) => { const round = load(side, ['--get', '/healthz']); judge(`P3 ${name}`, round, false); return round; });
    const each = Object.fromEntries(Object.entries(all).map(([name, list]) => [name, over(list, 'per_second')]));
    const cpu = (name) => ({ ours_cpu_us: over(all.ours, 'server_cpu_us_each'), rival_cpu_us: over(all[name], 'server_cpu_us_each') });
    put('P3', '/healthz beside bare Beast', each.ours, each.limit, 'requests/s', each.ours / each.limit, 0.8, options.rounds, cpu('limit'));
    put('P3-nginx', '/healthz beside nginx with a static file', each.ours, each.nginx, 'requests/s', each.ours / each.nginx, 0.6, options.rounds, cpu('nginx'));
  },
  async P4() {
    await rival();
    const sides = { ours: await ours(), nginx: { port: race.rival.port, pids: race.nginx.pids } };   // the listener that asks for a certificate
    const all = await alternate(sides, (name, side) => load(side, ['--get', '/healthz', '--mutual', '--handshakes', '4']));
    put('P4', 'full mutual TLS handshakes beside nginx', over(all.ours, 'per_second'), over(all.nginx, 'per_second'), 'handshakes/s', over(all.ours, 'per_second') / over(all.nginx, 'per_second'), 0.6,
      options.rounds, { ours_cpu_us: over(all.ours, 'server_cpu_us_each'), rival_cpu_us: over(all.nginx, 'server_cpu_us_each') });
  },
  async P5() {
    const pack = path.join(ROOT, 'config/packs/children-and-families.json');
    const mine = [], cedar = [];
    for (let i = 0; i < options.rounds; i++) {
      mine.push(json(GATEHOUSE, ['bench', 'decide', '--json', '--pack', pack, '--seconds', String(options.quick ? 0.3 : 1)]).value);
      const other = json(process.execPath, [path.join(RIVAL, 'cedar.js'), String(options.quick ? 0.3 : 1)], { cwd: RIVAL }).value;
      if (other.ns_per_decision) cedar.push(other);
    }
    const ns = over(mine, 'evaluate_ns'), theirs = cedar.length ? over(cedar, 'ns_per_decision') : null;
    put('P5', 'decision on derived facts, one core (rival: cedar-wasm, one item a call)', ns, theirs, 'ns', 250 / ns, 1, options.rounds,
      { limit_ns: 250, cedar_over_ours: theirs && theirs / ns, facts_ns: over(mine, 'facts_ns'), decide_ns: over(mine, 'decide_ns'), cases: mine[0].cases, rules: mine[0].rules });
    // The same rules in Cedar, as far as it can say them: does it let out what the engine lets out, on the same facts?
    const packs = fs.readdirSync(path.join(ROOT, 'config/packs')).filter((name) => name.endsWith('.json')), each = options.quick ? 400 : 20000, file = path.join(folder, 'facts.ndjson');
    const inCedar = (of, rules) => {
      const out = fs.openSync(file, 'w');
      run(FACTS, [of.replace('.json', ''), String(each), '20261127'], { stdio: ['ignore', out, 'pipe'] });
      fs.closeSync(out);
      const input = fs.openSync(file, 'r');
      try {
        return json(process.execPath, [path.join(RIVAL, 'cedar-rules.js'), path.join(ROOT, 'config/packs', rules), path.join(ROOT, 'config/minimum_necessary.json')], { cwd: RIVAL, stdio: [input, 'pipe', 'pipe'] }).value;
      } finally { fs.closeSync(input); }
    };
    const asked = Object.fromEntries(packs.map((name) => [name, inCedar(name, name)]));
    const total = (what) => Object.values(asked).reduce((sum, one) => sum + one[what], 0);
    for (const [name, one] of Object.entries(asked)) if (one.agree !== one.cases || one.allowed === 0) wrong.push(`P5-cedar: ${name}: ${one.agree} of ${one.cases} agree, ${one.allowed} allowed; first: ${JSON.stringify(one.differ[0])}`);
    // and the comparison can fail
    const other = inCedar('children-and-families.json', 'west-park.json');
    if (other.agree === other.cases) wrong.push('P5-cedar: the rules of another policy agree as well');
    put('P5-cedar', 'random cases in which Cedar lets out what the engine lets out, five packs', total('agree'), total('cases'), 'cases', total('agree') / total('cases'), 1, 1,
      { rival_is: 'all of them', allowed: total('allowed'), policies: total('policies'), agree_with_another_policy: other.agree });
  },
  async P6() {
    const packs = fs.readdirSync(path.join(ROOT, 'config/packs')).filter((name) => name.endsWith('.json')), each = {};
    for (const name of packs) {
      const times = [];
      for (let i = 0; i < Math.max(3, options.quick ? 3 : options.rounds); i++) {
        const began = process.hrtime.bigint();
        run(GATEHOUSE, ['policy', 'prove', path.join(ROOT, 'config/packs', name)]);
        times.push(Number(process.hrtime.bigint() - began) / 1e6);
      }
      each[name.replace('.json', '')] = median(times);
    }
    const slowest = Math.max(...Object.values(each));
    put('P6', 'proof of a pack, all claims, a process of its own: the slowest of the five', slowest, 1000, 'ms', 1000 / slowest, 1, options.rounds, { rival_is: 'a fixed limit', each_ms: each });
  },
  async P7() {
    const pack = path.join(ROOT, 'config/packs/children-and-families.json');
    const each = json(GATEHOUSE, ['bench', 'decide', '--json', '--pack', pack, '--seconds', String(options.quick ? 0.3 : 1)]).value.evaluate_ns;
    put('P7-facts', 'decisions again on derived facts, one core', 1e9 / each, 1e6, 'decisions/s', 1e9 / each / 1e6, 1, 1, { rival_is: 'a fixed target' });
    const side = await ours();
    await filled(side);
    const sums = path.join(folder, 'replay.json');
    const cost = json(MEASURE, ['/dev/null', sums, GATEHOUSE, 'policy', 'replay', '--pack', pack, '--log', race.config, '--json']).value;
    const { decisions, changed, refused } = JSON.parse(fs.readFileSync(sums, 'utf8').trim().split('\n').pop());
    if (changed !== 0 || refused !== 0) wrong.push(`P7: ${changed} of ${decisions} decisions changed under their own pack, ${refused} could not be read`);
    put('P7', 'sealed decisions of the log opened, read and decided again, one core', decisions / cost.cpu, 40000, 'decisions/s', decisions / cost.cpu / 40000, 1, 1, { rival_is: 'a fixed target', decisions, cpu_s: cost.cpu });
  },
  async P8() {
    const seconds = String(options.quick ? 0.3 : 1);
    for (const [id, what, target, extra] of [
      ['P8', 'known people, patterns and re-scan of whole files, one thread', 20, ['--rules-alone']],
      ['P8-tagger', 'the same with the tagger, which reads what has a person in it', 1, []],
      ['P8-every-word', 'the same as a question without names: the tagger reads every word', 1, ['--anonymise']],
    ]) {
      const rounds = Array.from({ length: options.rounds }, () => json(GATEHOUSE, ['bench', 'redact', '--json', '--seconds', seconds, ...extra]));
      for (const one of rounds) if (one.status !== 0) wrong.push(`${id}: bench redact found a leak or a blocked document`);
      const rate = over(rounds.map((one) => one.value), 'mb_per_second');
      put(id, what, rate, target, 'MB/s', rate / target, 1, options.rounds, { rival_is: 'a fixed target', us_per_bundle: over(rounds.map((one) => one.value), 'us_per_bundle') });
    }
  },
  async P9() {
    const size = (options.quick ? 32 : 512) << 20, plain = path.join(folder, 'large'), sealed = path.join(folder, 'large.age');
    const chunk = crypto.randomBytes(1 << 20), fd = fs.openSync(plain, 'w');
    for (let done = 0; done < size; done += chunk.length) fs.writeSync(fd, chunk);
    fs.closeSync(fd);
    const identity = path.join(folder, 'identity');
    run('age-keygen', ['-o', identity]);
    const recipient = run('age-keygen', ['-y', identity]).stdout.trim();
    const cost = (input, output, ...command) => json(MEASURE, [input, output, ...command]).value;
    const all = { ours_seal: [], age_seal: [], ours_open: [], age_open: [] };
    for (let i = 0; i < Math.max(3, Math.ceil(options.rounds / 2)); i++) {
      all.age_seal.push(cost(plain, sealed, 'age', '-r', recipient));
      all.ours_open.push(cost(sealed, '/dev/null', GATEHOUSE, 'open', '-i', identity));
      all.ours_seal.push(cost(plain, sealed, GATEHOUSE, 'seal', '-r', recipient));
      all.age_open.push(cost(sealed, '/dev/null', 'age', '-d', '-i', identity));
    }
    const rounds = all.ours_seal.length, mb = size / 1e6, rate = (name, what) => mb / over(all[name], what);
    put('P9-seal', `seal ${size >> 20} MB per CPU second beside age`, rate('ours_seal', 'cpu'), rate('age_seal', 'cpu'), 'MB/CPU-s', rate('ours_seal', 'cpu') / rate('age_seal', 'cpu'), 1.05, rounds);
    put('P9-open', `open ${size >> 20} MB beside age`, rate('ours_open', 'wall'), rate('age_open', 'wall'), 'MB/s', rate('ours_open', 'wall') / rate('age_open', 'wall'), 1.5, rounds);
    const peak = Math.max(...all.ours_seal.map((one) => one.peak_bytes), ...all.ours_open.map((one) => one.peak_bytes));
    put('P9-memory', 'most memory of either', peak / 1e6, Math.max(...all.age_seal.map((one) => one.peak_bytes)) / 1e6, 'MB', 16 / (peak / (1 << 20)), 1, rounds, { limit_mib: 16 });
    for (const file of [plain, sealed]) fs.rmSync(file);
  },
  async P10() {
    const rounds = Array.from({ length: options.rounds }, () => json(GATEHOUSE, ['bench', 'seal', '--json', '--rival', 'age', '--seconds', String(options.quick ? 0.2 : 1)]).value);
    race.seal = rounds;
    put('P10', 'seal 1 KiB and sign its manifest, one core (rival: age started each time)', over(rounds, 'packages_per_second'), over(rounds, 'age_per_second'), 'packages/s',
      over(rounds, 'packages_per_second') / 4000, 1, options.rounds, { target_per_second: 4000, seal_us: over(rounds, 'seal_us'), sign_us: over(rounds, 'ed25519_sign_us') });
  },
  async P11() {
    const rounds = race.seal || Array.from({ length: options.rounds }, () => json(GATEHOUSE, ['bench', 'seal', '--json', '--seconds', String(options.quick ? 0.2 : 1)]).value);
    const extra = over(rounds, 'request_overhead_us');
    put('P11', 'RFC 9421 verification of 1 KiB: what it adds to Ed25519', extra, over(rounds, 'ed25519_verify_us'), 'µs', 30 / Math.max(extra, 1), 1, options.rounds,
      { limit_us: 30, request_verify_us: over(rounds, 'request_verify_us'), answer_sign_us: over(rounds, 'answer_sign_us') });
  },
  async P12() {
    await installation();
    const seconds = String(options.quick ? 0.5 : 2);
    const ask = (what, writers) => json(GATEHOUSE, ['bench', 'audit', '--json', '--config', race.config, '--what', what, '--writers', String(writers), '--seconds', seconds]).value;
    const reference = (...args) => json(DURABLE, [args[0], folder, seconds, '700', ...args.slice(1)]).value.per_second;
    const all = { groups: [], many: [], raw: [], one: [], release: [] };
    for (let i = 0; i < options.rounds; i++) {
      all.groups.push(reference('sqlite', '64'));
      all.many.push(ask('append', 64).per_second);
      const raw = reference('raw');
      all.raw.push(raw);
      flushes.push(raw);
      all.one.push(ask('append', 1).per_second);
      all.release.push(ask('release', 1).per_second);
    }
    const m = Object.fromEntries(Object.entries(all).map(([name, list]) => [name, median(list)])), flush = [...flushes];
    put('P12', 'log append, 64 writers, beside SQLite in groups of 64', m.many, m.groups, 'entries/s', m.many / m.groups, 0.8, options.rounds);
    flushes = [...flush];
    put('P12-one', 'log append, one writer, beside a bare fdatasync', m.one, m.raw, 'entries/s', m.one / m.raw, 0.5, options.rounds);
    flushes = [...flush];
    put('P12-release', 'whole commit of a release, one writer, beside a bare fdatasync', m.release, m.raw, 'commits/s', m.release / m.raw, 0.35, options.rounds);
  },
};

Object.assign(rows, {
  async P13() {
    const rounds = Array.from({ length: options.rounds }, () => json(GATEHOUSE, ['bench', 'audit', '--json', '--what', 'verify', '--seconds', String(options.quick ? 0.3 : 1)]).value);
    put('P13', 'log verification, one core', over(rounds, 'entries_per_second'), 250000, 'entries/s', over(rounds, 'entries_per_second') / 250000, 1, options.rounds, { rival_is: 'a fixed target' });
    const proofs = Array.from({ length: options.rounds }, () => json(GATEHOUSE, ['bench', 'audit', '--json', '--what', 'proof', '--folder', folder, '--seconds', String(options.quick ? 0.3 : 1)]).value);
    const fixed = { rival_is: 'a fixed limit' };
    put('P13-make', 'make a proof at 10^8 entries, tiles not in memory, 99th percentile', over(proofs, 'make_cold_p99_us'), 1000, 'µs', 1000 / over(proofs, 'make_cold_p99_us'), 1, options.rounds,
      { ...fixed, median_us: over(proofs, 'make_cold_us'), warm_us: over(proofs, 'make_warm_us'), warm_p99_us: over(proofs, 'make_warm_p99_us') });
    put('P13-check', 'check that proof with the log\'s signature', over(proofs, 'check_us'), 50, 'µs', 50 / over(proofs, 'check_us'), 1, options.rounds,
      { ...fixed, with_two_cosignatures_us: over(proofs, 'check_cosigned_us') });
    put('P13-size', 'its file, two cosignatures, without the entry', proofs[0].proof_bytes, 2048, 'bytes', 2048 / proofs[0].proof_bytes, 1, options.rounds, fixed);
  },
  async P14() {
    for (const [rows, name] of options.quick ? [[20000, '2 * 10^4']] : [[1e6, '10^6'], [1e7, '10^7']]) {
      const where = path.join(folder, `figures-${rows}`), csv = path.join(folder, 'rows.csv');
      const mine = json(GATEHOUSE, ['bench', 'statistics', '--json', '--dir', where, '--rows', String(rows), '--csv', csv]).value;
      fs.rmSync(where, { recursive: true });
      const raw = await countDistinct(csv, rows);
      fs.rmSync(csv);
      const more = { ...mine, raw_ms: raw };
      put('P14', `cold table of ${name} rows beside COUNT(DISTINCT) … GROUP BY in PostgreSQL`, mine.cold_ms_p50, raw, 'ms', raw / mine.cold_ms_p50, 4, 1, more);
      put('P14-limit', `cold table of ${name} rows before padding`, mine.cold_ms_p50, 50, 'ms', 50 / mine.cold_ms_p50, 1, 1, { rival_is: 'a fixed limit', p99_ms: mine.cold_ms_p99 });
      put('P14-overhead', 'what a question adds to its cube scan, with commit', mine.overhead_ms_p50, 3, 'ms', 3 / mine.overhead_ms_p50, 1, 1, { rival_is: 'a fixed limit', p99_ms: mine.overhead_ms_p99 });
      put('P14-cached', 'a table the partner holds', mine.cached_ms_p50, 2, 'ms', 2 / mine.cached_ms_p50, 1, 1, { rival_is: 'a fixed limit' });
      put('P14-build', `cube of ${name} rows`, mine.cube_build_s, 60, 's', 60 / mine.cube_build_s, 1, 1, { rival_is: 'a fixed limit' });
      put('P14-sampler', 'one exact discrete Gaussian', mine.sampler_ns / 1000, 1.5, 'µs', 1500 / mine.sampler_ns, 1, 1, { rival_is: 'a fixed limit', seeded_ns: mine.seeded_draw_ns });
      put('P14-noise', 'noise of 5,000 cells, each from its own seed', mine.noise_of_5000_cells_ms, 10, 'ms', 10 / mine.noise_of_5000_cells_ms, 1, 1, { rival_is: 'a fixed limit' });
      put('P14-charges', 'charged releases, 64 at once', mine.charged_per_second, 200, 'a second', mine.charged_per_second / 200, 1, 1, { rival_is: 'a fixed limit' });
    }
  },
  async P15() {
    const sides = { limit: await limit(true), ours: await ours() };
    const all = { limit: [], ours: [] };
    for (const name of Object.keys(sides)) all[name].push(load(sides[name], ['--get', '/healthz', '--mutual', '--idle', '--connections', options.quick ? '200' : '1000']));
    put('P15', 'memory of an idle mutual TLS connection beside bare Beast', all.ours[0].bytes_each / 1024, all.limit[0].bytes_each / 1024, 'KiB', all.limit[0].bytes_each / all.ours[0].bytes_each, 1 / 1.3, 1);
  },
  async P18() {
    const side = await ours();
    const many = await filled(side);
    const password = 'harbour violet saddle', name = 'bench.lead@example.org';
    const made = JSON.parse(run(GATEHOUSE, ['user', 'add', '--json', '--config', race.config], {
      input: JSON.stringify({ name: 'Fictional Lead', sign_in: name, roles: ['ig_lead', 'dsl'], password, training_until: '2030-01-01' }) }).stdout);
    const port = JSON.parse(fs.readFileSync(race.config, 'utf8')).console.port;
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    let jar = {};
    const ask = (method, address, form) => new Promise((done, fail) => {
      const text = form ? new URLSearchParams(form).toString() : undefined;
      const request = https.request({ agent, host: 'localhost', port, method, path: address, headers: { cookie: Object.entries(jar).map(([k, v]) => `${k}=${v}`).join('; '),
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(text), origin: `https://localhost:${port}` } : {}) } }, (answer) => {
        for (const line of answer.headers['set-cookie'] || []) { const [k, v] = line.split(';')[0].split('='); if (/Max-Age=0/.test(line)) delete jar[k]; else jar[k] = v; }
        const parts = [];
        answer.on('data', (part) => parts.push(part)).on('end', () => done({ status: answer.statusCode, body: Buffer.concat(parts).toString() }));
      }).on('error', fail);
      request.end(text);
    });
    const token = (page) => /name="token" value="([^"]+)"/.exec(page.body)[1];
    const page = await ask('GET', '/sign-in');
    const opened = await ask('POST', '/sign-in', { token: token(page), sign_in: name, password, code: made.recovery_codes[0] });
    if (opened.status !== 303) throw new Trouble(`the console did not let the lead in: ${opened.status}`);
    const list = await ask('GET', '/decisions');
    const id = /\/decisions\/(rq_[0-9a-z]+)/.exec(list.body)[1];
    const addresses = { start: '/', queue: '/cases', decisions: '/decisions', decision: `/decisions/${id}`, case: `/cases/${id}`, asked: '/asked', policy: '/policy-question' };
    const rounds = options.quick ? 20 : 300;
    for (const [what, address] of Object.entries(addresses)) {
      const before = fs.statSync(children.find((one) => /ours\.log$/.test(one.output)).output).size;
      for (let i = 0; i < rounds; i++) { const got = await ask('GET', address); if (got.status !== 200) throw new Trouble(`${address}: ${got.status}`); }
      await sleep(0.5);
      const log = fs.readFileSync(children.find((one) => /ours\.log$/.test(one.output)).output).subarray(before).toString();
      const times = log.split('\n').filter((line) => line.includes('"event":"request"')).map((line) => JSON.parse(line).microseconds / 1000).sort((a, b) => a - b);
      if (times.length < rounds) throw new Trouble(`${address}: ${times.length} times for ${rounds} requests`);
      const p99 = times[Math.floor(times.length * 0.99)];
      put(`P18-${what}`, `console page ${address.replace(id, 'ID')} with ${many} requests in the store, server time, 99th percentile`, p99, 5, 'ms', 5 / p99, 1, 1, { rival_is: 'a fixed limit', p50_ms: times[times.length >> 1] });
    }
  },
});

// So many requests in the store, most of them released. Gives how many at least.
async function filled(side) {
  const many = options.quick ? 500 : 100000;
  for (race.asked = race.asked || 0; race.asked < many;) {
    const round = load(side, ['--most', options.quick ? '1000' : '20000']);
    judge('filling', { ...round, ran_out: false }, false);  // filling ends when what was signed is used up
    if (!round.statuses[200]) throw new Trouble('no request was answered while the store was filled');
    race.asked += round.statuses[200];
  }
  return many;
}

// Milliseconds of the raw question in a PostgreSQL of its own, warm, the median: what an organisation would do that had no cube. On a socket, no port.
async function countDistinct(csv, rows) {
  const home = '/usr/lib/postgresql', version = fs.existsSync(home) ? fs.readdirSync(home).sort((a, b) => b - a)[0] : undefined;
  if (!version) throw new Trouble('PostgreSQL is missing; run scripts/setup --for bench');
  const bin = (name) => path.join(home, version, 'bin', name);
  // It does not run as root, and its folder must be its own.
  const where = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-pg-'));
  let as = [];
  if (process.getuid() === 0) {
    run('chown', ['postgres', where]);
    as = ['-u', 'postgres', '--'];
  }
  const own = (program, args, more) => (as.length ? run('runuser', [...as, program, ...args], { cwd: where, ...more }) : run(program, args, { cwd: where, ...more }));
  const data = path.join(where, 'data');
  own(bin('initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale']);
  const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${where}`, '-c', 'shared_buffers=512MB', '-c', 'work_mem=256MB', '-c', 'max_wal_size=4GB'];
  own(bin('pg_ctl'), ['-D', data, '-w', '-l', path.join(where, 'log'), '-o', settings.map((s) => `'${s}'`).join(' '), 'start'], { stdio: 'ignore' });
  try {
    const sql = (text, input) => own('psql', ['-h', where, '-U', 'postgres', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', text], input ? { input, maxBuffer: 1 << 30 } : {}).stdout;
    sql('CREATE TABLE event (child bigint, day integer, district text, age text, sex text, category text)');
    const loader = spawnSync('sh', ['-c', `${as.length ? 'runuser -u postgres -- ' : ''}psql -h "$1" -U postgres -qX -v ON_ERROR_STOP=1 -c "COPY event FROM STDIN WITH (FORMAT csv)" < "$2"`, 'sh', where, csv], { encoding: 'utf8', cwd: where });
    if (loader.status !== 0) throw new Trouble(`psql: ${loader.stderr.trim()}`);
    sql('VACUUM ANALYZE event');
    const times = [];
    for (let i = 0; i < 6; i++) {
      const done = own('psql', ['-h', where, '-U', 'postgres', '-qAtX', '-c', '\\timing on', '-c', 'SELECT district, count(DISTINCT child) FROM event WHERE day >= 20635 GROUP BY district']);
      const time = /Time: ([0-9.]+) ms/.exec(done.stdout);
      if (!time || !/^d0\|[0-9]+$/m.test(done.stdout)) throw new Trouble(`psql gave no time for ${rows} rows`);
      if (i > 0) times.push(Number(time[1]));
    }
    return median(times);
  } finally {
    own(bin('pg_ctl'), ['-D', data, '-m', 'fast', '-w', 'stop'], { stdio: 'ignore' });
    fs.rmSync(where, { recursive: true, force: true });
  }
}

// How many entries each side's log holds, read from the databases themselves.
function audited() {
  const count = (file, table) => Number(run(process.execPath, ['-e', `const D=require('better-sqlite3');console.log(new D(process.argv[1],{readonly:true}).prepare('select count(*) n from ${table}').get().n)`, file], { cwd: RIVAL }).stdout);
  const databases = [...new Set(race.nodes.map((n) => n.database))];
  return { ours: count(path.join(race.where, 'data/gatehouse.db'), 'log_entry'), rival: databases.reduce((sum, file) => sum + count(file, 'audit'), 0) };
}

function table() {
  const cells = [['row', 'what', 'ours', 'other side', 'unit', 'ratio', 'target', '', 'fdatasync/s'],
    ...results.map((r) => [r.id, r.what, r.ours, r.rival ?? '–', r.unit, r.ratio, `>= ${r.target}`, r.met ? 'met' : 'NOT met', r.fdatasync_per_s ?? '']).map((list) => list.map(String))];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n') + '\n';
}

(async () => {
  const chosen = wanted.length ? wanted : Object.keys(rows);
  for (const id of chosen) if (!rows[id]) { say(`there is no row ${id}; there are ${Object.keys(rows).join(' ')}`); process.exit(2); }
  for (const program of [GATEHOUSE, LIMIT, DURABLE, MEASURE]) if (!fs.existsSync(program)) { say(`${program} is missing; run scripts/bench without --no-build`); process.exit(2); }
  folder = fs.mkdtempSync(path.join(BUILD, 'race-'));   // on the disk of the build, not in a memory file system
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { stopAll().finally(() => process.exit(1)); });
  let broken = false;
  for (const id of chosen) {
    try { await rows[id](); } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      broken = true;
      flushes = [];
      say(`${id} could not be measured: ${error.message}`);
    }
  }
  await stopAll();
  process.stdout.write(table());
  process.stdout.write(`${os.cpus().length} cores, ${os.cpus()[0].model.trim()}, Node ${process.version}; ${options.rounds} alternated rounds of ${options.seconds} s, medians; ratio >= target means met\n`);
  for (const line of [...new Set(wrong)]) process.stdout.write(`WRONG: ${line}\n`);
  fs.writeFileSync(options.out, JSON.stringify(results, null, 1) + '\n');
  if (options.keep || broken || wrong.length) say(`the race's folder stays: ${folder}`); else fs.rmSync(folder, { recursive: true, force: true });
  process.exit(broken || wrong.length ? 1 : 0);
})().catch(async (error) => { say(error.stack); await stopAll(); process.exit(1); });
