/**
 * VS Code's window, as a person sees and uses it.
 *
 * The rule: what is looked at is in the page, and what is done is done with mouse and keyboard.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
const PATIENCE = 45_000;

export interface Box {
  readonly left: number;
  readonly right: number;
}

export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
  }

  async open(url: string, folder: string, ...files: string[]): Promise<void> {
    const authority = new URL(url).host;
    const payload = files.map((file) => ['openFile', `vscode-remote://${authority}${join(folder, file)}`]);
    await this.page.goto(`${url}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    await this.page.locator('.monaco-workbench').waitFor();
    for (const file of files) {
      await this.tab(file).waitFor();
    }
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.fill(name);
    await this.page.locator(`.quick-input-list .monaco-list-row[aria-label*="${name}"]`).first().click();
    await this.tab(name).waitFor();
    await this.editor.locator('.view-line').first().waitFor();
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`).first();
  }

  get editor(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  // -- text --------------------------------------------------------------------------------------------

  line(text: string): Locator {
    return this.page.locator('.editor-instance .view-line').filter({ hasText: text }).first();
  }

  async lineText(text: string): Promise<string> {
    return ((await this.line(text).textContent()) ?? '').replaceAll('\u00a0', ' ');
  }

  /** Where some characters are on the screen; no element is theirs alone. */
  async place(text: string, lineWith = text): Promise<Box & { readonly top: number; readonly bottom: number }> {
    const line = this.line(lineWith.replaceAll(' ', '\u00a0')).or(this.line(lineWith)).first();
    await line.waitFor();
    return line.evaluate((element, wanted) => {
      const nodes: { node: Text; from: number }[] = [];
      let whole = '';
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const node = walker.currentNode as Text;
        nodes.push({ node, from: whole.length });
        whole += node.data.replaceAll('\u00a0', ' ');
      }
      const start = whole.indexOf(wanted);
      const at = (offset: number, last: boolean): [Text, number] => {
        const found = nodes.filter(({ from }) => (last ? from < offset : from <= offset)).at(-1) ?? nodes[0];
        return [found?.node ?? document.createTextNode(''), offset - (found?.from ?? 0)];
      };
      const range = document.createRange();
      range.setStart(...at(start, false));
      range.setEnd(...at(start + wanted.length, true));
      const { left, right, top, bottom } = range.getBoundingClientRect();
      return { left, right, top, bottom };
    }, text);
  }

  squiggles(severity: 'error' | 'warning' | 'info'): Locator {
    return this.page.locator(`.editor-instance .cdr.squiggly-${severity}`);
  }

  async squiggle(severity: 'error' | 'warning' | 'info'): Promise<Box> {
    const squiggle = this.squiggles(severity).first();
    await squiggle.waitFor({ state: 'attached' });
    const box = await squiggle.evaluate((element) => {
      const { left, right } = element.getBoundingClientRect();
      return { left, right };
    });
    return box;
  }

  async hover(text: string, lineWith = text): Promise<string> {
    const { left, top, bottom } = await this.place(text, lineWith);
    const y = (top + bottom) / 2;
    await this.page.mouse.move(left + 60, y + 60);
    await this.page.mouse.move(left + 4, y, { steps: 6 });
    const shown = this.page.locator('.monaco-hover:visible').first();
    await shown.waitFor();
    return (await shown.innerText()).replaceAll('\u00a0', ' ');
  }

  async clickAt(text: string, lineWith = text): Promise<void> {
    const { left, top, bottom } = await this.place(text, lineWith);
    await this.page.mouse.click(left + 3, (top + bottom) / 2);
  }

  // -- around ------------------------------------------------------------------------------------------

  get status(): Locator {
    return this.page.locator('[id="fullgraph.fullgraph.fullgraph.status"], .statusbar-item[id*="fullgraph"]').first();
  }

  async statusIs(pattern: RegExp): Promise<void> {
    await this.status.filter({ hasText: pattern }).waitFor();
  }

  async statusText(): Promise<string> {
    return (await this.status.innerText()).trim();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  async quickFixes(): Promise<Locator> {
    await this.page.keyboard.press('Control+.');
    const rows = this.page.locator('.action-widget:visible .monaco-list-row.action');
    await rows.first().waitFor();
    return rows;
  }

  /** The quick fixes at the cursor, once one is among them that was proved: proofs come after the trace. */
  async provedFixes(): Promise<Locator> {
    for (let tries = 0; tries < PATIENCE / 1000; tries++) {
      const rows = await this.quickFixes();
      if ((await rows.filter({ hasText: '(verified)' }).count()) > 0) {
        return rows.filter({ hasText: '(verified)' });
      }
      await this.page.keyboard.press('Escape');
      await this.page.waitForTimeout(1000);
    }
    throw new Error('no fix was proved');
  }

  /** The page inside a webview. */
  async webview(selector: string): Promise<Frame> {
    for (let tries = 0; tries < PATIENCE / 250; tries++) {
      for (const frame of this.page.frames()) {
        if ((await frame.locator(selector).count().catch(() => 0)) > 0) {
          return frame;
        }
      }
      await this.page.waitForTimeout(250);
    }
    throw new Error(`no webview has ${selector}`);
  }

  async shot(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
  }
}
