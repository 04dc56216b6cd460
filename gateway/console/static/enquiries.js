'use strict';
// Says while it is being written what could identify somebody. The server looks again when the question is sent; without this file nothing is lost.
(() => {
  const text = document.getElementById('text');
  const place = document.getElementById('as-you-type');
  if (!text || !place) return;
  const token = text.form.querySelector('input[name=token]').value;
  let timer, asked = 0, last = text.value;
  const line = (mark) => {
    const item = document.createElement('li');
    const words = document.createElement('strong');
    words.textContent = mark.words;
    item.append(words, `: ${mark.definite ? 'take this out' : 'please check'}; ${mark.suggestion}`);
    return item;
  };
  const show = (marks) => {
    const head = document.createElement('p');
    head.className = 'govuk-body';
    head.textContent = marks.length === 0 ? 'Nothing found so far that could say who it is. Read it again yourself.' : 'This could say who it is:';
    const list = document.createElement('ul');
    list.className = 'govuk-list govuk-list--bullet';
    list.append(...marks.map(line));
    place.replaceChildren(head, ...(marks.length === 0 ? [] : [list]));
  };
  const ask = async () => {
    const mine = ++asked;
    const body = new URLSearchParams({ token, text: text.value });
    const answer = await fetch('/enquiries/marks', { method: 'POST', body, credentials: 'same-origin', redirect: 'manual' }).catch(() => null);
    if (mine !== asked || !answer || answer.status !== 200) return;
    const found = await answer.json().catch(() => null);
    if (found && Array.isArray(found.marks)) show(found.marks);
  };
  text.addEventListener('input', () => {
    if (text.value === last) return;
    last = text.value;
    clearTimeout(timer);
    timer = setTimeout(ask, 500);
  });
})();
