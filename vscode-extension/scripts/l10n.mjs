// Writes l10n/bundle.l10n.json, from which translators begin: every text that the code says through `t`.
// With --check, fails where that file says something else. A text that is no literal could not be translated.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const path = join(root, 'l10n', 'bundle.l10n.json');

function texts(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 't') {
      const [text] = node.arguments;
      if (!text || !ts.isStringLiteralLike(text)) {
        throw new Error(`${file}: ${node.getText(source)} says no literal text`);
      }
      found.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const files = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'));
const all = [...new Set(files.flatMap((name) => texts(join(root, 'src', name))))].sort();
const bundle = `${JSON.stringify(Object.fromEntries(all.map((text) => [text, text])), null, 2)}\n`;

if (process.argv.includes('--check')) {
  if (readFileSync(path, 'utf8') !== bundle) {
    console.error('l10n/bundle.l10n.json is not what the code says: node scripts/l10n.mjs writes it anew');
    process.exit(1);
  }
} else {
  mkdirSync(join(root, 'l10n'), { recursive: true });
  writeFileSync(path, bundle);
}
