/**
 * VS Code's window, as a person sees and uses it.
 *
 * The rule: what is looked at is in the page, and what is done is done with mouse and keyboard. The window
 * moves by itself (hints come, lists fill, rows are used again for other things), so that nothing is done
 * on what was seen a moment ago without another look, and whatever is done can be done twice.
 */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { place, type Box, type Spot } from './place.ts';
import { PATIENCE, sleep, until } from './until.ts';

const ARTEFACTS = join(import.meta.dirname, 'artefacts');
/** How long one try of many may take. */
const A_MOMENT = 6_000;

export type Severity = 'error' | 'warning' | 'info';

export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
  }

  /** A folder, or a `.code-workspace`, with some of its files. */
  async open(url: string, folder: string, ...files: string[]): Promise<void> {
    const authority = new URL(url).host;
    const payload = files.map((file) => ['openFile', `vscode-remote://${authority}${join(folder, file)}`]);
    const kind = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await this.page.goto(`${url}/?${kind}=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    await this.page.locator('.monaco-workbench').waitFor();
    for (const file of files) {
      await this.tab(file).waitFor();
    }
  }

  /** A window in which an extension's checks run, and which ends by itself. */
  async runSuite(url: string, folder: string, extension: string, suite: string): Promise<void> {
    const remote = (path: string): string => `vscode-remote://${new URL(url).host}${path}`;
    const payload = [['extensionDevelopmentPath', remote(extension)], ['extensionTestsPath', remote(join(extension, suite))], ['skipWelcome', 'true']];
    await this.page.exposeFunction('codeAutomationExit', () => undefined);
    await this.page.exposeFunction('codeAutomationLog', () => undefined); // mostly of native modules that code-server is without
    const kind = folder.endsWith('.code-workspace') ? 'workspace' : 'folder';
    await this.page.goto(`${url}/?${kind}=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`).first();
  }

  get editor(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }

  // -- commands ----------------------------------------------------------------------------------------

  async command(title: string): Promise<void> {
    await this.pick('F1', `>${title}`, (label) => label === title || label.startsWith(`${title},`));
  }

  async openFile(name: string): Promise<void> {
    await this.goTo(name);
    await this.editor.locator('.view-line').first().waitFor();
  }

  async openNotebook(name: string): Promise<void> {
    await this.goTo(name);
    await this.page.locator('.notebook-editor .cell-editor-container .view-line').first().waitFor();
  }

  private async goTo(name: string): Promise<void> {
    await this.pick('Control+P', name, (label) => label.startsWith(name));
    await this.page.locator(`.tabs-container .tab.active[data-resource-name="${name}"]`).first().waitFor();
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible input').first();
  }

  quickRows(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget:visible .monaco-list-row').filter({ hasText: text });
  }

  /** Opens a list, narrows it, and takes the row that is wanted once the list stands on it. */
  private async pick(key: string, words: string, isWanted: (label: string) => boolean): Promise<void> {
    await until(`"${words}" among what can be picked`, async () => {
      await this.closeLists();
      await this.page.keyboard.press(key);
      await this.quickInput.waitFor({ timeout: A_MOMENT });
      await this.quickInput.fill(words, { timeout: A_MOMENT }); // the list may close by itself in between
      await this.standOn(isWanted);
      await this.page.keyboard.press('Enter');
      return true;
    });
  }

  /** A row is not clicked: the list may have moved on between look and click, and another would be taken. */
  private async standOn(isWanted: (label: string) => boolean): Promise<void> {
    const rows = this.page.locator('.quick-input-widget:visible .monaco-list-row');
    await until('the row that is wanted', async () => {
      const labels = await rows.evaluateAll((all) => all.map((row) => ({ label: row.getAttribute('aria-label') ?? '', focused: row.classList.contains('focused') })));
      if (labels.some(({ label, focused }) => focused && isWanted(label))) {
        return true;
      }
      if (labels.some(({ label }) => isWanted(label))) {
        await this.page.keyboard.press('ArrowDown');
      }
      return false;
    }, A_MOMENT);
  }

  async closeLists(): Promise<void> {
    await until('no list is open', async () => {
      if (await this.page.locator('.quick-input-widget:visible').count()) {
        await this.page.keyboard.press('Escape');
        return false;
      }
      return true;
    });
  }

  /** All editors, and what stands before the window: there are such for settings, and the keyboard is theirs. */
  async closeEditors(): Promise<void> {
    await this.calm();
    await this.command('View: Close All Editors');
    await until('no editor is open', async () => (await this.page.locator('.tabs-container .tab:visible').count()) === 0);
  }

  /** As a check finds the window: no list, menu or hover open. What is in the editors stays. */
  async calm(): Promise<void> {
    await this.page.mouse.move(1, 1);
    await this.closeLists();
    await until('nothing is before the window', async () => {
      if (await this.page.locator('.action-widget:visible, .monaco-menu:visible, .monaco-modal-editor-block:visible').count()) {
        await this.page.keyboard.press('Escape');
        return false;
      }
      return true;
    });
  }

  /** Into a box that VS Code opened, and Enter. */
  async answer(text?: string): Promise<void> {
    await this.quickInput.waitFor();
    if (text !== undefined) {
      await this.quickInput.fill(text);
    }
    await this.page.keyboard.press('Enter');
  }

  // -- text --------------------------------------------------------------------------------------------

  line(text: string): Locator {
    return this.page.locator('.editor-instance .view-line').filter({ hasText: text }).first();
  }

  /** Empty where there is no such line now. */
  async lineText(text: string): Promise<string> {
    const [line = ''] = await this.page.locator('.editor-instance .view-line').filter({ hasText: text }).allTextContents();
    return line.replaceAll('\u00a0', ' ');
  }

  async lineIs(text: string, pattern: RegExp): Promise<void> {
    await until(`the line with ${text} is ${pattern}`, async () => pattern.test(await this.lineText(text)));
  }

  /** Where some characters are on the screen; no element is theirs alone. */
  async place(text: string, lineWith = text): Promise<Spot> {
    const line = this.line(lineWith.replaceAll(' ', '\u00a0')).or(this.line(lineWith)).first();
    return place(line, text);
  }

  squiggles(severity: Severity): Locator {
    return this.page.locator(`.editor-instance .cdr.squiggly-${severity}`);
  }

  async squiggle(severity: Severity): Promise<Box> {
    const squiggle = this.squiggles(severity).first();
    await squiggle.waitFor({ state: 'attached' });
    return squiggle.evaluate((element) => {
      const { left, right } = element.getBoundingClientRect();
      return { left, right };
    });
  }

  async noSquiggle(severity: Severity): Promise<void> {
    await until(`no ${severity} is underlined`, async () => (await this.squiggles(severity).count()) === 0);
  }

  /** A squiggle is under these characters and no others. */
  async underlined(severity: Severity, text: string, lineWith = text): Promise<void> {
    await until(`${severity} under ${text}`, async () => {
      const [drawn, wanted] = [await this.squiggle(severity), await this.place(text, lineWith)];
      assert.ok(Math.abs(drawn.left - wanted.left) < 1.5, `it starts at ${drawn.left}, the text at ${wanted.left}`);
      assert.ok(Math.abs(drawn.right - wanted.right) < 1.5, `it ends at ${drawn.right}, the text at ${wanted.right}`);
      return true;
    });
  }

  /** Hovers until what is shown is what is wanted; at first it may be that it is being loaded. */
  async hover(pattern: RegExp, text: string, lineWith = text): Promise<string> {
    return until(`the hover over ${text} says ${pattern}`, async () => {
      const { left, top, bottom } = await this.place(text, lineWith);
      const y = (top + bottom) / 2;
      await this.page.mouse.move(left + 60, y + 80);
      await this.page.mouse.move(left + 4, y, { steps: 6 });
      return until('a hover', async () => {
        const shown = await this.page.locator('.monaco-hover:visible').allInnerTexts();
        return shown.map((each) => each.replaceAll('\u00a0', ' ')).find((each) => pattern.test(each));
      }, A_MOMENT);
    });
  }

  /** The cursor stands in the text, and the editor has the keyboard. */
  async clickAt(text: string, lineWith = text): Promise<void> {
    await until(`the cursor at ${text}`, async () => {
      const { left, top, bottom } = await this.place(text, lineWith);
      await this.page.mouse.click(left + 3, (top + bottom) / 2);
      const focused = this.page.locator('.editor-group-container.active .monaco-editor.focused');
      await focused.first().waitFor({ timeout: A_MOMENT });
      const after = await this.place(text, lineWith);
      return Math.abs(after.top - top) < 1; // else the text moved under the pointer
    });
  }

  lens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration').filter({ hasText: text }).first();
  }

  async clickLens(text: string): Promise<void> {
    await this.page.locator('.codelens-decoration a').filter({ hasText: text }).first().click();
  }

  // -- fixes -------------------------------------------------------------------------------------------

  /** The menu of quick fixes at the cursor, once it has one that is wanted: proofs come after the trace. */
  async quickFix(title: string): Promise<Locator> {
    return until(`a quick fix "${title}"`, async () => {
      await this.closeMenu();
      await this.page.keyboard.press('Control+.');
      const rows = this.page.locator('.action-widget:visible .monaco-list-row.action');
      await rows.first().waitFor({ timeout: A_MOMENT });
      const wanted = rows.filter({ hasText: title }).first();
      return (await wanted.count()) > 0 ? wanted : undefined;
    });
  }

  /** Opens the menu and takes an entry, until the text shows that it was taken. */
  async applyFix(title: string, isDone: () => Promise<boolean>): Promise<void> {
    await until(`"${title}" is applied`, async () => {
      const row = await this.quickFix(title);
      await row.click({ timeout: A_MOMENT });
      return until('the edit', async () => isDone(), A_MOMENT);
    });
  }

  async closeMenu(): Promise<void> {
    if (await this.page.locator('.action-widget:visible').count()) {
      await this.page.keyboard.press('Escape');
      await this.page.locator('.action-widget:visible').waitFor({ state: 'hidden', timeout: A_MOMENT });
    }
  }

  /** Undoes until the file is as it was saved. */
  async undo(name: string): Promise<void> {
    const changed = this.page.locator(`.tabs-container .tab.dirty[data-resource-name="${name}"]`);
    await until(`${name} is as it was saved`, async () => {
      if ((await changed.count()) === 0) {
        return true;
      }
      await this.page.keyboard.press('Control+Z');
      await sleep(400);
      return false;
    });
  }

  // -- around ------------------------------------------------------------------------------------------

  get status(): Locator {
    return this.page.locator('[id="fullgraph.fullgraph.fullgraph.status"], .statusbar-item[id*="fullgraph"]').first();
  }

  async statusIs(pattern: RegExp): Promise<void> {
    await this.status.filter({ hasText: pattern }).waitFor();
  }

  /** `Ln 13, Col 27 (15 selected)` */
  async cursorIs(text: string): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: text }).first().waitFor();
  }

  /** A message; it goes by itself after a while, and then it is among the others behind the bell. */
  async notification(text: RegExp): Promise<Locator> {
    return until(`a message ${text}`, async () => {
      const shown = this.page.locator('.notification-toast, .notifications-center .notification-list-item').filter({ hasText: text });
      if ((await shown.count()) > 0) {
        return shown.first();
      }
      const centre = this.page.locator('.notifications-center:visible');
      if ((await centre.count()) === 0 && (await this.page.locator('.notification-toast').count()) === 0) {
        await this.page.locator('[id="status.notifications"]').first().click({ timeout: A_MOMENT });
      }
      return undefined;
    });
  }

  async noMessages(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await until('no message is shown', async () => (await this.page.locator('.notification-toast').count()) === 0);
  }

  /** A row of the Problems panel, with its words and place. */
  async problem(text: string, pattern: RegExp): Promise<void> {
    await this.command('Problems: Focus on Problems View');
    const row = this.page.locator('.markers-panel .monaco-list-row').filter({ hasText: text }).first();
    await until(`a problem ${pattern}`, async () => pattern.test((await row.getAttribute('aria-label', { timeout: A_MOMENT })) ?? ''));
  }

  /** A row of a list, which has in the page only those rows that can be seen. */
  async scrolledTo(list: string, text: string): Promise<Locator> {
    const rows = this.page.locator(`${list} .monaco-list-row`);
    const wanted = rows.filter({ hasText: text }).first();
    await rows.first().waitFor();
    await rows.first().hover();
    for (const step of [0, ...Array<number>(40).fill(150), ...Array<number>(40).fill(-150)]) {
      await this.page.mouse.wheel(0, step);
      if (await appears(wanted, 400)) {
        return wanted;
      }
    }
    throw new Error(`no row of ${list} has ${text}: ${(await rows.allInnerTexts()).join(' | ')}`);
  }

  /** The page inside the webview in front. */
  async webview(selector: string): Promise<Frame> {
    return until(`a webview with ${selector}`, async () => {
      for (const frame of this.page.frames()) {
        if (await frame.locator(selector).first().isVisible().catch(() => false)) {
          return frame;
        }
      }
      return undefined;
    });
  }

  async shot(name: string): Promise<void> {
    mkdirSync(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`) });
  }
}

async function appears(locator: Locator, patience: number): Promise<boolean> {
  return locator.waitFor({ timeout: patience }).then(() => true, () => false);
}
