'use strict';
// Somebody has asked us by telephone: keyed in, decided, what may be said read out by the script, and written down; where something is missing, asked for.
const fs = require('fs');

const said = (script) => (script ? 'with script' : 'without script');
const nhs = () => /"nhs", "value": "(\d+)"/.exec(fs.readFileSync(`${process.env.HOUSE}/files/people.jsonl`, 'utf8').split('\n')[0])[1];
let wren, lead;

async function keyIn(lib, page, { why = 'To plan support so that she can come to school.' } = {}) {
  await page.check('input[name=way][value=phone]');
  await page.selectOption('#agency', 'kent-early-help');
  await page.fill('#worker_name', 'Rowan Applegarth');
  await page.fill('#worker_post', 'Early help worker');
  await page.fill('#worker_contact', '07700 900555');
  await page.fill('#given_name', 'Tansy');
  await page.fill('#family_name', 'Merrow-Hale');
  await page.fill('#date_of_birth', '2012-03-09');
  await page.fill('#nhs_number', nhs());
  await page.selectOption('#purpose', 'early_help');
  await page.fill('#said_why_necessary', why);
  await page.fill('#said_intended_use', 'An early help plan, shared with the family. <script>alert(1)</script>');
}

async function askedByPhone(lib) {
  wren = lib.member('Wynn', ['worker']);
  lead = lib.member('Isolde', ['ig_lead']);
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: 320 });
    await lib.signIn(page, wren, '/asked');
    await lib.look(page, `someone has asked us, ${script ? 'empty' : 'full'}, ${said(script)}`);
    lib.check('what to say before anything', (await page.textContent('main')).includes('I cannot say whether we know anybody of that name'));
    await lib.submit(page, 'main form button');
    lib.check('what is wrong is listed', (await page.locator('.govuk-error-summary a').count()) >= 4);
    await lib.look(page, `someone has asked us, with mistakes, ${said(script)}`);
    await keyIn(lib, page);
    await lib.submit(page, 'main form button');
    lib.check('written down', /\/asked\/rq_[0-9a-z]+$/.test(page.url()), `${page.url()} ${await page.textContent('main')}`);
    lib.check('no name in title or address', !(await page.title()).includes('Tansy') && !page.url().includes('Tansy'));
    lib.check('nothing may be said yet', (await page.textContent('main')).includes('Nothing may be said yet'));
    await lib.look(page, `what we were asked, waiting, ${said(script)}`);
    const address = new URL(page.url()).pathname;
    const id = address.split('/').pop();

    const desk = await lib.open({ script, width: 1000 });
    await lib.signIn(desk, lead, `/cases/${id}`);
    lib.check('the lead sees that it was keyed in', (await desk.textContent('main')).includes('keyed it in'));
    await desk.check('input[name=decide][value=approve]');
    if (await desk.locator('input[name=confirmed]').count()) await desk.check('input[name=confirmed]');
    await desk.fill('#rationale', 'They agreed, and early help needs it to plan.');
    await lib.submit(desk, 'button[name=settle]');
    lib.check('released', (await desk.textContent('main')).includes('It is released'), await desk.textContent('main'));
    await lib.close(desk);

    await page.reload();
    const text = await page.textContent('main');
    lib.check('what may be said is shown', text.includes('What may be said') && text.includes('Tansy'), text);
    lib.check('with the number of our directory', /Ring [0-9 ]+, the number in our directory/.test(text) && !text.includes('07700 900555'));
    lib.check('nobody else is in it', !text.includes('Pellgrove'));
    await lib.look(page, `what we were asked, what may be said, ${said(script)}`);
    await lib.submit(page, 'button[value=tell]');
    lib.check('nothing is written without how and what', (await page.locator('.govuk-error-summary a').count()) >= 2);
    await lib.look(page, `what we were asked, with mistakes, ${said(script)}`);
    await page.check('input[name=checked][value=called_back]');
    await page.check('input[name=items] >> nth=0');
    if (await page.locator('input[name=notice_read]').count()) await page.check('input[name=notice_read]');
    await page.fill('#words', 'She will ring the school. <b>Thanks</b>');
    await lib.submit(page, 'button[value=tell]');
    lib.check('it is written down', (await page.textContent('main')).includes('It is written down'));
    await page.goto(`${lib.base}${address}`);
    lib.check('and stands there as text', (await page.textContent('main')).includes('<b>Thanks</b>'));
    await lib.look(page, `what we were asked, told, ${said(script)}`);
    await lib.close(page);
  }
}

async function whatIsMissingIsAskedFor(lib) {
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, wren, '/asked');
  await keyIn(lib, page, { why: '' });
  // By keyboard alone.
  await page.focus('main form button');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  lib.check('what to ask them for', (await page.textContent('main')).includes('Ask them for this'), await page.textContent('main'));
  await lib.look(page, 'what we were asked, something is missing');
  const first = page.url();
  for (const box of await page.locator('textarea[name^=said_]').all()) await box.fill('To plan support.');
  await lib.submit(page, 'button[value=complete]');
  lib.check('completed', /\/asked\/rq_/.test(page.url()) && page.url() !== first, page.url());
  lib.check('nothing is missing any more', !(await page.textContent('main')).includes('Ask them for this'));
  await lib.close(page);
}

module.exports = { askedByPhone, whatIsMissingIsAskedFor };
