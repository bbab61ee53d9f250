import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../src/backend/memory.ts';
import type { CopyList } from '../../src/cdb/index.ts';
import { copyBench, extendedCopy, numbered } from './copy-bench.ts';
import { be, bench, good, hex, refusal, type BenchOptions } from './disk-under-test.ts';

const BLOCK = 512;
/** Blocks that memory is allocated for at once. */
const PAGE = 128;

/** A disk of 2^14 blocks with space for ten pages; a threshold set is 16 blocks, a page eight sets. */
const pool = (options: BenchOptions = {}) =>
  bench({
    backend: memoryBackend({ blocks: 2 ** 14, maxAllocatedBytes: 10 * PAGE * BLOCK }),
    ...options,
  });
type Send = ReturnType<typeof bench>['send'];

const write = (send: Send, pageNumber: number) =>
  send(`8a 00 ${be(pageNumber * PAGE, 8)} ${be(1, 4)} 00 00`, { out: new Uint8Array(BLOCK) });
const unmapAll = (send: Send) =>
  send('42 00 00000000 00 0018 00', {
    out: hex(`0016 0010 00000000 ${be(0, 8)} ${be(2 ** 14, 4)} 00000000`),
  });

const LBPERE = '01 0a c0 00 00 00 00 80 00 00 0000';
const NO_LBPERE = '01 0a c0 00 00 00 00 00 00 00 0000';
const NONE = '0000000000000000';
const thresholds = (first: string, second = NONE, situa = '00'): string =>
  `5c 02 002c ${situa} ${'00'.repeat(11)} ${first} ${second} ${NONE} ${NONE}`;
/** Available decreasing; used increasing; percent available decreasing. */
const available = (sets: number): string => `80 01 0000 ${be(sets, 4)}`;
const used = (sets: number): string => `81 02 0000 ${be(sets, 4)}`;
const percent = (count: number): string => `88 03 0000 ${be(count, 4)}`;

const select = (send: Send, pages: string) => {
  const out = hex(`00 00 00 00 ${pages}`);
  return send(`15 10 0000 ${be(out.length, 1)} 00`, { out });
};
const TEST_UNIT_READY = '00 00 00 00 00 00';
const reached = (descriptor: number) => refusal('6/38/07', { information: 16 + 8 * descriptor });

