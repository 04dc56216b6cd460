'use strict';
// A partner's request waits; the information-governance lead approves part of it; the partner fetches and opens it. Another is refused.
const fs = require('fs');
const { execFileSync } = require('child_process');

function ask(method, path, body, partner = 'kent-early-help') {
  const house = process.env.HOUSE;
  const dir = `${house}/partners/${partner}`;
  const out = `${house}/browser-answer`;
  const args = ['--url', `https://localhost:${process.env.PARTNER_PORT}`, '--cacert', `${house}/site/tls/server.pem`, '--cert', `${dir}/tls.pem`, '--key', `${dir}/tls.key`,
    '--signing-key', `${dir}/signing.key`, '--keyid', fs.readFileSync(`${dir}/keyid`, 'utf8').trim(), '--answer-key', `${house}/gateway-answers.pem`, '--quiet', '--output', out,
    method, path];
  if (body) {
    fs.writeFileSync(`${house}/browser-ask.json`, JSON.stringify(body));
    args.push(`${house}/browser-ask.json`);
  }
  execFileSync(`${process.env.REPO}/scripts/partner-request`, args, { stdio: 'ignore' });
  return fs.readFileSync(out);
}
const tansy = () => {
  const line = fs.readFileSync(`${process.env.HOUSE}/files/people.jsonl`, 'utf8').split('\n')[0];
  return {
    purpose: 'early_help',
    subject: { nhs_number: /"nhs", "value": "(\d+)"/.exec(line)[1], family_name: 'Merrow-Hale', given_name: 'Tansy', date_of_birth: '2012-03-09' },
    categories: ['identity', 'contact', 'education', 'attendance_behaviour', 'child_view', 'housing'],
    stated: { why_necessary: 'To plan support so that she can come to school.', intended_use: 'An early help plan, shared with the family.' },
    worker: { name: 'Rowan Applegarth', post: 'Early help worker', role: 'worker', contact: '01632 960150' },
  };
};

async function emptyQueue(lib) {
  const page = await lib.open();
  module.exports.imogen = lib.member('Imogen', ['ig_lead']);
  await lib.signIn(page, module.exports.imogen);
  await page.goto(`${lib.base}/cases`);
  await lib.look(page, 'queue, empty');
  await lib.close(page);
}

