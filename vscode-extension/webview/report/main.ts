/** A click in the report goes to the place in the text. */

interface Host {
  postMessage(message: unknown): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();

document.body.addEventListener('click', (event) => {
  const link = (event.target as Element).closest<HTMLElement>('[data-spot]');
  if (link?.dataset.spot) {
    event.preventDefault();
    host.postMessage({ kind: 'fix' in link.dataset ? 'fix' : 'open', spot: JSON.parse(link.dataset.spot) as unknown });
  }
});