describe('a provisioning threshold', () => {
  it.each([
    // Two pages are left: 16 sets, 20 percent. The range ends half a set, half a percent beyond.
    ['of what is available', available(16)],
    ['of what is used', used(64)],
    ['in percent', percent(20)],
  ])('%s is told of when it has been passed, once', (_, threshold) => {
    const { send } = pool();
    expect(select(send, `${LBPERE} ${thresholds(NONE, threshold)}`).status).toBe(0);
    for (let page = 0; page < 8; page++) write(send, page);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(write(send, 8).status).toBe(0);
    expect(send(TEST_UNIT_READY)).toEqual(reached(1));
    expect(write(send, 9).status).toBe(0);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is told of by a third-party copy that passes it, on the disk that it fills', () => {
    const backend = memoryBackend({ blocks: 2 ** 14, maxAllocatedBytes: 10 * PAGE * BLOCK });
    const at = copyBench({ backend: numbered(2 ** 14, 0) }, { backend, softThreshold: 50 });
    const cscds = [at.cscd(0), at.cscd(1)] as CopyList['cscds'];
    const whole = { type: 'block to block', source: 0, destination: 1, blocks: 6 * PAGE } as const;
    const [cdb, how] = extendedCopy({ cscds, segments: [whole] });
    expect(at.send(cdb, how).status).toBe(0);
    expect(at.send(TEST_UNIT_READY)).toEqual(good());
    expect(at.send(TEST_UNIT_READY, { lun: 1 })).toEqual(reached(0));
  });

  it('is told of again when FORMAT UNIT made space meanwhile', () => {
    // So large that its end is formatted a second after its beginning.
    const blocks = 2 ** 16;
    const backend = memoryBackend({ blocks, maxAllocatedBytes: 10 * PAGE * BLOCK });
    const { send, clock } = bench({ backend, softThreshold: 50, formatRate: blocks * BLOCK });
    const fill = () =>
      send(`8a 00 ${be(blocks - 6 * PAGE, 8)} ${be(6 * PAGE, 4)} 00 00`, {
        out: new Uint8Array(6 * PAGE * BLOCK).fill(1),
      });
    for (let round = 0; round < 2; round++) {
      expect(fill().status).toBe(0);
      expect(send(TEST_UNIT_READY)).toEqual(reached(0));
      expect(send('04 10 00 00 00 00', { out: hex('00 02 0000') }).status).toBe(0); // IMMED
      clock.advance(1000);
      expect(send(TEST_UNIT_READY)).toEqual(good());
    }
  });

  it('is told of to every initiator', () => {
    const { send, initiator } = pool({ softThreshold: 50 });
    const other = initiator('other');
    for (let page = 0; page < 6; page++) write(send, page);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(reached(0));
    expect(send(TEST_UNIT_READY)).toEqual(reached(0));
  });

  it('is told of to one initiator with SITUA: the one whose command comes next', () => {
    const { send, initiator } = pool();
    const other = initiator('other');
    select(send, `${LBPERE} ${thresholds(used(8), NONE, '01')}`);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2A/01'));
    for (let page = 0; page < 2; page++) write(send, page);
    expect(send('12 00 00 00 24 00', { from: other }).status).toBe(0);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(reached(0));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is told of again when there was space meanwhile', () => {
    const { send } = pool({ softThreshold: 50 });
    for (let round = 0; round < 2; round++) {
      for (let page = 0; page < 6; page++) write(send, page);
      expect(send(TEST_UNIT_READY)).toEqual(reached(0));
      unmapAll(send);
    }
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('is told of again after a reset', () => {
    const { send, unit } = pool({ softThreshold: 50 });
    for (let page = 0; page < 6; page++) write(send, page);
    expect(send(TEST_UNIT_READY)).toEqual(reached(0));
    void unit.reset();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/29/03'));
    write(send, 0);
    expect(send(TEST_UNIT_READY)).toEqual(reached(0));
  });

  it('is told of by the write that finds no space', () => {
    const { send } = pool();
    select(send, `${LBPERE} ${thresholds(available(1))}`);
    for (let page = 0; page < 10; page++) write(send, page);
    expect(send(TEST_UNIT_READY)).toEqual(reached(0));
    expect(write(send, 11)).toEqual(refusal('7/27/07', { information: 11 * PAGE }, BLOCK));
  });

  it.each([
    ['LBPERE is 0', `${NO_LBPERE} ${thresholds(used(8))}`],
    ['it is not enabled', `${LBPERE} ${thresholds(used(8).replace('81', '01'))}`],
  ])('is not told of while %s', (_, pages) => {
    const { send } = pool();
    expect(select(send, pages).status).toBe(0);
    for (let page = 0; page < 5; page++) write(send, page);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each(['80 02', '81 01', '88 01', '80 03', '89 03', '80 04', '90 01'])(
    'of kind %s is refused at its descriptor, and nothing changes',
    (kind) => {
      const { send } = pool();
      const before = send('1a 08 3f ff ff 00').data;
      // The header of the list has 4 bytes, page 01h 12.
      expect(select(send, `${LBPERE} ${thresholds(used(8), `${kind} 0000 00000001`)}`)).toEqual(
        refusal('5/26/00', { list: [4 + 12 + 16 + 8] }, 64),
      );
      expect(send('1a 08 3f ff ff 00').data).toEqual(before);
    },
  );

  it('survives a reset where it was saved', async () => {
    const store = { load: () => undefined, save: () => undefined };
    const { sendAsync, unit } = pool({ store });
    const out = hex(`00 00 00 00 ${LBPERE} ${thresholds(used(8))}`);
    await sendAsync(`15 11 0000 ${be(out.length, 1)} 00`, { out });
    void unit.reset();
    expect(unit.mode.provisioningThresholds.thresholds[0]?.count).toBe(8);
    expect(unit.mode.readWriteErrorRecovery.logicalBlockProvisioningErrorReporting).toBe(true);
  });
});

describe('softThreshold', () => {
  it('is the first threshold by default, and LBPERE', () => {
    const { send } = pool({ softThreshold: 70 });
    expect(send('1a 08 01 00 ff 00').data[4 + 7]).toBe(0x80);
    expect(send('1a 08 1c 02 ff 00').data.subarray(4 + 16, 4 + 24)).toEqual(hex(percent(30)));
  });

  it.each([0, 100, 1.5])('%s is out of range', (softThreshold) => {
    expect(() => pool({ softThreshold })).toThrow(RangeError);
  });

  it('needs a thin disk that knows how full it is', () => {
    expect(() => pool({ softThreshold: 70, thin: false })).toThrow(/does not know how full/);
  });
});

describe('the Logical Block Provisioning log page', () => {
  const LOG = '4d 00 4c 00 00 0000 00ff 00';

  it('counts what is available and used in threshold sets, and percent', () => {
    const { send } = pool();
    write(send, 0);
    expect(send(LOG)).toEqual(
      good(
        '8c 00 0024' +
          '0001 23 08 00000048 01 000000' + // available: 9 pages of 8 sets; dedicated
          '0002 23 08 00000008 01 000000' + // used: a page
          '0003 23 08 005a 0000 01 000000', // 90 percent available
      ),
    );
  });

  it('goes with the threshold exponent in VPD page B2h', () => {
    expect(pool().send('12 01 b2 00ff 00').data[4]).toBe(4);
    const large = memoryBackend({ blocks: 2 ** 45 });
    expect(bench({ backend: large }).send('12 01 b2 00ff 00').data[4]).toBe(14);
    const middle = memoryBackend({ blocks: 2 ** 30 });
    expect(bench({ backend: middle }).send('12 01 b2 00ff 00').data[4]).toBe(11);
  });

  it('is not there, nor the mode page, where nobody knows how full the disk is', () => {
    const thick = pool({ thin: false });
    expect(thick.send(LOG)).toEqual(refusal('5/24/00', { cdb: [2, 5] }));
    expect(thick.send('1a 08 1c 02 ff 00')).toEqual(refusal('5/24/00', { cdb: [3] }));
    expect(thick.send('12 01 b2 00ff 00').data[4]).toBe(0);
  });
});
