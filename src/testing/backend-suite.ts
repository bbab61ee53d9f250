/** What every backend has to do, as cases that any test runner can run. */
import { BackendError } from '../backend/backend.ts';
import type { Backend } from '../backend/backend.ts';
import { PROTECTION_BYTES } from '../backend/protection-bytes.ts';
import type { MaybePromise } from '../maybe-promise.ts';

/** One case of a suite: `run` rejects, with a message that says what was wrong, where it fails. */
export interface SuiteCase {
  /** What the case claims. */
  readonly name: string;
  /** Rejects where the claim is false. */
  readonly run: () => Promise<void>;
}

/**
 * The conformance suite for a {@link Backend}. A case on something optional that the backend does not
 * have passes: a capability that is not claimed cannot be wrong.
 *
 * @param name - put before the name of every case.
 * @param make - makes a backend that the case owns, with at least 32 blocks; what is in them does
 * not matter, they are overwritten. The case closes it.
 *
 * @example
 * ```ts
 * for (const { name, run } of backendSuite('memory', () => memoryBackend({ blocks: 64 }))) {
 *   await run(); // or: it(name, run)
 * }
 * ```
 */
export function backendSuite(
  name: string,
  make: () => MaybePromise<Backend>,
): readonly SuiteCase[] {
  return CASES.map(([title, check]) => ({
    name: `${name} ${title}`,
    async run() {
      const backend = await make();
      try {
        await check(backend);
      } finally {
        await backend.close?.();
      }
    },
  }));
}

type Case = readonly [title: string, check: (backend: Backend) => Promise<void> | void];

const CASES: readonly Case[] = [
  ['has a geometry that a disk can have', checkGeometry],
  ['reads back what was written, first, middle and last block', checkPlaces],
  ['writes no block but those asked for', checkNeighbours],
  ['takes and fills buffers that lie anywhere in memory', checkOffsets],
  ['keeps no buffer when the call has settled', checkOwnership],
  ['does many disjoint calls at once', checkConcurrency],
  ['does what a plain array does, over 300 random calls', checkModel],
  ['keeps blocks over a flush, and those written with FUA', checkDurability],
  ['reads zeros where it unmapped, and only there', checkUnmap],
  ['clones blocks of its own, or says that it cannot', checkClone],
  ['keeps protection information with the blocks that it came with', checkProtection],
  ['lends blocks that stay as they are until they are released', checkView],
  ['refuses to write when it is read-only', checkReadOnly],
  ['can be closed more than once', checkClose],
];

function checkGeometry({ blockLength, blocks }: Backend): void {
  const exponent = Math.log2(blockLength);
  ensure(
    Number.isInteger(exponent) && blockLength >= 512 && blockLength <= 65_536,
    `blockLength ${blockLength} is no power of two from 512 to 65536`,
  );
  ensure(Number.isSafeInteger(blocks) && blocks >= 32, `blocks is ${blocks}, the suite wants 32`);
}

async function checkPlaces(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  const places = [0, Math.floor(backend.blocks / 2), backend.blocks - 1];
  for (const [i, lba] of places.entries()) await write(backend, lba, pattern(backend, 1, i));
  for (const [i, lba] of places.entries()) await expectAt(backend, lba, pattern(backend, 1, i));
}

async function checkNeighbours(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  await write(backend, 0, pattern(backend, 32, 1));
  await write(backend, 3, pattern(backend, 5, 2));
  const expected = pattern(backend, 32, 1);
  expected.set(pattern(backend, 5, 2), 3 * backend.blockLength);
  await expectAt(backend, 0, expected);
}

async function checkOffsets(backend: Backend): Promise<void> {
  const length = 2 * backend.blockLength;
  const guarded = new Uint8Array(length + 7).fill(0x5a);
  const middle = guarded.subarray(3, 3 + length);
  if (backend.readOnly !== true) {
    middle.set(pattern(backend, 2, 1));
    await write(backend, 4, middle);
    middle.fill(0x5a);
  }
  await backend.read(4, middle);
  const before = guarded.subarray(0, 3);
  const after = guarded.subarray(3 + length);
  ensure(
    [...before, ...after].every((byte) => byte === 0x5a),
    'read wrote outside of the buffer that it was given',
  );
  if (backend.readOnly !== true) expectSame(middle, pattern(backend, 2, 1), 4, backend);
}

