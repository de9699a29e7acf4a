/** A webview panel that shows one of this extension's pages and can be made to forget nothing of it. */

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { html } from './page';

export interface Parts {
  readonly type: string;
  readonly title: string;
  /** The name of two pictures in media/, for light and for dark themes. */
  readonly icon: 'graph' | 'report';
  readonly script: string;
  readonly styles: readonly string[];
}

export function newPanel(extension: vscode.Uri, parts: Parts): vscode.WebviewPanel {
  const roots = ['dist', 'media'].map((folder) => vscode.Uri.joinPath(extension, folder));
  const options = { enableScripts: true, localResourceRoots: roots, retainContextWhenHidden: true };
  const panel = vscode.window.createWebviewPanel(parts.type, parts.title, vscode.ViewColumn.Beside, options);
  panel.iconPath = {
    light: vscode.Uri.joinPath(extension, 'media', `${parts.icon}-light.svg`),
    dark: vscode.Uri.joinPath(extension, 'media', `${parts.icon}-dark.svg`),
  };
  return panel;
}

export function fill(panel: vscode.WebviewPanel, extension: vscode.Uri, parts: Parts, body: string): void {
  const resource = (path: string): string => panel.webview.asWebviewUri(vscode.Uri.joinPath(extension, path)).toString();
  panel.webview.html = html({
    title: parts.title,
    nonce: randomBytes(16).toString('base64url'),
    source: panel.webview.cspSource,
    styles: parts.styles.map(resource),
    script: resource(parts.script),
    body,
  });
}
