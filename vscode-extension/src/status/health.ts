/** What is known of each folder and of the server, and which of it matters where the user looks. */

import type { FolderStatus } from '../server/protocol';
import type { Life } from '../server/life';
import type { Health } from './wording';

export class Healths {
  private readonly folders = new Map<string, FolderStatus>();
  private life: Life['kind'] = 'starting';

  told(status: FolderStatus): void {
    this.folders.set(status.folder, status);
  }

  lives(life: Life['kind']): void {
    this.life = life;
    if (life !== 'running') {
      this.folders.clear();
    }
  }

  /** That of one folder, or of the only one there is. */
  of(folder: string | undefined): Health {
    if (this.life === 'noPython' || this.life === 'stopped') {
      return { state: this.life };
    }
    const [first] = this.folders.values();
    return (folder === undefined ? first : (this.folders.get(folder) ?? first)) ?? { state: 'launching' };
  }
}
