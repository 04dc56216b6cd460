// The opponent: the same job per request as a released request of Gatehouse, as a capable engineer would write it with the usual
// packages and with nothing wasted. One process; run one per core behind nginx (tests/bench/nginx.conf.in).
//   partner by the client certificate nginx verified -> RFC 9421 signature, digest and window -> subject by keyed hash -> consent rows
//   and casbin per category -> allowed fields -> known names and identifier patterns out -> padded, sealed (age), manifest signed (SSHSIG)
//   -> nonce, idempotency, request, release and audit rows in one commit shared by the turn -> answer signed (RFC 9421).
// It keeps records in clear, where Gatehouse opens sealed fields: a head start we leave it.
// usage: node gateway.js SOCKET DATABASE MATERIAL_DIR SEED_FILE     (SEED_FILE: 32 bytes, the Ed25519 key both processes sign with)
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Fastify from 'fastify';
import * as casbin from 'casbin';
import { ed25519Private, ed25519Public, sha256, signAnswer, verifyRequest } from './signatures.js';
import { SshSigner, ageRecipient, paddedSize, sealAge } from './sealing.js';
import { redactText, thirdParties } from './redact.js';
import { Store } from './store.js';

const [socket, file, folder, seedFile] = process.argv.slice(2);
const material = JSON.parse(fs.readFileSync(path.join(folder, 'material.json'), 'utf8'));

const MODEL = `[request_definition]
r = agency, purpose, category
[policy_definition]
p = agency, purpose, category
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.agency == p.agency && r.purpose == p.purpose && r.category == p.category`;

// What early help may need: the fields of each category, and which of them are free text.
const FIELDS = {
  identity: { names: 0, date_of_birth: 0, sex: 0, description: 1 },
  contact: { address: 0, phone: 0, email: 0, contact_safe: 0, safe_times: 1 },
  household: { member_name: 0, member_date_of_birth: 0, relation: 0, size: 0, summary: 1 },
  education: { setting: 0, urn: 0, year_group: 0, attainment: 0, note: 1 },
};
const ALLOWED_FIELDS = new Map(Object.entries(FIELDS).map(([category, fields]) => [category, new Map(Object.entries(fields))]));

const policy = [];
for (const purpose of ['early_help', 's17_assessment', 'education_placement']) for (const category of ALLOWED_FIELDS.keys()) policy.push(`p, ${material.partner}, ${purpose}, ${category}`);
const enforcer = await casbin.newCachedEnforcer(casbin.newModelFromString(MODEL), new casbin.StringAdapter(policy.join('\n')));

