'use strict';
// What was decided: counted, listed, and one decision with its record, fetched as PDF, CSV and JSON.
const fs = require('fs');

async function whatWeDecided(lib) {
  const lead = lib.member('Odette', ['ig_lead']);
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: script ? 1000 : 320 });
    await lib.signIn(page, lead, '/decisions');
    lib.check('counts with their charts', (await page.locator('svg.gh-chart').count()) >= 3);
    lib.check('a table behind each', (await page.locator('table caption').count()) >= 4);
    lib.check('no names', !/Tansy|Merrow/.test(await page.textContent('main')));
    await lib.look(page, `what we decided, full, ${script ? 'with' : 'without'} script`);
    await page.selectOption('#agency', 'kent-early-help');
    await lib.submit(page, 'main form button');
    lib.check('narrowed', page.url().includes('agency=kent-early-help'));
    await page.fill('#from', 'soon');
    await lib.submit(page, 'main form button');
    lib.check('what is wrong is said', (await page.locator('.govuk-error-summary a[href="#from"]').count()) === 1);
    await lib.look(page, `what we decided, with a mistake, ${script ? 'with' : 'without'} script`);
    await page.fill('#from', '2020-01-01');
    await page.fill('#until', '2020-01-02');
    await lib.submit(page, 'main form button');
    await lib.look(page, `what we decided, empty, ${script ? 'with' : 'without'} script`);
    await page.goto(`${lib.base}/decisions?agency=kent-early-help`);
    await lib.submit(page, 'main table a[href^="/decisions/rq_"] >> nth=0');
    await lib.look(page, `one decision, ${script ? 'with' : 'without'} script`);
    const text = await page.textContent('main');
    lib.check('the form of the regulator', ['Lawful basis', 'Impact assessment', 'Seven checks', 'Decided by'].every((one) => text.includes(one)), text);
    lib.check('no name of whom it is about', !/Tansy|Merrow/.test(text), text);
    lib.check('where values come from, and clauses in words', text.includes('stated by who asks') && text.includes('Each clause, in words'), text);
    for (const [file, begins] of [['record.pdf', '%PDF-'], ['record.csv', '"form"'], ['record.json', '{"schema"'], ['log-proof.txt', 'c2sp.org/tlog-proof@v1']]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(`main a[href$="/${file}"]`)]);
      lib.check(file, fs.readFileSync(await download.path(), 'latin1').startsWith(begins));
    }
    await lib.close(page);
  }
}

// Nothing goes by itself in this house: each release is a person's, and its basis is the one that stood when they let it go.
async function whatAPersonReleasedHasItsBasis(lib) {
  const day = (by) => new Date(Date.now() + by * 86400000).toISOString().slice(0, 10);
  const all = JSON.parse(lib.gatehouse(['decisions', 'record', '--form', 'one-off', '--agency', 'kent-early-help', '--from', day(-1), '--until', day(2)]));
  lib.check('there are some', all.length > 0);
  for (const one of all) {
    lib.check('a basis', one.fields.lawful_basis.startsWith('UK GDPR Article 6'), JSON.stringify(one.fields));
    lib.check('who decided, in which role', /Conspicuous, Information-governance lead \(released/.test(one.fields.decided_by), one.fields.decided_by);
  }
}

async function shownToThePerson(lib) {
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, lib.member('Oriel', ['ig_lead']));
  await page.goto(`${lib.base}/decisions?agency=kent-early-help`);
  // One that is decided and that nothing speaks against.
  const links = await page.locator('main table a[href^="/decisions/rq_"]').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  lib.check('there are some', links.length > 0);
  let shown = false;
  for (const link of links) {
    await page.goto(`${lib.base}${link}`);
    if (!(await page.locator('form[action$="/show"]').count())) continue;
    await lib.submit(page, 'form[action$="/show"] button');
    shown = true;
    break;
  }
  if (!shown) {
    lib.check('why it may not be shown is said', (await page.textContent('main')).includes('Not from here.'));
    await lib.close(page);
    return;
  }
  lib.check('one page', page.url().endsWith('/shown'));
  lib.check('in plain words', (await page.textContent('main')).includes('What we were asked about you'));
  await lib.look(page, 'shown to the person');
  await page.goto(`${lib.base}/cases`);
  lib.check('and nothing else until somebody signs in', page.url().includes('/sign-in'), page.url());
  await page.goBack();
  lib.check('back is that page', page.url().endsWith('/shown'));
  await lib.close(page);
}

async function aWorkerDoesNotOpenThem(lib) {
  const page = await lib.open();
  await lib.signIn(page, lib.member('Perrin', ['worker']));
  const seen = await page.goto(`${lib.base}/decisions`);
  lib.check('not for a worker', seen.status() === 403);
  await lib.close(page);
}

module.exports = { whatWeDecided, whatAPersonReleasedHasItsBasis, shownToThePerson, aWorkerDoesNotOpenThem };
