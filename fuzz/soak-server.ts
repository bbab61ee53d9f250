/** The server that is soaked: one target under two names, one of them with CHAP, and one to be reset. */
import { setImmediate as turn } from 'node:timers/promises';
import { createDisk, createTarget, type Backend } from '../src/index.ts';
import { IscsiServer } from '../src/transport/iscsi/index.ts';
import { CHAP, GUARDED, HOT_LUN, MOVED_LUNS, RESET, SOAKED } from './names.ts';
import { filled, tell } from './served.ts';

const MIB = 2 ** 20;
/** Milliseconds between two changes of what LUNs there are. */
const HOT = 1500;

/** A backend that reads into memory of others, and looks at theirs, when others have had their turn. */
function lendingNothing(inner: Backend): Backend {
  return {
    blocks: inner.blocks,
    blockLength: inner.blockLength,
    read: async (lba, into) => {
      await turn();
      await inner.read(lba, into);
    },
    write: async (lba, from, how) => {
      await turn();
      await inner.write(lba, from, how);
    },
  };
}

const disk = (size: number) => createDisk({ backend: filled(size), thin: false });

const soaked = createTarget([disk(32 * MIB), disk(MIB), disk(MIB)]);
soaked.luns.add(
  MOVED_LUNS[1],
  createDisk({ backend: lendingNothing(filled(32 * MIB)), thin: false }),
);
const hot = disk(MIB);
setInterval(() => {
  if (soaked.luns.remove(HOT_LUN) === undefined) soaked.luns.add(HOT_LUN, hot);
}, HOT).unref();

const server = new IscsiServer({
  errorRecoveryLevel: 2,
  // Who leaves without a logout is to be gone before he is counted too often.
  defaultTime2Retain: 1,
  headerDigest: 'prefer',
  dataDigest: 'prefer',
});
server.addTarget({ name: SOAKED, target: soaked });
server.addTarget({
  name: GUARDED,
  target: soaked,
  chap: { users: [CHAP.user], mutual: CHAP.target },
});
server.addTarget({ name: RESET, target: createTarget([disk(MIB)]) });
await tell(server);
