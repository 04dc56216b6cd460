'use strict';
// Takes the style sheet of govuk-frontend and leaves out what is reserved for government services: the Transport typeface, the crown, the crest.
// node gateway/console/make-assets.js: writes static/govuk.css. Exits 1 when something reserved would stay in it.
const fs = require('fs');
const path = require('path');
const from = path.join(path.dirname(require.resolve('govuk-frontend/package.json')), 'dist', 'govuk', 'govuk-frontend.min.css');
let css = fs.readFileSync(from, 'utf8');
css = css.replace(/@font-face\s*{[^}]*}/g, '');
css = css.replace(/"?GDS Transport"?\s*,\s*/gi, '');
// A rule that fetches anything is a rule for the crest: nothing else in it is used here.
css = css.replace(/[^{}]*{[^{}]*url\([^{}]*}/g, '');
css = css.replace(/[^{}]*(crown|crest|logotype)[^{}]*{[^{}]*}/gi, '');
css = css.replace(/\/\*#[^*]*\*\//g, '');
for (const reserved of [/url\(/i, /@font-face/i, /transport/i, /crest/i, /crown/i])
  if (reserved.test(css)) {
    process.stderr.write(`make-assets: ${reserved} is still in the style sheet; this version of govuk-frontend needs another cut\n`);
    process.exit(1);
  }
fs.writeFileSync(path.join(__dirname, 'static', 'govuk.css'), css);
