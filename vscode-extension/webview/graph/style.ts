/** The picture's colours and fonts: those of the user's theme, read from the page. */

import type { StylesheetJson } from 'cytoscape';

/** Fallbacks are for themes that leave a colour out. */
function colour(name: string, otherwise: string): string {
  return getComputedStyle(document.body).getPropertyValue(`--vscode-${name}`).trim() || otherwise;
}

export function style(): StylesheetJson {
  const foreground = colour('editor-foreground', '#888');
  const background = colour('editor-background', '#fff');
  const quiet = colour('descriptionForeground', foreground);
  const font = colour('editor-font-family', 'monospace');
  const accent = colour('focusBorder', '#0078d4');
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        width: 'data(width)',
        height: 'data(height)',
        label: 'data(label)',
        color: foreground,
        'font-family': font,
        'font-size': 11,
        'text-wrap': 'wrap',
        'text-valign': 'center',
        'text-halign': 'center',
        'line-height': 1.25,
        'background-color': colour('editorWidget-background', background),
        'border-width': 1,
        'border-color': colour('widget-border', quiet),
        'min-zoomed-font-size': 5,
        'z-index-compare': 'manual',
        'z-index': 900,
      },
    },
    ...kinds(foreground),
    {
      selector: 'node.module',
      style: { 'background-color': colour('button-secondaryBackground', '#ccc'), color: colour('button-secondaryForeground', foreground), 'border-color': accent, 'border-width': 1.5 },
    },
    { selector: 'node.container', style: container(background, quiet) },
    { selector: 'edge', style: edge(quiet) },
    { selector: 'edge.bent', style: { 'curve-style': 'segments', 'segment-weights': 'data(weights)', 'segment-distances': 'data(distances)', 'edge-distances': 'node-position' } as object },
    { selector: '.error', style: { 'border-color': colour('editorError-foreground', '#f00'), 'border-width': 3 } },
    { selector: '.warning', style: { 'border-color': colour('editorWarning-foreground', '#b80'), 'border-width': 3 } },
    { selector: '.match', style: { 'background-color': colour('charts-yellow', '#cca700'), 'background-opacity': 0.3, 'border-color': colour('charts-yellow', accent), 'border-width': 2 } },
    { selector: '.here', style: { 'border-color': accent, 'border-width': 3 } },
    { selector: 'node.picked', style: { 'border-color': accent, 'border-width': 3, 'border-style': 'solid' } },
    { selector: 'edge.near', style: { 'line-color': accent, 'target-arrow-color': accent, width: 2 } },
  ] as StylesheetJson;
}

function container(background: string, quiet: string): object {
  return {
    'background-color': colour('sideBar-background', background),
    'background-opacity': 0.5,
    color: quiet,
    'font-weight': 'bold',
    'text-valign': 'top',
    'text-margin-y': 19,
    'text-halign': 'right',
    'text-margin-x': 'data(shift)',
    'border-style': 'dashed',
    'border-color': quiet,
    'z-index-compare': 'manual',
    'z-index': 'data(depth)',
  };
}

/** Of a box painted from far away. */
export function speckColour(marks: ReadonlyMap<string, ReadonlySet<string>>): (item: { id: string; kind: string }) => string {
  const [plain, problem, match, here] = [colour('descriptionForeground', '#888'), colour('editorError-foreground', '#f00'), colour('charts-yellow', '#cca700'), colour('focusBorder', '#0078d4')];
  return ({ id, kind }) => {
    if (marks.get('here')?.has(id)) {
      return here;
    }
    return marks.get('match')?.has(id) ? match : /error|warning/.test(kind) ? problem : plain;
  };
}

function edge(quiet: string): object {
  return {
    width: 1,
    'curve-style': 'straight',
    'line-color': quiet,
    'line-opacity': 0.7,
    'target-arrow-color': quiet,
    'target-arrow-shape': 'triangle',
    'arrow-scale': 0.7,
    'z-index-compare': 'manual',
    'z-index': 500,
  };
}

function kinds(foreground: string): object[] {
  const bordered = { custom: colour('charts-orange', '#d18616'), 'higher-order': colour('charts-purple', '#b180d7') };
  return [
    ...Object.entries(bordered).map(([kind, border]) => ({ selector: `node.${kind}`, style: { 'border-color': border, 'border-width': 2 } })),
    { selector: 'node.check, node.python', style: { color: colour('descriptionForeground', foreground), 'border-style': 'dotted' } },
    { selector: 'node.input, node.output', style: { shape: 'cut-rectangle', 'border-color': colour('charts-green', '#388a34'), 'border-width': 1.5 } },
  ];
}
