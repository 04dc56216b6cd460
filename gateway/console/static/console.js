'use strict';
// Comfort only: every page does its whole work without this file.
(() => {
  // What is wrong is read first.
  const mistakes = document.getElementById('mistakes');
  if (mistakes) mistakes.focus();

  // A second click sends nothing twice.
  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 3000) event.preventDefault();
      form.dataset.sent = String(Date.now());
    });
  }
  window.addEventListener('pageshow', () => { for (const form of document.querySelectorAll('form')) delete form.dataset.sent; });

  // Two minutes before the session ends: say so, and let it be prolonged.
  const idle = document.getElementById('idle');
  if (!idle) return;
  const seconds = Number(idle.dataset.idle);
  const warnAfter = Math.max(seconds - 120, seconds / 2) * 1000;
  let warn, end;
  const box = document.createElement('div');
  box.className = 'gh-idle';
  box.setAttribute('role', 'alertdialog');
  box.setAttribute('aria-label', 'You will be signed out soon');
  box.hidden = true;
  const words = document.createElement('p');
  words.textContent = 'You will be signed out in 2 minutes if you do nothing.';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'govuk-button';
  button.textContent = 'Stay signed in';
  box.append(words, button);
  document.body.append(box);
  const start = () => {
    clearTimeout(warn);
    clearTimeout(end);
    box.hidden = true;
    warn = setTimeout(() => { box.hidden = false; button.focus(); }, warnAfter);
    // What is being written is posted, so that it is kept for its owner; where there is nothing to keep, the page goes away.
    end = setTimeout(() => {
      const draft = document.querySelector('form[data-draft]');
      if (draft) draft.submit();
      else window.location.replace('/signed-out');
    }, (seconds + 2) * 1000);
  };
  button.addEventListener('click', async () => {
    const body = new URLSearchParams({ token: idle.dataset.token });
    const answer = await fetch('/stay', { method: 'POST', body, credentials: 'same-origin', redirect: 'manual' }).catch(() => null);
    if (answer && answer.status === 204) start();
    else window.location.replace('/sign-in');
  });
  start();
})();
