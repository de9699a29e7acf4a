/**
 * The HTML around a view.
 *
 * The rule: nothing may run or load but what this extension brings; scripts by nonce, no inline style, no
 * network. `blob:` is for the layout's worker, which a webview can start in no other way.
 */

export interface Page {
  readonly title: string;
  readonly nonce: string;
  readonly source: string;
  readonly styles: readonly string[];
  readonly script: string;
  readonly body: string;
}

export function html(page: Page): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${page.nonce}'`,
    `style-src ${page.source}`,
    `font-src ${page.source}`,
    `connect-src ${page.source}`,
    'worker-src blob:',
  ].join('; ');
  const links = page.styles.map((style) => `<link rel="stylesheet" href="${escaped(style)}">`).join('\n');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${links}
<title>${escaped(page.title)}</title>
</head>
<body>
${page.body}
<script nonce="${page.nonce}" src="${escaped(page.script)}"></script>
</body>
</html>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Whatever came from the user's program is text, and nothing else. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