async function checkOwnership(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  const buffer = pattern(backend, 2, 1);
  await write(backend, 0, buffer);
  buffer.fill(0xff);
  await expectAt(backend, 0, pattern(backend, 2, 1));
  await backend.read(0, buffer);
  buffer.fill(0xff);
  await expectAt(backend, 0, pattern(backend, 2, 1));
}

async function checkConcurrency(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  const all = Array.from({ length: 32 }, (_, lba) => lba);
  await Promise.all(all.map(async (lba) => write(backend, lba, pattern(backend, 1, lba))));
  await Promise.all(
    all.map(async (lba) =>
      lba % 2 === 0
        ? write(backend, lba, pattern(backend, 1, lba + 100))
        : expectAt(backend, lba, pattern(backend, 1, lba)),
    ),
  );
  for (const lba of all)
    await expectAt(backend, lba, pattern(backend, 1, lba % 2 === 0 ? lba + 100 : lba));
}

async function checkModel(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  const size = Math.min(backend.blocks, 512);
  const model = new Uint8Array(size * backend.blockLength);
  await write(backend, 0, model);
  const random = randomNumbers(0x5c51);
  for (let step = 0; step < 300; step++) {
    const lba = random(size);
    const blocks = 1 + random(Math.min(size - lba, 64));
    const part = model.subarray(lba * backend.blockLength, (lba + blocks) * backend.blockLength);
    const what = random(8);
    if (what < 4) {
      part.set(pattern(backend, blocks, step));
      await write(backend, lba, part, what === 0);
    } else if (what === 4 && backend.unmap !== undefined && backend.unmappedReadsZeros === true) {
      part.fill(0);
      await backend.unmap(lba, blocks);
    } else if (what === 5) {
      await backend.flush?.();
    } else {
      await expectAt(backend, lba, part);
    }
  }
  await expectAt(backend, 0, model);
}

async function checkDurability(backend: Backend): Promise<void> {
  if (backend.readOnly === true) return;
  await write(backend, 0, pattern(backend, 4, 1));
  await backend.flush?.();
  await write(backend, 4, pattern(backend, 4, 2), true);
  await backend.flush?.();
  await expectAt(backend, 0, pattern(backend, 4, 1));
  await expectAt(backend, 4, pattern(backend, 4, 2));
}

async function checkUnmap(backend: Backend): Promise<void> {
  if (backend.readOnly === true || backend.unmap === undefined) return;
  await write(backend, 0, pattern(backend, 32, 1));
  await backend.unmap(5, 20);
  await expectAt(backend, 0, pattern(backend, 32, 1).subarray(0, 5 * backend.blockLength));
  await expectAt(backend, 25, pattern(backend, 32, 1).subarray(25 * backend.blockLength));
  if (backend.unmappedReadsZeros === true)
    await expectAt(backend, 5, new Uint8Array(20 * backend.blockLength));
  await write(backend, 6, pattern(backend, 2, 2));
  await expectAt(backend, 6, pattern(backend, 2, 2));
  await backend.unmap(0, backend.blocks);
  if (backend.unmappedReadsZeros !== true) return;
  await expectAt(backend, 0, new Uint8Array(32 * backend.blockLength));
  await expectAt(backend, backend.blocks - 1, new Uint8Array(backend.blockLength));
}

async function checkClone(backend: Backend): Promise<void> {
  if (backend.readOnly === true || backend.clone === undefined) return;
  const before = pattern(backend, 32, 1);
  await write(backend, 0, before);
  const cloned = await backend.clone(20, backend, 4, 9, { fua: false });
  const expected = before.slice();
  if (cloned)
    expected.copyWithin(
      20 * backend.blockLength,
      4 * backend.blockLength,
      13 * backend.blockLength,
    );
  await expectAt(backend, 0, expected);
  // What was cloned is as good as a copy: neither side follows the other.
  for (const lba of [5, 22]) {
    await write(backend, lba, pattern(backend, 1, lba));
    expected.set(pattern(backend, 1, lba), lba * backend.blockLength);
  }
  await expectAt(backend, 0, expected);
}

