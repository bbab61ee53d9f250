/** A block that an initiator has marked as bad is no failure of the disk, whoever comes upon it. */
import { expect, it } from 'vitest';
import { copyBench, extendedCopy } from './copy-bench.ts';

it('a copy that comes upon a block marked as bad fails, and nobody is told of an error', async () => {
  const at = copyBench();
  const marked = await at.sendAsync('9f 51 0000000000000003 0000 0000 00 00'); // WRITE LONG(16), WR_UNCOR
  expect(marked?.status).toBe(0);
  const [cdb, how] = extendedCopy({
    listId: 1,
    cscds: [at.cscd(0), at.cscd(1)] as never,
    segments: [
      {
        type: 'block to block',
        source: 0,
        destination: 1,
        sourceLba: 3,
        destinationLba: 0,
        blocks: 1,
      },
    ],
  });
  expect((await at.sendAsync(cdb, how))?.status).toBe(0x02);
  expect(at.errors).toEqual([]);
});
