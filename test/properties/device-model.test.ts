/**
 * Any sequence of commands by several initiators, against a model of the device that is written
 * down from the standards. `MODEL_RUNS` says how many sequences on each kind of backend.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openFileBackend } from '../../src/backend/file/index.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import { BLOCK, BLOCKS } from './device-model/device.ts';
import { limitedBackend } from './device-model/limited-backend.ts';
import { play } from './device-model/play.ts';
import { steps } from './device-model/steps.ts';

const folder = mkdtempSync(join(tmpdir(), 'scsi-target-device-'));
let files = 0;
const newFile = (): Promise<Backend> =>
  openFileBackend(join(folder, `disk-${files++}.img`), { size: BLOCKS * BLOCK });

const BACKENDS: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  memory: () => memoryBackend({ blocks: BLOCKS }),
  'memory with anchors': () => memoryBackend({ blocks: BLOCKS, maxAllocatedBytes: 1024 * 1024 }),
  'memory with little room': () => limitedBackend(BLOCKS / 2),
  file: newFile,
  'overlay over memory': () => overlayBackend(memoryBackend({ blocks: BLOCKS })),
  'overlay over a file': async () => overlayBackend(await newFile()),
};

const runs = Number(process.env['MODEL_RUNS'] ?? 80);
const seed = Number(
  process.env['MODEL_SEED'] ?? new Date().toISOString().slice(0, 10).replaceAll('-', ''),
);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

it.each(Object.keys(BACKENDS))(
  `a disk of %s answers like the model (seed ${seed})`,
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        await play([await BACKENDS[kind]!(), memoryBackend({ blocks: BLOCKS })], sequence);
      }),
      { numRuns: runs, seed },
    );
  },
  3_600_000,
);
