/** A process cannot end while one of its threads waits in the driver: what waits is cancelled then. */

interface Waiting {
  cancel(): void;
}

const opened = new Set<Waiting>();

function cancelAll(): void {
  for (const each of opened) each.cancel();
}

/** Is cancelled when the process exits, until it is forgotten. */
export function cancelAtExit(waiting: Waiting): void {
  if (opened.size === 0) process.on('exit', cancelAll);
  opened.add(waiting);
}

/** Waits for nothing any more. */
export function forget(waiting: Waiting): void {
  opened.delete(waiting);
  if (opened.size === 0) process.off('exit', cancelAll);
}
