// Third parties out of free text: the names the file lists, and identifier patterns.
const PATTERNS = new RegExp([
  '[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}',                 // e-mail
  '\\b\\d{3} ?\\d{3} ?\\d{4}\\b',                                       // NHS number
  '\\b0\\d{2,4} ?\\d{3} ?\\d{3,4}\\b',                                 // telephone
  '\\b[A-Z]{2} ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]\\b',                     // National Insurance number
  '\\b[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}\\b',                          // postcode
].join('|'), 'g');
const SPECIAL = /[.*+?^${}()|[\]\\]/g;

export function thirdParties(names) {
  return new RegExp('\\b(?:' + names.map((n) => n.replace(SPECIAL, '\\$&')).join('|') + ')\\b', 'g');
}

export function redactText(text, names) {
  return text.replace(names, '[third party]').replace(PATTERNS, '[removed]');
}
