'use strict';
// The first account, an invitation, joining, signing in and out, the emergency page.

async function firstAccount(lib) {
  const page = await lib.open();
  await page.goto(`${lib.base}/set-up`);
  await lib.look(page, 'set-up, empty');
  await lib.submit(page, 'main button');
  lib.check('a form with nothing in it says what is missing', (await page.locator('.govuk-error-summary a').count()) >= 3);
  lib.check('what is wrong is focused', await page.evaluate(() => document.activeElement.id === 'mistakes'));
  await lib.look(page, 'set-up, with mistakes');
  await page.fill('#code', process.env.SETUP_CODE);
  await page.fill('#name', 'Petra Conspicuous');
  await page.fill('#sign_in', 'petra@example.org');
  await page.fill('#password', lib.password);
  await lib.submit(page, 'main button');
  await lib.look(page, 'enrol, empty');
  const key = await page.textContent('#key');
  await page.fill('#code', '000000');
  await lib.submit(page, 'main button');
  await lib.look(page, 'enrol, with mistakes');
  await page.fill('#code', lib.code(key));
  await lib.submit(page, 'main button');
  await lib.look(page, 'recovery codes');
  lib.check('ten printed codes', (await page.locator('#recovery li').count()) === 10);
  const codes = await page.locator('#recovery code').allTextContents();
  await page.goto(`${lib.base}/`);
  await lib.look(page, 'start of the administrator');
  lib.check('set-up does nothing any more', (await page.goto(`${lib.base}/set-up`)).status() === 404);
  module.exports.petra = { sign_in: 'petra@example.org', codes };
  await lib.close(page);
}

// An invitation, joined by keyboard alone on a phone without JavaScript.
async function invitationByKeyboardWithoutScript(lib) {
  const office = await lib.open({ script: true });
  await lib.signIn(office, module.exports.petra);
  await office.goto(`${lib.base}/people`);
  await lib.look(office, 'people');
  await office.goto(`${lib.base}/people/invite`);
  await lib.look(office, 'invite, empty');
  await lib.submit(office, 'main button');
  await lib.look(office, 'invite, with mistakes');
  await office.fill('#name', 'Rowan Conspicuous');
  await office.fill('#sign_in', 'rowan@example.org');
  await office.check('input[value=worker]');
  await lib.submit(office, 'main button');
  await lib.look(office, 'one-time code');
  const code = await office.textContent('#one-time');
  lib.check('the code is not in the address', !office.url().includes(code.slice(0, 5)));

  const guest = await lib.open({ script: false, width: 320 });
  await guest.goto(`${lib.base}/join`);
  // Skip link, name, emergency, then the form: nothing but the keyboard.
  await guest.keyboard.press('Tab');
  await guest.keyboard.press('Enter');
  const type = async (text) => { await guest.keyboard.press('Tab'); await guest.keyboard.type(text); };
  await type('rowan@example.org');
  await type(code.replace(/-/g, ' ').toLowerCase());
  await type(lib.password);
  await guest.keyboard.press('Tab');
  await Promise.all([guest.waitForNavigation(), guest.keyboard.press('Enter')]);
  lib.check('joining leads to the app', guest.url().endsWith('/enrol'), guest.url());
  await lib.look(guest, 'enrol without script');
  const key = await guest.textContent('#key');
  await guest.keyboard.press('Tab');
  await guest.keyboard.press('Enter');
  await type(lib.code(key));
  await Promise.all([guest.waitForNavigation(), guest.keyboard.press('Enter')]);
  lib.check('recovery codes without script', (await guest.locator('#recovery li').count()) === 10);
  await guest.goto(`${lib.base}/people`);
  lib.check('a worker does not open the administrator\'s page', (await guest.textContent('h1')).includes('cannot open'));
  await lib.submit(guest, '#exit');
  lib.check('signed out without script', guest.url().endsWith('/signed-out'));
  await guest.goBack().catch(() => {});
  await guest.goto(`${lib.base}/account`);
  lib.check('going back shows nothing', guest.url().includes('/sign-in'));
  await lib.close(guest);

  // Roles, cover and training dates; then the reset by another officer.
  await office.goto(`${lib.base}/people`);
  await lib.submit(office, 'a:has-text("Rowan")');
  await lib.look(office, 'one person');
  await office.fill('#training_until', 'soon');
  await lib.submit(office, 'button:has-text("Save")');
  await lib.look(office, 'one person, with mistakes');
  await office.fill('#training_until', '2030-01-01');
  await lib.submit(office, 'button:has-text("Save")');
  lib.check('saved', office.url().endsWith('/people'));
  await lib.submit(office, 'a:has-text("Rowan")');
  await lib.submit(office, 'button:has-text("Reset")');
  lib.check('a reset gives a new one-time code', (await office.textContent('#one-time')).length === 23);
  await lib.close(office);
}

async function signingInOnAPhone(lib) {
  const worker = lib.member('Wren', ['worker']);
  module.exports.wren = worker;
  const page = await lib.open({ width: 320 });
  await page.goto(`${lib.base}/account`);
  lib.check('asked to sign in first', page.url().includes('/sign-in?next=/account'));
  await lib.look(page, 'sign-in, empty');
  await lib.submit(page, 'main button');
  await lib.look(page, 'sign-in, with mistakes');
  const before = (await page.context().cookies()).find((one) => one.name === '__Host-gatehouse');
  lib.check('no session before signing in', before === undefined);
  await page.fill('#sign_in', worker.sign_in);
  await page.fill('#password', lib.password);
  await page.fill('#code', worker.codes.pop());
  await lib.submit(page, 'main button');
  lib.check('back where one wanted to go', page.url().endsWith('/account'), page.url());
  await lib.look(page, 'account');
  const cookie = (await page.context().cookies()).find((one) => one.name === '__Host-gatehouse');
  lib.check('the session cookie is shut', cookie.httpOnly && cookie.secure && cookie.sameSite === 'Strict' && cookie.path === '/');
  await page.goto(`${lib.base}/`);
  await lib.look(page, 'start of a worker');
  await page.goto(`${lib.base}/guide/worker`);
  await lib.look(page, 'guide');
  await page.goto(`${lib.base}/nowhere`);
  await lib.look(page, 'page not found');
  lib.check('script says when the session ends', await page.locator('#idle').isVisible());
  await lib.submit(page, '#exit');
  await lib.look(page, 'signed out');
  await lib.close(page);
}

async function emergencyNumbersWithoutSignIn(lib) {
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: 320 });
    const answer = await page.goto(`${lib.base}/emergency`);
    lib.check('emergency opens for anybody', answer.status() === 200 && (await page.locator('a[href="tel:999"]').count()) === 1);
    await lib.look(page, `emergency ${script ? 'with' : 'without'} script`);
    await lib.close(page);
  }
}

module.exports = { firstAccount, invitationByKeyboardWithoutScript, signingInOnAPhone, emergencyNumbersWithoutSignIn };
Object.defineProperty(module.exports, 'petra', { writable: true, enumerable: false, value: null });
Object.defineProperty(module.exports, 'wren', { writable: true, enumerable: false, value: null });
