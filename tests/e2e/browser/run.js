'use strict';
// Runs every flow; the first that does not hold ends the run with its name.
const fs = require('fs');
const path = require('path');
const lib = require('./lib.js');

(async () => {
  await lib.start();
  const files = fs.readdirSync(path.join(__dirname, 'flows')).filter((name) => name.endsWith('.js')).sort();
  const only = process.argv[2];
  let flows = 0;
  for (const file of files) {
    for (const [name, flow] of Object.entries(require(path.join(__dirname, 'flows', file)))) {
      if (only && !name.includes(only)) continue;
      const began = Date.now();
      try {
        await flow(lib);
      } catch (error) {
        process.stderr.write(`FAILED: ${name}: ${error instanceof lib.Failed ? error.message : error.stack}\n`);
        await lib.stop();
        process.exit(1);
      }
      flows += 1;
      process.stdout.write(`  held: ${name} (${Date.now() - began} ms)\n`);
    }
  }
  await lib.stop();
  if (flows === 0) {
    process.stderr.write('no flow was run\n');
    process.exit(1);
  }
  process.stdout.write(`  ${lib.held()} things held on ${lib.looked.size} pages and states\n`);
})();