const store = new Store(file, crypto.createHash('sha256').update('blind index of the bench').digest());
store.fill(fs.readFileSync(path.join(folder, 'subjects.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line)));

const partners = new Map([[material.tls_sha1, { id: material.partner, keys: new Map([[material.signing_keyid, ed25519Public(Buffer.from(material.signing_public, 'base64'))]]),
  recipient: ageRecipient(Buffer.from(material.age_public, 'base64')), recipientKeyid: material.age_keyid }]]);
const signer = ed25519Private(fs.readFileSync(seedFile));
const ssh = new SshSigner(signer, 'release-manifest@gatehouse');
const KEYID = 'rival-2026-1';

const fastify = Fastify({ logger: false, bodyLimit: 1 << 18, exposeHeadRoutes: false });
fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

function problem(reply, status, type) {
  return reply.code(status).header('content-type', 'application/problem+json').send(JSON.stringify({ type: `about:${type}`, status }));
}

function answer(reply, status, value, signed, request, now) {
  const body = Buffer.from(JSON.stringify(value));
  const made = signAnswer(signer, KEYID, status, body, { label: signed.label, signature: signed.signature, method: 'POST', authority: request.headers.host,
    path: request.raw.url, digest: request.headers['content-digest'] }, now);
  return reply.code(status).headers({ 'content-type': 'application/json', 'content-digest': made.digest, 'signature-input': made.input, signature: made.signature }).send(body);
}

const text = (value) => value === undefined || (typeof value === 'string' && value.length <= 2000);
function wellFormed(q) {
  return q && typeof q === 'object' && typeof q.purpose === 'string' && q.subject && text(q.subject.nhs_number) && text(q.subject.family_name) && text(q.subject.date_of_birth)
    && q.stated && text(q.stated.why_necessary) && text(q.stated.intended_use) && (q.categories === undefined || Array.isArray(q.categories));
}

fastify.post('/v1/requests', async (request, reply) => {
  const headers = request.headers, raw = request.body, millis = Date.now(), now = Math.floor(millis / 1000);
  const partner = partners.get(headers['x-client-fingerprint']);
  if (!partner) return problem(reply, 403, 'partner');
  const signed = verifyRequest('POST', headers.host, request.raw.url, headers, raw, now, partner.keys);
  if (typeof signed === 'string') return problem(reply, 401, signed);
  let question;
  try { question = JSON.parse(raw); } catch { return problem(reply, 400, 'json'); }
  if (!wellFormed(question)) return problem(reply, 400, 'body');

  const today = new Date(millis).toISOString().slice(0, 10);
  const { nhs_number: nhs, family_name: family, date_of_birth: born } = question.subject;
  const subject = nhs && store.subject(nhs, family, born);
  const allowed = new Set();
  if (subject && question.stated.why_necessary && question.stated.intended_use) {
    const wanted = question.categories && new Set(question.categories);
    for (const { category } of store.findConsent.all(subject.id, partner.id, question.purpose, today, today))
      if ((!wanted || wanted.has(category)) && await enforcer.enforce(partner.id, question.purpose, category)) allowed.add(category);
  }

  const id = `rq_${crypto.randomBytes(8).toString('hex')}`;
  let release, outcome = 'withhold';
  if (allowed.size) {
    const names = thirdParties(JSON.parse(subject.people));
    const items = [];
    for (const item of store.findItems.all(subject.id)) {
      if (!allowed.has(item.category)) continue;
      const may = ALLOWED_FIELDS.get(item.category), fields = {};
      for (const [name, value] of Object.entries(JSON.parse(item.fields))) {
        const kind = may.get(name);
        if (kind !== undefined) fields[name] = kind ? redactText(value, names) : value;
      }
      items.push({ id: `i${items.length}`, category: item.category, detail: 'full', fields });
    }
    const releaseId = `rl_${crypto.randomBytes(8).toString('hex')}`;
    const plain = JSON.stringify({ release_id: releaseId, purpose: question.purpose, items, withheld: [], obligations: ['no_onward_sharing'] });
    const bytes = Buffer.from(plain);
    const padded = Buffer.alloc(paddedSize(bytes.length), 0x20);
    bytes.copy(padded);
    const sealed = sealAge(partner.recipient, padded);
    const expires = now + 14 * 86400;
    const manifest = JSON.stringify({ created: now, expires, legal_basis: 'art6_1_a', length: sealed.length, log: 'rival.example.org/log', partner: partner.id,
      purpose: question.purpose, recipient: partner.recipientKeyid, release_id: releaseId, sha256: sha256(sealed, 'hex'), v: 1 }) + '\n';
    release = { id: releaseId, expires, manifest, signature: ssh.sign(manifest), package: sealed };
    outcome = allowed.size === ALLOWED_FIELDS.size ? 'release' : 'partial';
  }

  const digest = headers['content-digest'];
  const entry = JSON.stringify({ agency: partner.id, at: now, decision: sha256(`${id} ${outcome} ${[...allowed]}`, 'hex'), kind: release ? 'release' : 'decision',
    manifest: release ? sha256(release.manifest, 'hex') : '', outcome, salt: crypto.randomBytes(32).toString('base64'), v: 1 });
  const written = await store.commit({ id, agency: partner.id, keyid: signed.keyid, nonce: signed.nonce, expires: signed.expires, idempotency: headers['idempotency-key'],
    digest, subject: subject ? subject.id : null, purpose: question.purpose, at: now, release, entry });
  if (written === 'nonce_seen') return problem(reply, 401, written);
  if (written !== 'written') return problem(reply, 422, written);
  if (!release) return answer(reply, 202, { id, status: 'waiting', message: 'Received.' }, signed, request, now);
  return answer(reply, 200, { id, status: 'released', release_id: release.id, released_at: new Date(millis).toISOString(), expires: new Date(release.expires * 1000).toISOString(),
    manifest: release.manifest, manifest_sig: release.signature, package: release.package.toString('base64'),
    links: { self: `/v1/requests/${id}`, package: `/v1/requests/${id}/package` } }, signed, request, now);
});

await fastify.listen({ path: socket });
fs.chmodSync(socket, 0o666);
