/** The server that is attacked: two targets in one process, which tells its heap when it is asked. */
import { createDisk, createTarget } from '../src/index.ts';
import { IscsiServer } from '../src/transport/iscsi/index.ts';
import { ATTACKED, GOOD } from './names.ts';
import { filled, tell } from './served.ts';

// Small, so that a tenth of the heap is not what its disks hold.
const SIZE = 2 ** 20;

const disk = (rate: number) =>
  createDisk({ backend: filled(SIZE), thin: false, sanitizeRate: rate, formatRate: rate });

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
await tell(server);
