import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openFileBackend } from '../../src/backend/file/index.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import { readOnlyBackend } from '../../src/backend/read-only.ts';
import { backendSuite } from '../../src/testing/backend-suite.ts';

const BLOCK = 512;
/** More than two pages of the memory backend. */
const BLOCKS = 300;
const SMALLEST = 200;

const directory = mkdtempSync(join(tmpdir(), 'scsi-target-model-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
const newPath = (): string => join(directory, `${files++}.img`);

type Resizable = Backend & { resize(blocks: number): void | Promise<void> };

/** A backend, and what resizes it: the overlay follows its base. */
interface Subject {
  readonly disk: Backend;
  readonly resize: (blocks: number) => void | Promise<void>;
}

const withResize = (disk: Resizable): Subject => ({ disk, resize: (n) => disk.resize(n) });

const file = (): Promise<Resizable> => openFileBackend(newPath(), { size: BLOCKS * BLOCK });

const SUBJECTS: Readonly<Record<string, () => Promise<Subject>>> = {
  memory: async () => withResize(memoryBackend({ blocks: BLOCKS })),
  file: async () => withResize(await file()),
  'file with protection information': async () =>
    withResize(await openFileBackend(newPath(), { size: BLOCKS * BLOCK, protection: true })),
  'overlay over memory': async () => {
    const base = memoryBackend({ blocks: BLOCKS });
    return { disk: overlayBackend(base), resize: (n) => base.resize(n) };
  },
  'overlay over file': async () => {
    const base = await file();
    return { disk: overlayBackend(base), resize: (n) => base.resize(n) };
  },
  'overlay of a file over memory': async () => {
    const base = memoryBackend({ blocks: BLOCKS });
    return { disk: overlayBackend(base, await file()), resize: (n) => base.resize(n) };
  },
};

const range = fc.record({ at: fc.nat(), length: fc.integer({ min: 1, max: 200 }) });
const step = fc.oneof(
  fc.record({ op: fc.constant('write' as const), range, fill: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ op: fc.constantFrom('read' as const, 'unmap' as const, 'view' as const), range }),
  fc.record({ op: fc.constant('flush' as const) }),
  fc.record({
    op: fc.constant('resize' as const),
    blocks: fc.integer({ min: SMALLEST, max: BLOCKS }),
  }),
);

/** Writes a different byte into every block, so that a block in the wrong place shows. */
function content(fill: number, blocks: number): Uint8Array {
  return Uint8Array.from({ length: blocks * BLOCK }, (_, i) => 1 + ((fill + i / BLOCK) % 255));
}

const same = (actual: Uint8Array, expected: Uint8Array): void => {
  expect(Buffer.compare(actual, expected)).toBe(0);
};

async function readAll({ disk }: Subject): Promise<Uint8Array> {
  const bytes = new Uint8Array(disk.blocks * BLOCK).fill(0xee);
  await disk.read(0, bytes);
  return bytes;
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Does the step to both; `model` is a plain array that is as long as the disk. */
async function play(subject: Subject, model: Uint8Array, now: Step): Promise<Uint8Array> {
  const { disk } = subject;
  if (now.op === 'flush') {
    await disk.flush?.();
    return model;
  }
  if (now.op === 'resize') {
    await subject.resize(now.blocks);
    expect(disk.blocks).toBe(now.blocks);
    const resized = new Uint8Array(now.blocks * BLOCK);
    resized.set(model.subarray(0, resized.length));
    return resized;
  }
  const lba = now.range.at % disk.blocks;
  const blocks = Math.min(now.range.length, disk.blocks - lba);
  const part = model.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
  if (now.op === 'write') {
    part.set(content(now.fill, blocks));
    await disk.write(lba, content(now.fill, blocks), { fua: now.fill % 16 === 0 });
  } else if (now.op === 'read') {
    const into = new Uint8Array(part.length).fill(0xee);
    await disk.read(lba, into);
    same(into, part);
  } else if (now.op === 'view') {
    const view = disk.view?.(lba, blocks);
    if (view !== undefined) same(Buffer.concat(view.chunks), part);
    view?.release();
  } else if (disk.unmap !== undefined) {
    part.fill(0);
    await disk.unmap(lba, blocks);
  }
  return model;
}

describe.each(Object.entries(SUBJECTS))('%s', (name, make) => {
  it('does what an array of bytes does, whatever the calls', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const subject = await make();
        try {
          let model: Uint8Array = new Uint8Array(BLOCKS * BLOCK);
          for (const now of steps) model = await play(subject, model, now);
          same(await readAll(subject), model);
        } finally {
          await subject.disk.close?.();
        }
      }),
      { numRuns: 40 },
    );
  });

  it('shows in a view what was there when it was lent, whatever comes before its release', async () => {
    const subject = await make();
    await subject.disk.write(0, content(1, 150), { fua: false });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), range, async (steps, r) => {
        const lba = r.at % SMALLEST;
        const blocks = Math.min(r.length, SMALLEST - lba);
        const before = (await readAll(subject)).subarray(lba * BLOCK, (lba + blocks) * BLOCK);
        const view = subject.disk.view?.(lba, blocks);
        let model = await readAll(subject);
        for (const now of steps) model = await play(subject, model, now);
        if (view !== undefined) same(Buffer.concat(view.chunks), before);
        view?.release();
      }),
      { numRuns: 40 },
    );
    await subject.disk.close?.();
  });

  for (const { name: title, run } of backendSuite(name, async () => (await make()).disk))
    it(title, run);
});

describe('read-only', () => {
  for (const { name, run } of backendSuite('over memory', () =>
    readOnlyBackend(memoryBackend({ blocks: 64 })),
  ))
    it(name, run);
});