async function checkProtection(backend: Backend): Promise<void> {
  if (backend.readOnly === true || backend.readProtection === undefined) return;
  const random = randomNumbers(8);
  const tuples = (blocks: number): Uint8Array =>
    Uint8Array.from({ length: PROTECTION_BYTES * blocks }, () => random(256));
  const expectTuples = async (lba: number, expected: Uint8Array): Promise<void> => {
    const actual = new Uint8Array(expected.length).fill(0xa5);
    await backend.readProtection?.(lba, actual);
    expectSame(actual, expected, lba, { blockLength: PROTECTION_BYTES });
  };
  const all = tuples(32);
  const given = all.slice();
  await backend.write(0, pattern(backend, 32, 1), { fua: false, protection: given });
  given.fill(0);
  await expectTuples(0, all);
  const some = tuples(5);
  await backend.write(3, pattern(backend, 5, 2), { fua: true, protection: some });
  all.set(some, 3 * PROTECTION_BYTES);
  await backend.flush?.();
  await expectTuples(0, all);
  await expectTuples(7, all.subarray(7 * PROTECTION_BYTES));
  await expectAt(backend, 3, pattern(backend, 5, 2));
  const last = backend.blocks - 1;
  await backend.write(last, pattern(backend, 1, 3), {
    fua: false,
    protection: some.subarray(0, 8),
  });
  await expectTuples(last, some.subarray(0, 8));
  if (backend.unmap === undefined) return;
  await backend.unmap(5, 20);
  all.fill(0xff, 5 * PROTECTION_BYTES, 25 * PROTECTION_BYTES);
  await expectTuples(0, all);
  await backend.unmap(0, backend.blocks);
  await expectTuples(0, new Uint8Array(32 * PROTECTION_BYTES).fill(0xff));
  await expectTuples(last, new Uint8Array(PROTECTION_BYTES).fill(0xff));
}

async function checkView(backend: Backend): Promise<void> {
  if (backend.readOnly !== true) await write(backend, 0, pattern(backend, 32, 1));
  const before = new Uint8Array(32 * backend.blockLength);
  await backend.read(0, before);
  const view = backend.view?.(0, 32);
  if (view === undefined) return;
  expectSame(joined(view.chunks, before.length), before, 0, backend);
  if (backend.readOnly !== true) {
    await write(backend, 0, pattern(backend, 32, 2));
    await backend.unmap?.(7, 9);
    expectSame(joined(view.chunks, before.length), before, 0, backend);
  }
  view.release();
}

async function checkReadOnly(backend: Backend): Promise<void> {
  if (backend.readOnly !== true) return;
  const before = new Uint8Array(backend.blockLength);
  await backend.read(0, before);
  let failure: unknown;
  try {
    await write(backend, 0, pattern(backend, 1, 1));
  } catch (error) {
    failure = error;
  }
  ensure(
    failure instanceof BackendError && failure.kind === 'protected',
    `write failed with ${String(failure)}, not with a BackendError of kind 'protected'`,
  );
  await expectAt(backend, 0, before);
}

async function checkClose(backend: Backend): Promise<void> {
  await Promise.all([backend.close?.(), backend.close?.()]);
  await backend.close?.();
}

function ensure(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

async function write(backend: Backend, lba: number, from: Uint8Array, fua = false): Promise<void> {
  await backend.write(lba, from, { fua });
}

async function expectAt(backend: Backend, lba: number, expected: Uint8Array): Promise<void> {
  // Not zeros at first: a read that leaves a hole alone must not look right.
  const actual = new Uint8Array(expected.length).fill(0xa5);
  await backend.read(lba, actual);
  expectSame(actual, expected, lba, backend);
}

function expectSame(
  actual: Uint8Array,
  expected: Uint8Array,
  lba: number,
  { blockLength }: Pick<Backend, 'blockLength'>,
): void {
  const at = expected.findIndex((byte, i) => byte !== actual[i]);
  if (at < 0) return;
  const block = lba + Math.floor(at / blockLength);
  throw new Error(
    `block ${block}, byte ${at % blockLength}: ${actual[at]}, expected ${expected[at]}`,
  );
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    ensure(at + chunk.length <= length, 'a view gave more bytes than were asked for');
    bytes.set(chunk, at);
    at += chunk.length;
  }
  ensure(at === length, `a view gave ${at} bytes, not ${length}`);
  return bytes;
}

/** Bytes that differ from block to block and from seed to seed, none of them zero. */
function pattern({ blockLength }: Backend, blocks: number, seed: number): Uint8Array {
  const random = randomNumbers(seed + 1);
  return Uint8Array.from({ length: blocks * blockLength }, () => 1 + random(255));
}

/** A small generator (xorshift): the same calls in every run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e37_79b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
