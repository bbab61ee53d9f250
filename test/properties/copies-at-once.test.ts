import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import type { CopyList } from '../../src/cdb/index.ts';
import { scriptedBackend } from '../../src/testing/scripted-backend.ts';
import { copyBench, extendedCopy, numbered } from '../scsi/copy-bench.ts';
import { contents, settle } from '../scsi/disk-under-test.ts';

/** A copy between the two disks of a target. */
interface Copy {
  readonly from: 0 | 1;
  readonly sourceLba: number;
  readonly destinationLba: number;
  readonly blocks: number;
}

/** What the blocks of both disks are full of. */
type State = readonly [readonly number[], readonly number[]];

const BLOCKS = 8;

const COPY: fc.Arbitrary<Copy> = fc
  .record({
    from: fc.constantFrom<0 | 1>(0, 1),
    blocks: fc.integer({ min: 1, max: BLOCKS }),
    at: fc.tuple(fc.nat(BLOCKS), fc.nat(BLOCKS)),
  })
  .map(({ from, blocks, at: [source, destination] }) => ({
    from,
    blocks,
    sourceLba: Math.min(source, BLOCKS - blocks),
    destinationLba: Math.min(destination, BLOCKS - blocks),
  }));

/** What the disks can hold in the end: each copy reads all its blocks at once, and later writes them. */
function outcomes(copies: readonly Copy[], initial: State): ReadonlySet<string> {
  const found = new Set<string>();
  const go = (
    state: State,
    read: readonly (readonly number[] | undefined)[],
    left: number,
  ): void => {
    if (left === 0) found.add(JSON.stringify(state));
    for (const [i, { from, sourceLba, destinationLba, blocks }] of copies.entries()) {
      const had = read[i];
      if (had === undefined) {
        const now = state[from].slice(sourceLba, sourceLba + blocks);
        go(state, read.with(i, now), left - 1);
      } else if (had.length > 0) {
        const written = state[1 - from]!.toSpliced(destinationLba, blocks, ...had);
        const next: State = from === 0 ? [state[0], written] : [written, state[1]];
        go(next, read.with(i, []), left - 1);
      }
    }
  };
  go(
    initial,
    copies.map(() => undefined),
    2 * copies.length,
  );
  return found;
}

/** What each block is full of; -1 for one that is not full of one thing. */
const blocksOf = (backend: Backend): readonly number[] => {
  const bytes = contents(backend);
  return Array.from({ length: BLOCKS }, (_, lba) => {
    const block = bytes.subarray(512 * lba, 512 * (lba + 1));
    return block.every((byte) => byte === block[0]) ? block[0]! : -1;
  });
};

it('copies in both directions at once all end, and leave what they can leave in some order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(COPY, { minLength: 2, maxLength: 3 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      async (copies, picks) => {
        const inner = [numbered(BLOCKS, 0), numbered(BLOCKS, 128)] as const;
        const initial: State = [blocksOf(inner[0]), blocksOf(inner[1])];
        const slow = inner.map((each) =>
          scriptedBackend(each, [{ op: ['read', 'write', 'clone'], action: 'hold' }]),
        );
        const at = copyBench({ backend: slow[0]! }, { backend: slow[1]! });
        const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
        const statuses: (number | undefined)[] = [];
        for (const [i, { from, ...rest }] of copies.entries()) {
          const segment = { type: 'block to block', source: from, destination: 1 - from } as const;
          const list = { listId: i, cscds, segments: [{ ...segment, ...rest }] };
          const [cdb, how] = extendedCopy(list);
          void at.sendAsync(cdb, { ...how, lun: i % 2 }).then((a) => statuses.push(a?.status));
        }
        await settle();
        for (let step = 0; statuses.length < copies.length; step++) {
          const calls = slow.flatMap(({ held }) => held);
          // Nothing in flight, and not all have ended: they wait for each other.
          expect(calls).not.toEqual([]);
          await calls[picks[step % picks.length]! % calls.length]!.proceed();
          await settle();
        }
        expect(statuses).toEqual(copies.map(() => 0));
        const final = JSON.stringify(inner.map(blocksOf));
        expect(outcomes(copies, initial)).toContain(final);
      },
    ),
  );
});
