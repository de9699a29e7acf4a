import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(__dirname, '..', '..');

void test('translators are given every text of the code', () => {
  const done = spawnSync(process.execPath, [join(ROOT, 'scripts', 'l10n.mjs'), '--check'], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
});

void test('every text of package.json is in package.nls.json, and no other', () => {
  const used = [...readFileSync(join(ROOT, 'package.json'), 'utf8').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key);
  const given = Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.nls.json'), 'utf8')) as object);
  assert.deepEqual([...new Set(used)].sort(), given.sort());
});
