'use strict';
// Figures for a partner: before a quarter is published, put together on a page, priced, asked; and the budget, which two people raise.
const fs = require('fs');
const path = require('path');

// The newest quarter that is over for more than the fourteen days of the policy.
function closedQuarter() {
  const day = new Date(Date.now() - 15 * 86400000);
  let year = day.getUTCFullYear(), quarter = Math.floor(day.getUTCMonth() / 3);
  if (quarter === 0) { year -= 1; quarter = 4; }
  return { name: `${year}-Q${quarter}`, date: `${year}-${String(quarter * 3 - 1).padStart(2, '0')}-15`, year };
}

function rows(date) {
  const districts = ['dover', 'thanet', 'swale'], bands = ['5-9', '10-14', '15-17'], out = ['child,record,date,district,age_band,sex,category'];
  for (let i = 0; i < 900; i += 1) out.push([`c${i}`, `r${i}`, date, districts[i % 3], bands[Math.floor(i / 3) % 3], i % 2 ? 'female' : 'male', i % 5 ? 'self_harm' : 'housing'].join(','));
  return `${out.join('\n')}\n`;
}

async function figuresBeforeAQuarterIsPublished(lib) {
  const page = await lib.open();
  await lib.signIn(page, lib.member('Felicity', ['ig_lead']), '/figures');
  lib.check('no quarter', (await page.textContent('main')).includes('No quarter is open'));
  await lib.look(page, 'figures, empty');
  await lib.submit(page, 'main a[href="/figures/budget"]');
  lib.check('nothing used', (await page.textContent('main')).includes('nothing has been used'));
  await lib.look(page, 'budget of figures, empty');
  await lib.close(page);
}

async function figuresForAPartner(lib) {
  const quarter = closedQuarter(), file = path.join(process.env.HOUSE, 'figures.csv');
  fs.writeFileSync(file, rows(quarter.date));
  lib.gatehouse(['stats', 'import', file]);
  lib.gatehouse(['stats', 'publish', '--period', quarter.name]);
  const lead = lib.member('Philippa', ['ig_lead']);
  let first;
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: script ? 1000 : 320 });
    await lib.signIn(page, lead, '/figures');
    await lib.look(page, `figures, form, ${script ? 'with' : 'without'} script`);
    await page.selectOption('#partner', 'kent-mash');
    await page.selectOption('#by_first', 'district');
    await lib.submit(page, 'main button[value="price"]');
    lib.check('what is wrong is said', (await page.locator('.govuk-error-summary').count()) === 1);
    lib.check('what was chosen stays', (await page.inputValue('#by_first')) === 'district');
    await lib.look(page, `figures, with a mistake, ${script ? 'with' : 'without'} script`);
    await page.check(`input[name="periods"][value="${quarter.name}"]`);
    await page.check('input[name="sigma2"][value="100"]');
    await lib.submit(page, 'main button[value="price"]');
    const price = await page.textContent('main');
    lib.check('the price before', script ? /points of the/.test(price) || /Nothing: it follows from the tables/.test(price) : true, price.slice(0, 400));
    await lib.look(page, `figures, price, ${script ? 'with' : 'without'} script`);
    await lib.submit(page, 'main button[value="ask"]');
    const got = await page.textContent('main');
    lib.check('ranges and a reference', /\d+ to \d+/.test(got) && /st_[0-9a-f]/.test(got), got.slice(0, 600));
    lib.check('a chart beside its numbers', (await page.locator('svg.gh-chart').count()) >= 3);
    await lib.look(page, `figures, answer, ${script ? 'with' : 'without'} script`);
    const table = await page.locator('main table').first().innerText();
    if (first) lib.check('the same numbers again', table.replace(/\s+/g, ' ') === first.replace(/\s+/g, ' '), `${first} / ${table}`);
    first = table;
    await lib.close(page);
  }
  // By keyboard alone, from the top of the page to the price.
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, lead, '/figures');
  await page.focus('#partner');
  await page.keyboard.type('kent-mash');
  for (let i = 0; i < 80 && !(await page.evaluate(() => document.activeElement.name === 'periods')); i += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  for (let i = 0; i < 120 && !(await page.evaluate(() => document.activeElement.value === 'price')); i += 1) await page.keyboard.press('Tab');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  lib.check('by keyboard', (await page.textContent('main')).includes('Before you ask') || (await page.textContent('main')).includes('There is a problem'));
  await lib.close(page);
}

async function theBudgetIsRaisedByTwo(lib) {
  const lead = lib.member('Rosalind', ['ig_lead']), director = lib.member('Sunniva', ['director']);
  const page = await lib.open({ width: 320 });
  await lib.signIn(page, lead, '/figures/budget');
  await lib.look(page, 'budget of figures, full');
  const whose = (await page.locator('#whose option').first().getAttribute('value'));
  await page.selectOption('#whose', whose);
  await page.fill('#cap', '260');
  await page.fill('#reason', 'The yearly return needs one more split.');
  await lib.submit(page, 'main form[action="/figures/budget"] button');
  lib.check('one person does not raise it', (await page.textContent('main')).includes('takes a second officer'));
  lib.check('what was typed stays', (await page.inputValue('#cap')) === '260');
  await lib.look(page, 'budget of figures, with a mistake');
  await page.fill('#second', director.sign_in);
  await page.fill('#second_password', lib.password);
  await page.fill('#second_code', director.codes.pop());
  await lib.submit(page, 'main form[action="/figures/budget"] button');
  const done = await page.textContent('main');
  lib.check('two do', done.includes('The cap is raised') && done.includes('250 to 260') && done.includes('one more split'), done.slice(0, 500));
  await lib.look(page, 'budget of figures, raised');
  await lib.close(page);
  const worker = await lib.open();
  await lib.signIn(worker, lib.member('Tamsin', ['worker']));
  for (const address of ['/figures', '/figures/budget']) lib.check('not for a worker', (await worker.goto(`${lib.base}${address}`)).status() === 403);
  await lib.close(worker);
}

module.exports = { figuresBeforeAQuarterIsPublished, figuresForAPartner, theBudgetIsRaisedByTwo };
