/**
 * Serves a memory disk on the miniport: `node device-server.mjs DELAY [STOP | exit]`.
 *
 * Each write takes DELAY milliseconds. It stops, or the process exits, when the file STOP appears.
 */
import { existsSync, rmSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDisk, createTarget, memoryBackend } from './dist/index.js';
import { serveDevice } from './dist/winspd/index.js';

const [delay, stop, how] = process.argv.slice(2);
const memory = memoryBackend({ blocks: 16 * 512 });
let writes = 0;
const backend = {
  blocks: memory.blocks,
  blockLength: memory.blockLength,
  id: 'device-server',
  read: (lba, into) => memory.read(lba, into),
  async write(lba, from) {
    if (writes++ === 0) console.log('writing');
    await sleep(Number(delay));
    memory.write(lba, from);
  },
  flush() {},
};
const target = createTarget([createDisk({ backend })]);
const { unit, physicalDrive } = await serveDevice(target, { fetches: 8 });
await physicalDrive();
console.log('serving');
while (!existsSync(stop)) await sleep(20);
rmSync(stop);
if (how === 'exit') process.exit(7);
await unit.shutdown();
const first = new Uint8Array(512);
const marks = Array.from({ length: 8 }, (_, lba) => {
  memory.read(lba, first);
  return first[0].toString(16);
});
console.log(`stopped ${marks.join(' ')}`);
await target.close();
