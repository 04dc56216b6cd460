'use strict';
// A worker asks what the policy says, with and without script, at 320 pixels.

async function policyQuestion(lib) {
  const wren = lib.member('Wrenna', ['worker']);
  for (const script of [true, false]) {
    const page = await lib.open({ script, width: 320 });
    await lib.signIn(page, wren, '/policy-question');
    await lib.look(page, `policy question, empty, ${script ? 'with' : 'without'} script`);
    await lib.submit(page, 'main form button');
    lib.check('what is missing is said', (await page.locator('.govuk-error-summary a').count()) >= 3);
    await lib.look(page, `policy question, with mistakes, ${script ? 'with' : 'without'} script`);
    await page.selectOption('#agency', 'la_early_help');
    await page.selectOption('#purpose', 'early_help');
    await page.check('input[name=agreement][value=current]');
    await page.fill('#age', '34');
    await page.check('input[name=consent][value=written]');
    await page.check('input[name=what][value=identity]');
    await page.check('input[name=what][value=counselling]');
    await lib.submit(page, 'main form button');
    lib.check('some of it', (await page.textContent('#answer')).includes('You may tell some of it'), await page.textContent('#answer'));
    await lib.look(page, `policy question, answered, ${script ? 'with' : 'without'} script`);
    await lib.close(page);
  }
}

module.exports = { policyQuestion };