async function approvePart(lib) {
  for (const script of [true, false]) {
    const request = JSON.parse(ask('POST', '/v1/requests', tansy()));
    lib.check('the request waits', request.status === 'waiting', JSON.stringify(request));
    const page = await lib.open({ script, width: script ? 1000 : 320 });
    await lib.signIn(page, module.exports.imogen, `/cases/${request.id}`);
    lib.check('led to the case', page.url().endsWith(request.id), page.url());
    await lib.look(page, `case, full, ${script ? 'with' : 'without'} script`);
    const text = await page.textContent('main');
    lib.check('what would leave is shown', text.includes('Exactly what would leave') && text.includes('Tansy'));
    const leaves = (await page.locator('.gh-leaves').allTextContents()).join(' ');
    lib.check('a third party is not in it', leaves.length > 20 && !leaves.includes('Pellgrove'), leaves);
    lib.check('who is hidden is marked in words', /\[[^\]]+\](, hidden| please check)/.test(leaves), leaves);
    lib.check('what is on our record stands beside it', (await page.locator('.gh-ours mark').count()) >= 1);
    await page.goto(`${lib.base}/cases`);
    await lib.look(page, `queue, full, ${script ? 'with' : 'without'} script`);
    await lib.submit(page, `a[href="/cases/${request.id}"]`);
    // Shown everywhere only with a reason, and looked at again; then taken back. Words are hidden everywhere.
    await page.check('input[name=show] >> nth=0');
    await lib.submit(page, 'button[name=again]');
    lib.check('showing somebody needs a reason', (await page.locator('.govuk-error-summary a[href="#show_reason"]').count()) === 1);
    await lib.look(page, `case, shown without a reason, ${script ? 'with' : 'without'} script`);
    const shownBefore = await page.locator('input[name=shown]').getAttribute('value');
    await page.fill('#show_reason', 'They know him already; he asked for it.');
    if (!(await page.isChecked('input[name=show] >> nth=0'))) await page.check('input[name=show] >> nth=0');
    await lib.submit(page, 'button[name=again]');
    lib.check('the approval is for another text now', (await page.locator('input[name=shown]').getAttribute('value')) !== shownBefore);
    await lib.look(page, `case, somebody shown, ${script ? 'with' : 'without'} script`);
    for (const box of await page.locator('input[name=show]:checked').all()) await box.uncheck();
    await page.fill('#show_reason', '');
    await page.fill('#hide_words', 'Tansy');
    await lib.submit(page, 'button[name=again]');
    lib.check('words are hidden everywhere', !(await page.locator('.gh-leaves').allTextContents()).join(' ').includes('Tansy'));
    await page.fill('#hide_words', '');
    await lib.submit(page, 'button[name=again]');
    lib.check('and shown again', (await page.locator('.gh-leaves').allTextContents()).join(' ').includes('Tansy'));
    await lib.submit(page, 'button[name=settle]');
    lib.check('nothing is decided without a choice and a reason', (await page.locator('.govuk-error-summary a').count()) >= 2);
    await lib.look(page, `case, with mistakes, ${script ? 'with' : 'without'} script`);
    await page.check('input[name=decide][value=approve]');
    const boxes = page.locator('input[name=items]');
    lib.check('several things are proposed', (await boxes.count()) >= 3);
    await page.locator('.govuk-checkboxes__item', { hasText: 'Contact' }).locator('input').uncheck();
    await page.fill('#rationale', 'She agreed on paper; they need school and her own view. <script>alert(1)</script>');
    await page.fill('#conditions', 'For the plan only.');
    if (await page.locator('input[name=confirmed]').count()) await page.check('input[name=confirmed]');
    await lib.submit(page, 'button[name=settle]');
    lib.check('it is released', (await page.textContent('h1')).includes('released'), await page.textContent('main'));
    await lib.look(page, `released, ${script ? 'with' : 'without'} script`);
    await page.reload().catch(() => {});
    lib.check('a reload does nothing twice', (await page.textContent('h1')).includes('settled'));
    await page.goto(`${lib.base}/cases/${request.id}`);
    await lib.look(page, `case, settled, ${script ? 'with' : 'without'} script`);
    const status = JSON.parse(ask('GET', `/v1/requests/${request.id}`));
    lib.check('the partner\'s waiting request is complete', status.status === 'released', JSON.stringify(status));
    fs.writeFileSync(`${process.env.HOUSE}/browser.age`, ask('GET', `/v1/requests/${request.id}/package`));
    const plain = execFileSync('age', ['-d', '-i', `${process.env.HOUSE}/partners/kent-early-help/age.key`, `${process.env.HOUSE}/browser.age`], { encoding: 'utf8' });
    lib.check('what was ticked is in it', plain.includes('Tansy') && plain.includes('For the plan only.'));
    lib.check('what was kept back is not', !/"category":"contact"/.test(plain) && !plain.includes('agreed on paper'));
    await lib.close(page);
  }
}

async function refuseByKeyboard(lib) {
  const request = JSON.parse(ask('POST', '/v1/requests', tansy()));
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, module.exports.imogen, `/cases/${request.id}`);
  await page.focus('input[name=decide][value=refuse]');
  await page.keyboard.press('Space');
  await page.focus('#rationale');
  await page.keyboard.type('They asked for more than they need for this.');
  await page.keyboard.press('Tab');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  lib.check('nothing is sent', (await page.textContent('h1')).includes('Nothing is sent'), await page.textContent('main'));
  await lib.look(page, 'refused');
  await page.goto(`${lib.base}/cases`);
  lib.check('it has left the queue', (await page.locator(`a[href="/cases/${request.id}"]`).count()) === 0);
  const status = JSON.parse(ask('GET', `/v1/requests/${request.id}`));
  lib.check('the partner is told nothing before the time promised', status.status === 'waiting', JSON.stringify(status));
  await lib.close(page);
}

