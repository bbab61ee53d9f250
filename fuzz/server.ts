/** The server that is attacked: two targets in one process, which tells its heap when it is asked. */
import { createDisk, createTarget, memoryBackend } from '../src/index.ts';
import { IscsiServer } from '../src/transport/iscsi/index.ts';
import { ATTACKED, GOOD, type Heap } from './names.ts';

const SIZE = 16 * 1024 * 1024;

/** A disk all of whose blocks are allocated, so that writing does not make it grow. */
function disk(rate: number) {
  const backend = memoryBackend({ size: SIZE });
  const block = new Uint8Array(1024 * 1024).fill(0xff);
  for (let lba = 0; lba < backend.blocks; lba += block.length / 512) backend.write(lba, block);
  return createDisk({ backend, thin: false, sanitizeRate: rate, formatRate: rate });
}

const server = new IscsiServer({
  // Half-open connections are to go while it runs.
  loginTimeout: 1000,
  errorRecoveryLevel: 2,
  defaultTime2Retain: 1,
  headerDigest: 'prefer',
  maxConnections: 1200,
});
server.addTarget({ name: GOOD, target: createTarget([disk(0)]) });
server.addTarget({ name: ATTACKED, target: createTarget([disk(1e9), disk(1e9)]) });
const { port } = await server.listen({ port: 0 });

process.on('message', () => {
  globalThis.gc?.();
  const { heapUsed, external, rss: resident } = process.memoryUsage();
  const { sessions, connections } = server.counters;
  process.send?.({ bytes: heapUsed + external, resident, sessions, connections } satisfies Heap);
});
process.on('disconnect', () => process.exit());
process.send?.({ port });
