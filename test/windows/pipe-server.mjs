/** Serves a memory disk behind a pipe until a file appears: `node pipe-server.mjs NAME STOP`. */
import { existsSync, rmSync } from 'node:fs';
import { createDisk, createTarget, memoryBackend } from './dist/index.js';
import { servePipe } from './dist/winspd/index.js';

const [name, stop] = process.argv.slice(2);
const backend = memoryBackend({ blocks: 8192 });
const target = createTarget([createDisk({ backend })]);
const { unit, path } = await servePipe(target, { pipe: name });
console.log(`serving ${path}`);
await new Promise((resolve) => {
  const look = setInterval(() => {
    if (!existsSync(stop)) return;
    clearInterval(look);
    rmSync(stop);
    resolve();
  }, 20);
});
await unit.shutdown();
const first = new Uint8Array(512);
const marks = Array.from({ length: 8 }, (_, lba) => {
  backend.read(lba, first);
  return first[0].toString(16);
});
console.log(`stopped ${marks.join(' ')}`);
await target.close();