// The partner is asked for more, sees it, answers; the answer is in the queue in place of the first.
async function askForMore(lib) {
  for (const script of [true, false]) {
    const request = JSON.parse(ask('POST', '/v1/requests', tansy()));
    const page = await lib.open({ script, width: 320 });
    await lib.signIn(page, module.exports.imogen, `/cases/${request.id}`);
    await page.check('input[name=decide][value=ask]');
    await page.fill('#rationale', 'They do not say on what power they ask.');
    await lib.submit(page, 'button[name=settle]');
    lib.check('what to ask for is chosen', (await page.locator('.govuk-error-summary a[href="#wanted"]').count()) === 1);
    await lib.look(page, `case, asking for nothing, ${script ? 'with' : 'without'} script`);
    await page.check('input[name=wanted][value=statutory_power]');
    await lib.submit(page, 'button[name=settle]');
    lib.check('they are asked', (await page.textContent('h1')).includes('asked for more'), await page.textContent('main'));
    await lib.look(page, `asked for more, ${script ? 'with' : 'without'} script`);
    const status = JSON.parse(ask('GET', `/v1/requests/${request.id}`));
    lib.check('the partner sees what it is asked', status.status === 'waiting' && status.more_information.missing.join() === 'statutory_power', JSON.stringify(status));
    lib.check('and nothing else has changed', status.answer_by === request.answer_by && !JSON.stringify(status).includes('on what power'));
    await page.goto(`${lib.base}/cases`);
    await lib.look(page, `queue, waiting for them, ${script ? 'with' : 'without'} script`);
    const more = JSON.parse(ask('POST', `/v1/requests/${request.id}/information`, { stated: { statutory_power: 'Children Act 1989, section 17' } }));
    lib.check('the answer is received', more.status === 'waiting' && more.id !== request.id, JSON.stringify(more));
    lib.check('the first asks for nothing any more', JSON.parse(ask('GET', `/v1/requests/${request.id}`)).more_information === undefined);
    await page.goto(`${lib.base}/cases`);
    lib.check('it is in the queue in place of the first', (await page.locator(`a[href="/cases/${more.id}"]`).count()) === 1 &&
      (await page.locator(`a[href="/cases/${request.id}"]`).count()) === 0);
    await page.goto(`${lib.base}/cases/${more.id}`);
    lib.check('and says so', (await page.textContent('main')).includes('They have stated more') && (await page.textContent('main')).includes('Children Act 1989, section 17'));
    await lib.look(page, `case, completed, ${script ? 'with' : 'without'} script`);
    await lib.close(page);
  }
}

// The father of a child, marked as the one who did it, has an account. He sees nothing of that case, not even that there is one.
async function whoIsAccusedSeesNothing(lib) {
  const line = fs.readFileSync(`${process.env.HOUSE}/files/people.jsonl`, 'utf8').split('\n').find((one) => one.includes('"MB-0007"'));
  const child = JSON.parse(line);
  const body = tansy();
  body.subject = { nhs_number: child.identifiers.find((one) => one.type === 'nhs').value, family_name: child.names[0].family, given_name: child.names[0].given,
    date_of_birth: child.date_of_birth };
  const request = JSON.parse(ask('POST', '/v1/requests', body));
  const accused = lib.member('Gareth', ['ig_lead', 'dsl'], 'Coldharbour');
  const page = await lib.open();
  await lib.signIn(page, accused);
  const seen = await page.goto(`${lib.base}/cases/${request.id}`);
  const theirs = await page.textContent('main');
  lib.check('the case is not there for him', seen.status() === 404 && !theirs.includes(child.names[0].given), theirs);
  const nowhere = await page.goto(`${lib.base}/cases/rq_00000000000000000000000000000000`);
  lib.check('just like one that is not there', nowhere.status() === 404 && (await page.textContent('main')) === theirs);
  await lib.close(page);
  const other = await lib.open();
  await lib.signIn(other, module.exports.imogen, `/cases/${request.id}`);
  lib.check('somebody else sees it', (await other.textContent('main')).includes(child.names[0].given));
  await lib.look(other, 'case, nothing to approve or little');
  await lib.close(other);
}

