/** What is known of each folder and of the server, and which of it matters where the user looks. */

import type { FolderStatus } from '../server/protocol';
import type { ServerState } from '../server/serverState';
import type { Health } from './wording';

export class Healths {
  private readonly folders = new Map<string, FolderStatus>();
  private server: ServerState['kind'] = 'starting';

  told(status: FolderStatus): void {
    this.folders.set(status.folder, status);
  }

  serverChanged(server: ServerState['kind']): void {
    this.server = server;
    if (server !== 'running') {
      this.folders.clear();
    }
  }

  /** That of one folder, or of the only one there is. */
  of(folder: string | undefined): Health {
    if (this.server === 'noPython' || this.server === 'stopped') {
      return { state: this.server };
    }
    const [first] = this.folders.values();
    return (folder === undefined ? first : (this.folders.get(folder) ?? first)) ?? { state: 'launching' };
  }
}
