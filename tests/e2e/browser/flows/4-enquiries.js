'use strict';
// A worker asks without names: the first question, marks as one types and on submit, a partner's answer over the API, by phone, of a colleague.
const fs = require('fs');
const { execFileSync } = require('child_process');

function partner(method, path, body) {
  const house = process.env.HOUSE;
  const dir = `${house}/partners/kent-early-help`;
  const out = `${house}/browser-enquiry`;
  const args = ['--url', `https://localhost:${process.env.PARTNER_PORT}`, '--cacert', `${house}/site/tls/server.pem`, '--cert', `${dir}/tls.pem`, '--key', `${dir}/tls.key`,
    '--signing-key', `${dir}/signing.key`, '--keyid', fs.readFileSync(`${dir}/keyid`, 'utf8').trim(), '--answer-key', `${house}/gateway-answers.pem`, '--quiet', '--output', out,
    method, path];
  if (body) {
    fs.writeFileSync(`${house}/browser-enquiry.json`, JSON.stringify(body));
    args.push(`${house}/browser-enquiry.json`);
  }
  execFileSync(`${process.env.REPO}/scripts/partner-request`, args, { stdio: 'ignore' });
  return JSON.parse(fs.readFileSync(out, 'utf8'));
}
const said = (script) => (script ? 'with script' : 'without script');
const clean = 'A child is hungry at weekends. The mother has lost her work. May we ask early help without asking her?';
let wren;

async function begin(lib, page) {
  await page.goto(`${lib.base}/enquiries/new`);
  await page.check('input[name=hurt][value=no]');
  await lib.submit(page, 'main form button');
}

async function askAPartnerWithoutNames(lib) {
  wren = lib.member('Wrennie', ['worker']);
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: 320 });
    await lib.signIn(page, wren, '/enquiries');
    await lib.look(page, `enquiries, ${script ? 'empty' : 'full'}, ${said(script)}`);
    await lib.submit(page, 'main a.govuk-button');
    await lib.look(page, `could someone be hurt, ${said(script)}`);
    await lib.submit(page, 'main form button');
    await lib.look(page, `could someone be hurt, with a mistake, ${said(script)}`);
    await page.check('input[name=hurt][value=no]');
    await lib.submit(page, 'main form button');
    await lib.look(page, `a question, empty, ${said(script)}`);
    await page.fill('#text', 'Rosie is 14. Her mum\'s partner Dean hits her. Her number is 07700 900123. <script>alert(1)</script>');
    if (script) {
      await page.waitForSelector('#as-you-type li');
      lib.check('marked while it is typed', (await page.textContent('#as-you-type')).includes('07700 900123'));
      lib.check('with a way to say it', (await page.textContent('#as-you-type')).includes('take this out; leave it out'));
      await lib.look(page, 'a question, marked as one types');
    }
    await lib.submit(page, 'main button[value=send]');
    lib.check('nothing is sent with a number in it', (await page.textContent('.govuk-error-summary')).includes('Take out what says who it is'));
    lib.check('marked in the text', (await page.locator('mark').count()) >= 2);
    await lib.look(page, `a question, with mistakes, ${said(script)}`);
    await lib.submit(page, 'main button[value=replace]');
    lib.check('general words instead', (await page.inputValue('#text')).includes('[phone]'));
    await lib.look(page, `a question, in general words, ${said(script)}`);
    const text = `${clean} ${script ? 'A boy of 14 lives there.' : ''}`.trim();
    await page.fill('#text', text);
    await page.check('input[name=way][value=partner]');
    await page.selectOption('#agency', 'kent-early-help');
    await lib.submit(page, 'main button[value=send]');
    if (script) {
      lib.check('a doubt is the author\'s to settle', (await page.textContent('.govuk-error-summary')).includes('Check each mark'));
      for (const box of await page.locator('input[name=fine]').all()) await box.check();
      await lib.look(page, 'a question, doubts settled');
      await lib.submit(page, 'main button[value=send]');
    }
    lib.check('asked', /\/enquiries\/eq_[0-9a-f]{32}$/.test(page.url()), `${page.url()} ${await page.textContent('main')}`);
    await lib.look(page, `a question, waiting, ${said(script)}`);
    const id = page.url().split('/').pop();
    await page.reload();
    const list = partner('GET', '/v1/enquiries');
    lib.check('it is on the partner\'s list, once', list.enquiries.filter((one) => one.id === id).length === 1, JSON.stringify(list));
    lib.check('who asks is not told', !JSON.stringify(list).includes('Wren') && !JSON.stringify(list).includes(wren.id));
    const answered = partner('POST', `/v1/enquiries/${id}/answer`, { words: 'Ask her first; she may well say yes. <b>Refer</b> if not.' });
    lib.check('answered', answered.status === 'answered', JSON.stringify(answered));
    await page.reload();
    lib.check('the answer is here', (await page.textContent('main')).includes('she may well say yes. <b>Refer</b>'));
    await lib.look(page, `a question, answered, ${said(script)}`);
    await lib.submit(page, `main button[value=${script ? 'saved' : 'referred'}]`);
    lib.check('it says when it is deleted', (await page.textContent('main')).includes('is deleted on'));
    await lib.look(page, `a question, finished, ${said(script)}`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('main a[href$="/advice"]')]);
    const advice = fs.readFileSync(await download.path(), 'utf8');
    lib.check('the advice goes along, without a way back', advice.includes(clean) && advice.includes('she may well say yes') && !advice.includes('eq_'), advice);
    await lib.close(page);
  }
}