// A worker without a training date: two screens, and afterwards it is in the queue until somebody has looked.
async function emergencyInTwoScreens(lib) {
  for (const script of [true, false]) {
    for (const how of ['send', 'phone']) {
      const name = `emergency, ${how}, ${script ? 'with' : 'without'} script`;
      const worker = lib.member(`Wren${how}${script ? 'a' : 'b'}`, ['worker']);
      const page = await lib.open({ script, width: 320 });
      await lib.signIn(page, worker);
      await page.goto(`${lib.base}/emergency`);
      await lib.submit(page, 'main a[href="/emergency/write"]');
      await lib.look(page, `${name}, first screen`);
      await lib.submit(page, 'button[value=send]');
      await lib.look(page, `${name}, with mistakes`);
      const person = tansy().subject;
      await page.check('input[name=danger] >> nth=0');
      await page.check('input[name=agency] >> nth=0');
      for (const field of ['given_name', 'family_name', 'date_of_birth', 'nhs_number']) await page.fill(`#${field}`, person[field]);
      await page.focus('#lines');
      await page.keyboard.type('At the bus station. <script>alert(1)</script>');
      await page.keyboard.press('Tab');
      if (how === 'phone') await page.keyboard.press('Tab');
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      const said = await page.textContent('h1');
      lib.check(`${name}: done on the second screen`, how === 'phone' ? said.includes('written down') : said.includes('on its way'), await page.textContent('main'));
      await lib.look(page, `${name}, second screen`);
      const number = await page.textContent('#number');
      if (how === 'send') {
        fs.writeFileSync(`${process.env.HOUSE}/browser.age`, ask('GET', `/v1/requests/${number}/package`, null, 'kent-mash'));
        const plain = execFileSync('age', ['-d', '-i', `${process.env.HOUSE}/partners/kent-mash/age.key`, `${process.env.HOUSE}/browser.age`], { encoding: 'utf8' });
        lib.check(`${name}: with the number they fetch it`, plain.includes('At the bus station.') && plain.includes('Tansy') && !plain.includes('Pellgrove'));
      }
      const first = page.url();
      await page.reload().catch(() => {});
      lib.check(`${name}: a reload is the same emergency`, page.url() === first && (await page.textContent('#number')) === number);
      await lib.close(page);
      const lead = await lib.open({ script });
      await lib.signIn(lead, lib.member(`Isolde${how}${script ? 'a' : 'b'}`, ['ig_lead']), '/cases');
      lib.check(`${name}: somebody looks at it afterwards`, (await lead.locator(`a[href="/cases/${number}"]`).count()) === 1);
      await lead.goto(`${lib.base}/cases/${number}`);
      lib.check(`${name}: and reads the worker's own lines`, (await lead.textContent('main')).includes('At the bus station. <script>'), await lead.textContent('main'));
      await lib.look(lead, `${name}, afterwards`);
      await lead.check('input[name=decide][value=refuse]');
      await lead.fill('#rationale', 'Looked at with the worker; it was right to ring.');
      await lib.submit(lead, 'button[name=settle]');
      await lead.goto(`${lib.base}/cases`);
      lib.check(`${name}: then it has left the list`, (await lead.locator(`a[href="/cases/${number}"]`).count()) === 0);
      await lib.close(lead);
    }
  }
}

module.exports = { emptyQueue, approvePart, refuseByKeyboard, askForMore, emergencyInTwoScreens, whoIsAccusedSeesNothing };
Object.defineProperty(module.exports, 'imogen', { writable: true, enumerable: false, value: null });
