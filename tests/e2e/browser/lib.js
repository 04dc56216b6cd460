'use strict';
// What the browser tests share: one Chromium, contexts with and without JavaScript, axe on every page, codes as an authenticator app makes them.
const { chromium } = require('playwright-core');
const crypto = require('crypto');
const fs = require('fs');
const { execFileSync } = require('child_process');
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const base = process.env.CONSOLE;
let browser;
let held = 0;
const looked = new Set();
const contexts = [];

class Failed extends Error {}
const check = (what, good, more = '') => {
  if (!good) throw new Failed(`${what}${more ? `: ${more}` : ''}`);
  held += 1;
};

async function start() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
  });
}
const stop = () => browser.close();

// One person's browser. Every page it opens must ask for nothing but our own files, and break no rule of the content security policy.
async function open({ script = true, width = 1000 } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: script, viewport: { width, height: 800 }, bypassCSP: false, locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  page.troubles = [];
  page.script = script;
  page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) page.troubles.push(message.text()); });
  page.on('pageerror', (error) => page.troubles.push(String(error)));
  page.on('request', (request) => { if (!request.url().startsWith(base)) page.troubles.push(`asks elsewhere: ${new URL(request.url()).origin}`); });
  page.on('dialog', (dialog) => { page.troubles.push('a dialog: markup became script'); dialog.dismiss(); });
  contexts.push(context);
  return page;
}
const close = (page) => page.context().close();

// axe needs script in the page; without it the structure is looked at through the very same markup in a page that has script.
async function look(page, name) {
  check(`${name}: nothing broke`, page.troubles.length === 0, page.troubles.join('; '));
  const width = page.viewportSize().width;
  if (page.script) {
    await page.evaluate(axeSource);
    const result = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const found = result.violations.map((one) => `${one.id} (${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', ')})`);
    check(`${name}: axe finds nothing`, found.length === 0, found.join('; '));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(`${name}: fits ${width} pixels`, wide <= 0, `${wide} pixels too wide`);
  }
  const title = await page.title();
  check(`${name}: a title of its own without a name`, / – Gatehouse$/.test(title) && !/Merrow|Tansy|Fictional|Conspicuous/.test(title), title);
  check(`${name}: an address without a name`, !/Merrow|Tansy|onspicuous|%40|@/.test(page.url()), page.url());
  if (process.env.SHOTS && page.script) await page.screenshot({ path: `${process.env.SHOTS}/${name.replace(/[^a-z]+/g, '-')}.png`, fullPage: width < 500 });
  looked.add(name);
}

function base32(text) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const c of text.replace(/\s/g, '')) bits += letters.indexOf(c).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
// RFC 6238. `skew` steps on: a code opens once, and the step after is taken as well.
function code(key, skew = 0) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + skew));
  const mac = crypto.createHmac('sha1', base32(key)).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const gatehouse = (args, input) => execFileSync(process.env.GATEHOUSE, [...args, '--config', process.env.CONFIG], { input, encoding: 'utf8' });

// Somebody added at the command line; signs in with printed codes, which need no waiting.
const password = 'harbour violet saddle';
function member(name, roles, family = 'Conspicuous') {
  const sign_in = `${name.toLowerCase().replace(/[^a-z]/g, '.')}@example.org`;
  const made = JSON.parse(gatehouse(['user', 'add', '--json'], JSON.stringify({ name: `${name} ${family}`, sign_in, roles, password, training_until: '2030-01-01' })));
  return { ...made, sign_in, codes: made.recovery_codes };
}
async function signIn(page, who, next = '') {
  await page.goto(`${base}/sign-in${next ? `?next=${next}` : ''}`);
  await page.fill('#sign_in', who.sign_in);
  await page.fill('#password', password);
  await page.fill('#code', who.codes.pop());
  await Promise.all([page.waitForNavigation(), page.click('main button')]);
}
async function submit(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

module.exports = { base, check, start, stop, open, close, look, code, gatehouse, member, signIn, submit, password, looked, Failed, held: () => held };
