// SQLite as the gateway's store: subjects, consents, nonces, idempotency rows, requests, releases and a hash-chained audit.
// All requests of one turn of the event loop share one commit; the flush is in the commit, before anybody is answered.
import crypto from 'node:crypto';
import Database from 'better-sqlite3';
import { sha256 } from './signatures.js';

const SCHEMA = `
  create table if not exists subject(id integer primary key, nhs blob not null unique, family text not null, born text not null, people text not null);
  create table if not exists item(id integer primary key, subject integer not null, category text not null, fields text not null);
  create index if not exists item_of on item(subject);
  create table if not exists consent(subject integer not null, agency text not null, category text not null, purpose text not null,
    form text not null, given text not null, expires text not null, primary key(subject, agency, category, purpose)) without rowid;
  create table if not exists nonce(keyid text not null, nonce text not null, expires integer not null, primary key(keyid, nonce)) without rowid;
  create table if not exists idempotency(agency text not null, key text not null, digest text not null, request text not null, primary key(agency, key)) without rowid;
  create table if not exists request(id text primary key, agency text not null, subject integer, purpose text not null, status text not null, at integer not null) without rowid;
  create table if not exists release(id text primary key, request text not null, expires integer not null, manifest text not null, signature text not null, package blob not null);
  create table if not exists audit(id integer primary key, entry text not null, chain blob not null)`;

export class Store {
  constructor(file, indexKey) {
    this.indexKey = indexKey;
    const db = this.db = new Database(file, { timeout: 10000 });
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('cache_size = -65536');
    db.pragma('mmap_size = 268435456');
    db.exec(SCHEMA);
    this.findSubject = db.prepare('select id, family, born, people from subject where nhs = ?');
    this.findItems = db.prepare('select category, fields from item where subject = ?');
    this.findConsent = db.prepare("select category from consent where subject = ? and agency = ? and purpose = ? and form = 'written' and given <= ? and expires >= ?");
    this.putNonce = db.prepare('insert or ignore into nonce values (?, ?, ?)');
    this.putIdempotency = db.prepare('insert or ignore into idempotency values (?, ?, ?, ?)');
    this.findIdempotency = db.prepare('select digest, request from idempotency where agency = ? and key = ?');
    this.putRequest = db.prepare('insert into request values (?, ?, ?, ?, ?, ?)');
    this.putRelease = db.prepare('insert into release values (?, ?, ?, ?, ?, ?)');
    this.putAudit = db.prepare('insert into audit(entry, chain) values (?, ?)');
    this.lastChain = db.prepare('select chain from audit order by id desc limit 1').pluck();
    this.queue = [];
    this.writeAll = db.transaction((batch) => {
      let chain = this.lastChain.get() ?? Buffer.alloc(32);
      for (const one of batch) {
        if (this.putNonce.run(one.keyid, one.nonce, one.expires).changes === 0) { one.result = 'nonce_seen'; continue; }
        if (this.putIdempotency.run(one.agency, one.idempotency, one.digest, one.id).changes === 0) {
          one.result = this.findIdempotency.get(one.agency, one.idempotency).digest === one.digest ? 'same_request' : 'key_reused';
          continue;
        }
        this.putRequest.run(one.id, one.agency, one.subject, one.purpose, one.release ? 'released' : 'waiting', one.at);
        if (one.release) this.putRelease.run(one.release.id, one.id, one.release.expires, one.release.manifest, one.release.signature, one.release.package);
        chain = crypto.createHash('sha256').update(chain).update(one.entry).digest();
        this.putAudit.run(one.entry, chain);
        one.result = 'written';
      }
    });
  }

  blind(nhs) { return crypto.createHmac('sha256', this.indexKey).update(nhs).digest(); }

  // People of the bench: the same lines the other side was filled with.
  fill(people) {
    const subject = this.db.prepare('insert or ignore into subject values (?, ?, ?, ?, ?)');
    const item = this.db.prepare('insert into item(subject, category, fields) values (?, ?, ?)');
    const consent = this.db.prepare('insert or ignore into consent values (?, ?, ?, ?, ?, ?, ?)');
    this.db.transaction(() => {
      people.forEach((p, i) => {
        if (subject.run(i + 1, this.blind(p.nhs_number), p.family_name, p.date_of_birth, JSON.stringify(p.people)).changes === 0) return;
        for (const one of p.items) item.run(i + 1, one.category, JSON.stringify(one.fields));
        for (const c of p.consent.categories) consent.run(i + 1, p.consent.agency, c, p.consent.purpose, p.consent.form, p.consent.given, p.consent.expires);
      });
    })();
    this.db.pragma('wal_checkpoint(TRUNCATE)');
  }

  subject(nhs, family, born) {
    const row = this.findSubject.get(this.blind(nhs));
    return row && (row.family === family || row.born === born) ? row : undefined;
  }

  // Resolves with the word in `result` once the row is on disk.
  commit(one) {
    return new Promise((resolve, reject) => {
      one.resolve = resolve;
      one.reject = reject;
      if (this.queue.push(one) > 1) return;
      setImmediate(() => {
        const batch = this.queue;
        this.queue = [];
        try { this.writeAll.immediate(batch); } catch (error) { for (const o of batch) o.reject(error); return; }
        for (const o of batch) o.resolve(o.result);
      });
    });
  }
}

export { sha256 };
