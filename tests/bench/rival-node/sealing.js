// age v1 to one X25519 recipient, and SSHSIG: the formats a partner opens with `age` and `ssh-keygen`.
import crypto from 'node:crypto';
import { sha256 } from './signatures.js';

const CHUNK = 65536;
const unpadded = (bytes) => bytes.toString('base64').replace(/=+$/, '');
const hmac = (key, ...parts) => { const h = crypto.createHmac('sha256', key); for (const p of parts) h.update(p); return h.digest(); };
// One block of output is enough here, so HKDF is two keyed hashes; hkdfSync costs three times as much.
const hkdf32 = (secret, salt, info) => hmac(hmac(salt, secret), info, Buffer.of(1));

function chacha(key, nonce, plain) {
  const cipher = crypto.createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
}

export function ageRecipient(raw) {
  const key = crypto.createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), raw]), format: 'der', type: 'spki' });
  return { raw, key };
}

export function sealAge(recipient, plain) {
  const fileKey = crypto.randomBytes(16);
  const ephemeral = crypto.generateKeyPairSync('x25519');
  const share = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x, 'base64url');   // DER costs 80 µs more: OpenSSL's encoder
  const shared = crypto.diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient.key });
  const wrap = hkdf32(shared, Buffer.concat([share, recipient.raw]), 'age-encryption.org/v1/X25519');
  const stanza = Buffer.concat(chacha(wrap, Buffer.alloc(12), fileKey));
  const header = `age-encryption.org/v1\n-> X25519 ${unpadded(share)}\n${unpadded(stanza)}\n---`;
  const mac = hmac(hkdf32(fileKey, Buffer.alloc(32), 'header'), header);
  const salt = crypto.randomBytes(16), key = hkdf32(fileKey, salt, 'payload');
  const out = [Buffer.from(`${header} ${unpadded(mac)}\n`), salt];
  const nonce = Buffer.alloc(12);
  for (let at = 0, n = 0; at === 0 || at < plain.length; at += CHUNK, n++) {
    nonce.writeUInt32BE(n, 7);
    nonce[11] = at + CHUNK >= plain.length ? 1 : 0;
    out.push(...chacha(key, nonce, plain.subarray(at, at + CHUNK)));
  }
  return Buffer.concat(out);
}

// Padmé, at least 8 KiB: a length says little about what is inside.
export function paddedSize(size) {
  if (size <= 8192) return 8192;
  const e = Math.floor(Math.log2(size)), s = Math.floor(Math.log2(e)) + 1, step = 2 ** (e - s);
  return Math.ceil(size / step) * step;
}

const string = (bytes) => { const b = Buffer.from(bytes), length = Buffer.alloc(4); length.writeUInt32BE(b.length); return Buffer.concat([length, b]); };

export class SshSigner {
  constructor(privateKey, namespace) {
    this.key = privateKey;
    const raw = crypto.createPublicKey(privateKey).export({ type: 'spki', format: 'der' }).subarray(12);
    this.toSign = Buffer.concat([Buffer.from('SSHSIG'), string(namespace), string(''), string('sha512')]);
    this.head = Buffer.concat([Buffer.from('SSHSIG'), Buffer.of(0, 0, 0, 1), string(Buffer.concat([string('ssh-ed25519'), string(raw)])),
      string(namespace), string(''), string('sha512')]);
  }
  sign(message) {
    const digest = crypto.createHash('sha512').update(message).digest();
    const signature = crypto.sign(null, Buffer.concat([this.toSign, string(digest)]), this.key);
    const blob = Buffer.concat([this.head, string(Buffer.concat([string('ssh-ed25519'), string(signature)]))]).toString('base64');
    return `-----BEGIN SSH SIGNATURE-----\n${blob.match(/.{1,70}/g).join('\n')}\n-----END SSH SIGNATURE-----\n`;
  }
}

export { sha256 };
