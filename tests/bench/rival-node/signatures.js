// RFC 9421 and RFC 9530 for one fixed profile, Ed25519: what the partner signs, what we sign back.
// Strict and cheap: the profile fixes the covered components and their order, so one expression reads the whole Signature-Input.
import crypto from 'node:crypto';

const TAG = 'gatehouse-v1';
const WITH_BODY = '("@method" "@authority" "@path" "@query" "content-digest" "content-type" "idempotency-key")';
const INPUT = new RegExp('^([a-z*][a-z0-9_.*-]*)=(' + WITH_BODY.replace(/[().*+?^$|[\]\\{}]/g, '\\$&') + '((?:;[a-z]+=(?:"[^"\\\\]*"|[0-9]+))*))$');
const PARAMETER = /;([a-z]+)=(?:"([^"\\]*)"|([0-9]+))/g;
const SKEW = 60, LONGEST = 300;

// One call where this Node has it, half the cost of createHash.
export const sha256 = crypto.hash
  ? (bytes, encoding) => crypto.hash('sha256', bytes, encoding)
  : (bytes, encoding) => crypto.createHash('sha256').update(bytes).digest(encoding);

export function contentDigest(bytes) {
  return `sha-256=:${sha256(bytes, 'base64')}:`;
}

// An Ed25519 public key of 32 raw bytes as a key object: DER prefix of RFC 8410.
export function ed25519Public(raw) {
  return crypto.createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]), format: 'der', type: 'spki' });
}

export function ed25519Private(seed) {
  return crypto.createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
}

// Gives {keyid, nonce, expires, label, signature} or a word that says which rule failed.
export function verifyRequest(method, authority, path, headers, body, now, keys) {
  const input = headers['signature-input'], field = headers['signature'], digest = headers['content-digest'];
  const type = headers['content-type'], idempotency = headers['idempotency-key'];
  if (!input || !field) return 'signature_missing';
  if (!digest || !type || !idempotency) return 'component_missing';
  if (digest !== contentDigest(body)) return 'digest_mismatch';
  const read = INPUT.exec(input);
  if (!read) return 'signature_input';
  const [, label, params, list] = read, p = {};
  for (const [, name, text, number] of list.matchAll(PARAMETER)) {
    if (name in p) return 'signature_input';
    p[name] = number === undefined ? text : Number(number);
  }
  if (p.tag !== TAG || (p.alg !== undefined && p.alg !== 'ed25519') || !p.nonce || !p.keyid) return 'signature_input';
  if (!(p.created <= now + SKEW) || !(p.expires >= now - SKEW) || p.expires - p.created > LONGEST || p.expires < p.created) return 'expired';
  const key = keys.get(p.keyid);
  if (!key) return 'unknown_key';
  if (!field.startsWith(label + '=:') || !field.endsWith(':')) return 'signature_missing';
  const signature = field.slice(label.length + 1);
  const question = path.indexOf('?');
  const base = `"@method": ${method}\n"@authority": ${authority}\n"@path": ${question < 0 ? path : path.slice(0, question)}\n"@query": ${question < 0 ? '?' : path.slice(question)}\n`
    + `"content-digest": ${digest}\n"content-type": ${type}\n"idempotency-key": ${idempotency}\n"@signature-params": ${params}`;
  if (!crypto.verify(null, Buffer.from(base), key, Buffer.from(signature.slice(1, -1), 'base64'))) return 'signature_invalid';
  return { keyid: p.keyid, nonce: p.nonce, expires: p.expires, label, signature };
}

// The answer, bound to its question.
export function signAnswer(signer, keyid, status, body, request, now) {
  const digest = contentDigest(body);
  const params = `("@status" "content-digest" "@method";req "@authority";req "@path";req "content-digest";req "signature";req;key="${request.label}")`
    + `;created=${now};keyid="${keyid}";alg="ed25519";tag="${TAG}"`;
  const base = `"@status": ${status}\n"content-digest": ${digest}\n"@method";req: ${request.method}\n"@authority";req: ${request.authority}\n"@path";req: ${request.path}\n`
    + `"content-digest";req: ${request.digest}\n"signature";req;key="${request.label}": ${request.signature}\n"@signature-params": ${params}`;
  return { digest, input: `sig1=${params}`, signature: `sig1=:${crypto.sign(null, Buffer.from(base), signer).toString('base64')}:` };
}
