import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BLOCK } from './fake-target.ts';
import { LossyInitiator } from './lossy-initiator.ts';
import type { Fate, Operation } from './lossy-initiator.ts';
import { pattern } from './raw-client.ts';
import { serve } from './serving.ts';

/** Operations run side by side in lanes of the disk, those of a lane one after the other. */
const LANES = 3;
const LANE_BLOCKS = 40;

const operation = fc.record({
  at: fc.nat(LANE_BLOCKS - 1),
  blocks: fc.integer({ min: 1, max: 20 }),
  write: fc.boolean(),
  immediate: fc.constantFrom(0, 512, 1024),
  unsolicited: fc.boolean(),
  seed: fc.nat(255),
});

const fates = fc.infiniteStream(
  fc.oneof(
    { weight: 20, arbitrary: fc.constant<Fate>('arrives') },
    { weight: 2, arbitrary: fc.constant<Fate>('header damaged') },
    { weight: 2, arbitrary: fc.constant<Fate>('data damaged') },
    { weight: 1, arbitrary: fc.constant<Fate>('comes twice') },
    { weight: 1, arbitrary: fc.constant<Fate>('cut') },
  ),
);

test.each([
  { level: 1, happens: 'PDUs are damaged, lost or repeated' },
  { level: 2, happens: 'PDUs are damaged, lost or repeated, and connections cut' },
] as const)(
  'at level $level all data is right at the end, whatever $happens',
  async ({ level }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(operation, { maxLength: 5 }), { minLength: LANES, maxLength: LANES }),
        fates,
        async (lanes, stream) => {
          const { port, server, disk } = await serve({
            headerDigest: 'prefer',
            dataDigest: 'prefer',
            errorRecoveryLevel: level,
            dataOutTimeout: 25,
          });
          const initiator = new LossyInitiator(port, level, () => stream.next().value ?? 'arrives');
          await initiator.login();
          const model = new Uint8Array(LANES * LANE_BLOCKS * BLOCK);
          await Promise.all(
            lanes.map(async (operations, lane) => {
              for (const { at, blocks: most, write, seed, ...how } of operations) {
                const lba = lane * LANE_BLOCKS + at;
                const blocks = Math.min(most, LANE_BLOCKS - at);
                const part = model.subarray(lba * BLOCK, (lba + blocks) * BLOCK);
                const data = pattern(blocks * BLOCK, seed);
                const immediate = Math.min(how.immediate, data.length);
                const wanted: Operation = write
                  ? { lba, blocks, data, immediate, unsolicited: how.unsolicited }
                  : { lba, blocks };
                const read = await initiator.run(wanted);
                if (write) part.set(data);
                else expect(read).toEqual(part.slice());
              }
            }),
          );
          expect(disk.bytes.subarray(0, model.length)).toEqual(model);
          initiator.close();
          await server.close({ graceful: false });
        },
      ),
      { numRuns: 12 },
    );
  },
  60_000,
);
