import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { openFileBackend } from '../../src/backend/file/index.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { overlayBackend } from '../../src/backend/overlay.ts';
import { be, bench, fixedSense, hex, type Answer, type Bench } from '../scsi/disk-under-test.ts';
import { block, crc, joined, tuple } from '../scsi/protected-disk.ts';

const BLOCKS = 12;
const directory = mkdtempSync(join(tmpdir(), 'scsi-target-protection-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;

const BACKENDS: Readonly<Record<string, () => Backend | Promise<Backend>>> = {
  memory: () => memoryBackend({ blocks: BLOCKS }),
  file: () =>
    openFileBackend(join(directory, `${files++}.img`), { size: BLOCKS * 512, protection: true }),
  'overlay over memory': () => overlayBackend(memoryBackend({ blocks: BLOCKS })),
};

type Type = 1 | 2 | 3;

/** A block of the model: what it is filled with, and its protection information. */
interface Block {
  readonly fill: number;
  readonly guard: number;
  readonly app: number;
  readonly ref: number;
}

const HOLE: Block = { fill: 0, guard: 0xffff, app: 0xffff, ref: 0xffff_ffff };

/** What is wrong with what the initiator sends: nothing, or one of the fields. */
type Fault = 'none' | 'guard' | 'app' | 'ref' | 'escape';

/** In type 2 every block has a reference tag of its own, and application tags begin with 12h. */
const rightRef = (type: Type, lba: number): number =>
  type === 1 ? lba : type === 2 ? 1000 + lba : 7;

function made(type: Type, lba: number, fill: number, fault: Fault): Block {
  const right = { fill, guard: crc(block(fill)), app: 0x1200 + fill, ref: rightRef(type, lba) };
  switch (fault) {
    case 'none':
      return right;
    case 'guard':
      return { ...right, guard: right.guard ^ 1 };
    case 'app':
      return { ...right, app: 0x3400 };
    case 'ref':
      return { ...right, ref: right.ref + 5 };
    case 'escape':
      return { ...right, guard: 1, app: 0xffff, ref: 0xffff_ffff };
  }
}

/** The additional sense code qualifier of what fails first, as the tables of SBC have it. */
function failure(
  type: Type,
  protect: number,
  lba: number,
  { fill, guard, app, ref }: Block,
  tags: boolean,
): number | undefined {
  if (app === 0xffff && (type !== 3 || ref === 0xffff_ffff)) return undefined;
  if ([0, 1, 4, 5].includes(protect) && guard !== crc(block(fill))) return 1;
  if (![0, 1, 2, 5].includes(protect)) return undefined;
  if (type === 2 && tags && app >> 8 !== 0x12) return 2;
  if ((type === 1 || (type === 2 && tags)) && ref !== rightRef(type, lba)) return 3;
  return undefined;
}

const bytesOf = ({ fill, guard, app, ref }: Block): Uint8Array =>
  joined(block(fill), tuple(guard, app, ref));

const place = fc.record({
  lba: fc.integer({ min: 0, max: BLOCKS - 3 }),
  blocks: fc.integer({ min: 1, max: 3 }),
});
const protect = fc.integer({ min: 1, max: 5 });
const fill = fc.integer({ min: 0, max: 3 });
const fault = fc.constantFrom<Fault>('none', 'none', 'none', 'guard', 'app', 'ref', 'escape');
const step = fc.oneof(
  fc.record({ op: fc.constant('write' as const), place, protect, fill, fault }),
  fc.record({ op: fc.constant('write same' as const), place, protect, fill, fault }),
  fc.record({
    op: fc.constantFrom('plain write' as const, 'plain write same' as const),
    place,
    fill,
  }),
  fc.record({ op: fc.constantFrom('read' as const, 'verify' as const), place, protect }),
  fc.record({
    op: fc.constantFrom('plain read' as const, 'unmap' as const, 'no block' as const),
    place,
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const OPCODES = {
  read: [0x88, 0x09],
  write: [0x8a, 0x0b],
  verify: [0x8f, 0x0a],
  same: [0x93, 0x0d],
};

/** The CDB that can move protection information of a type. */
function cdbOf(
  type: Type,
  name: keyof typeof OPCODES,
  code: number,
  { lba, blocks }: { readonly lba: number; readonly blocks: number },
  low = 0,
): string {
  const [opcode, action] = OPCODES[name] as [number, number];
  const flags = be((code << 5) | low, 1);
  if (type !== 2) return `${be(opcode, 1)} ${flags} ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
  const tags = `${be(rightRef(2, lba), 4)} 1200 ff00`;
  return `7f 00 00000000 00 18 ${be(action, 2)} ${flags} 00 ${be(lba, 8)} ${tags} ${be(blocks, 4)}`;
}

/** The check of a block failed, and nothing else is said. */
function expectFailure(answer: Answer | undefined, at: number, qualifier: number): void {
  expect(answer?.status).toBe(2);
  expect(answer?.sense).toEqual(fixedSense(`B/10/0${qualifier}`, { information: at }));
}

/** Does a step to the disk, and to the model what SBC says; the answers have to be the same. */
async function run(type: Type, disk: Bench, model: Block[], one: Step): Promise<void> {
  const { lba, blocks } = one.place;
  const range = Array.from({ length: blocks }, (_, i) => lba + i);
  const put = (of: (lba: number, i: number) => Block): void => {
    for (const [i, at] of range.entries()) model[at] = of(at, i);
  };
  const send = async (cdb: string, out?: Uint8Array) =>
    disk.sendAsync(cdb, out === undefined ? {} : { out });
  const firstFailure = (of: (at: number, i: number) => Block, code: number, tags: boolean) => {
    for (const [i, at] of range.entries()) {
      const qualifier = failure(type, code, at, of(at, i), tags);
      if (qualifier !== undefined) return { at, qualifier };
    }
    return undefined;
  };
  switch (one.op) {
    case 'write': {
      const sent = (at: number, i: number) =>
        made(type, at, one.fill, i === blocks - 1 ? one.fault : 'none');
      const answer = await send(
        cdbOf(type, 'write', one.protect, one.place),
        joined(...range.map((at, i) => bytesOf(sent(at, i)))),
      );
      const failed = firstFailure(sent, one.protect, true);
      if (failed !== undefined) return expectFailure(answer, failed.at, failed.qualifier);
      expect(answer?.status).toBe(0);
      return put(sent);
    }
    case 'write same': {
      const sent = made(type, lba, one.fill, one.fault);
      const answer = await send(cdbOf(type, 'same', one.protect, one.place), bytesOf(sent));
      const qualifier = failure(type, one.protect, lba, sent, true);
      if (qualifier !== undefined) return expectFailure(answer, lba, qualifier);
      expect(answer?.status).toBe(0);
      return put((_, i) => ({ ...sent, ref: type === 3 ? sent.ref : (sent.ref + i) % 2 ** 32 }));
    }
    case 'plain write':
    case 'plain write same': {
      const same = one.op === 'plain write same';
      const out = new Uint8Array((same ? 1 : blocks) * 512).fill(one.fill);
      // The 16-byte forms: there is no expectation of tags.
      const name = be(same ? 0x93 : 0x8a, 1);
      const answer = await send(`${name} 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`, out);
      expect(answer?.status).toBe(0);
      return put((at) => ({
        fill: one.fill,
        guard: crc(block(one.fill)),
        app: 0xffff,
        ref: type === 1 ? at : 0xffff_ffff,
      }));
    }
    case 'no block': {
      const ndob = `93 01 ${be(lba, 8)} ${be(blocks, 4)} 00 00`;
      expect((await send(ndob))?.status).toBe(0);
      return put(() => HOLE);
    }
    case 'unmap': {
      if (disk.unit.medium.backend.unmap === undefined) return;
      const list = hex(`0016 0010 00000000 ${be(lba, 8)} ${be(blocks, 4)} 00000000`);
      expect((await send('42 00 00000000 00 0018 00', list))?.status).toBe(0);
      return put(() => HOLE);
    }
    case 'read':
    case 'verify': {
      const answer = await send(cdbOf(type, one.op, one.protect, one.place));
      const stored = (at: number): Block => model[at] ?? HOLE;
      const failed = firstFailure(stored, one.protect, true);
      if (failed !== undefined) return expectFailure(answer, failed.at, failed.qualifier);
      expect(answer?.status).toBe(0);
      const data = joined(...range.map((at) => bytesOf(stored(at))));
      expect(answer?.data).toEqual(one.op === 'read' ? data : new Uint8Array(0));
      return;
    }
    case 'plain read': {
      const answer = await send(`88 00 ${be(lba, 8)} ${be(blocks, 4)} 00 00`);
      const stored = (at: number): Block => model[at] ?? HOLE;
      const failed = firstFailure(stored, 0, false);
      if (failed !== undefined) return expectFailure(answer, failed.at, failed.qualifier);
      expect(answer?.data).toEqual(joined(...range.map((at) => block(stored(at).fill))));
    }
  }
}

describe.each(Object.entries(BACKENDS))('protection information on %s', (_, open) => {
  it('is checked, made and kept as a model of it is, whatever the commands', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Type>(1, 2, 3),
        fc.array(step, { minLength: 1, maxLength: 30 }),
        async (type, steps) => {
          const disk = bench({ backend: await open(), protectionType: type });
          const model = Array.from({ length: BLOCKS }, () => HOLE);
          for (const one of steps) await run(type, disk, model, one);
          // Whatever was refused has changed nothing.
          const all = await disk.sendAsync(cdbOf(type, 'read', 3, { lba: 0, blocks: BLOCKS }));
          expect(all?.data).toEqual(joined(...model.map(bytesOf)));
          await disk.unit.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