async function someoneCouldBeHurt(lib) {
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, wren, '/enquiries/new');
  await page.focus('input[name=hurt][value=yes]');
  await page.keyboard.press('Space');
  await page.focus('main form button');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  lib.check('whom to ring', (await page.locator('main a[href="tel:999"]').count()) === 1);
  await lib.look(page, 'someone could be hurt: ring now');
  await lib.close(page);
  const lead = await lib.open({ script: false });
  await lib.signIn(lead, lib.member('Dana', ['dsl']));
  await lead.goto(`${lib.base}/`);
  lib.check('the lead is told on the first page', (await lead.textContent('main')).includes('Someone could be hurt'));
  await lead.goto(`${lib.base}/enquiries/dangers`);
  lib.check('and who said so', (await lead.textContent('main')).includes('Wrennie'));
  await lib.close(lead);
  const again = await lib.open();
  await lib.signIn(again, lib.member('Dorrie', ['deputy_dsl']), '/enquiries/dangers');
  await lib.look(again, 'someone could be hurt: whom to speak to');
  await lib.submit(again, 'main form button');
  lib.check('nobody waits any more', (await again.textContent('main')).includes('Nobody waits'));
  await lib.look(again, 'someone could be hurt: nobody waits');
  await lib.close(again);
}

async function askByPhoneAndOfAColleague(lib) {
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, wren);
  await begin(lib, page);
  await page.focus('#text');
  await page.keyboard.type(clean);
  await page.focus('input[name=way][value=phone]');
  await page.keyboard.press('Space');
  await page.selectOption('#agency', 'kent-early-help');
  await page.focus('main button[value=send]');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  lib.check('a script to read', (await page.textContent('main')).includes('I will not say who it is about'));
  await lib.look(page, 'a question by phone, with its script');
  await page.fill('#words', 'The duty worker said: no need to refer yet.');
  await lib.submit(page, 'main button[value=answer]');
  lib.check('noted', (await page.textContent('main')).includes('no need to refer yet'));
  await lib.submit(page, 'main button[value=nothing_to_keep]');
  await begin(lib, page);
  await page.fill('#text', clean);
  await page.check('input[name=way][value=colleague]');
  const robin = lib.member('Robinson', ['manager']);
  await page.reload();
  await begin(lib, page);
  await page.fill('#text', clean);
  await page.check('input[name=way][value=colleague]');
  await page.selectOption('#colleague', { label: 'Robinson Conspicuous (Manager)' }).catch(async () => page.selectOption('#colleague', robin.id));
  await lib.submit(page, 'main button[value=send]');
  const id = page.url().split('/').pop();
  lib.check('asked of a colleague', id.startsWith('eq_'), await page.textContent('main'));
  const other = await lib.open({ script: false });
  await lib.signIn(other, robin, `/enquiries/${id}`);
  await other.fill('#words', 'Ask the lead.');
  await lib.submit(other, 'main button[value=answer]');
  lib.check('answered once', (await other.locator('#words').count()) === 0);
  await lib.close(other);
  const third = await lib.open();
  await lib.signIn(third, lib.member('Thea', ['ig_lead', 'dsl', 'admin']));
  const seen = await third.goto(`${lib.base}/enquiries/${id}`);
  lib.check('nobody else sees it', seen.status() === 404);
  await lib.close(third);
  await page.reload();
  lib.check('the answer is here', (await page.textContent('main')).includes('Ask the lead.'));
  await lib.look(page, 'a question, answered by a colleague');
  await lib.close(page);
}

module.exports = { askAPartnerWithoutNames, someoneCouldBeHurt, askByPhoneAndOfAColleague };
