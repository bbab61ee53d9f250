import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../../../src/backend/memory.ts';
import { be, bench, good, refusal } from '../disk-under-test.ts';

const block = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);

describe('ORWRITE', () => {
  it('ORs the data into the blocks', () => {
    const backend = memoryBackend({ blocks: 16 });
    backend.write(7, block(0xa0));
    const answer = bench({ backend }).send('8b 00 0000000000000007 00000001 00 00', {
      out: block(0x05),
    });
    expect(answer).toEqual(good('', 512));
    const now = block(0);
    backend.read(7, now);
    expect(now).toEqual(block(0xa5));
  });

  it('refuses data that ends early, and changes nothing', () => {
    const backend = memoryBackend({ blocks: 16 });
    const answer = bench({ backend }).send('8b 00 0000000000000007 00000002 00 00', {
      out: block(0xff),
    });
    expect(answer).toEqual(refusal('5/0E/03', {}, 1024));
    const now = block(1);
    backend.read(7, now);
    expect(now).toEqual(block(0));
  });

  it('refuses ORPROTECT', () => {
    expect(bench().send('8b 20 0000000000000000 00000001 00 00')).toEqual(
      refusal('5/24/00', { cdb: [1, 7] }),
    );
  });
});

/** BMOP, PREVIOUS GENERATION PROCESSING, EXPECTED and NEW ORWGENERATION. */
const orwrite = (operation: number, policy: number, expected: number, next = 0): string =>
  `7f 00 0${operation} ${be(policy, 1)} 00 00 00 18 000e 00 00` +
  `0000000000000007 ${be(expected, 4)} ${be(next, 4)} 00000001`;

describe('ORWRITE(32)', () => {
  const changed = (policy: number) => {
    const backend = memoryBackend({ blocks: 16 });
    const disk = bench({ backend });
    backend.write(7, block(0xff));
    const answer = disk.send(orwrite(1, policy, 0, 5), { out: block(0x0f) });
    const now = () => {
      const bytes = block(0);
      backend.read(7, bytes);
      return bytes;
    };
    return { answer, now, ...disk };
  };

  it('sets bits in the generation that there is after power on', () => {
    const backend = memoryBackend({ blocks: 16 });
    backend.write(7, block(0xa0));
    expect(bench({ backend }).send(orwrite(0, 0, 0), { out: block(0x05) })).toEqual(good('', 512));
    const now = block(0);
    backend.read(7, now);
    expect(now).toEqual(block(0xa5));
  });

  it('clears bits and begins a new generation with BMOP = 1', () => {
    const { answer, now, send } = changed(7);
    expect(answer).toEqual(good('', 512));
    expect(now()).toEqual(block(0x0f));
    expect(send(orwrite(0, 0, 5), { out: block(0xf0) })).toEqual(good('', 512));
    expect(now()).toEqual(block(0xff));
  });

  it('refuses a change from another generation, and changes nothing', () => {
    const { now, send } = changed(7);
    const answer = send(orwrite(1, 7, 4, 9), { out: block(0) });
    expect(answer).toEqual(refusal('5/2C/0C', {}, 512));
    expect(now()).toEqual(block(0x0f));
  });

  // Current, previous and any other generation: SBC, performing an ORWRITE set operation.
  it.each([
    [0, 'perform', 'refuse'],
    [2, 'discard', 'refuse'],
    [3, 'perform', 'perform'],
    [5, 'discard', 'discard'],
    [7, 'refuse', 'refuse'],
  ] as const)('with policy %i: previous generation %s, another %s', (policy, previous, other) => {
    for (const [generation, outcome] of [
      [0, previous],
      [77, other],
    ] as const) {
      const { now, send } = changed(policy);
      const answer = send(orwrite(0, 0, generation), { out: block(0xf0) });
      expect(answer).toEqual(outcome === 'refuse' ? refusal('5/2C/0C', {}, 512) : good('', 512));
      expect(now()).toEqual(block(outcome === 'perform' ? 0xff : 0x0f));
    }
  });

  it('counts an ORWRITE(16) as one of generation 0', () => {
    const { send } = changed(7);
    expect(send('8b 00 0000000000000007 00000001 00 00', { out: block(0xf0) })).toEqual(
      refusal('5/2C/0C', {}, 512),
    );
  });

  it('keeps the generation over a logical unit reset', async () => {
    const { unit, nexus, send } = changed(7);
    await unit.reset();
    while (unit.attentions(nexus).pending) unit.attentions(nexus).take();
    expect(send(orwrite(0, 0, 5), { out: block(0xf0) })).toEqual(good('', 512));
  });

  it('refuses reserved operations and policies', () => {
    const { send } = bench();
    expect(send(orwrite(2, 0, 0))).toEqual(refusal('5/24/00', { cdb: [2, 2] }));
    expect(send(orwrite(1, 1, 0))).toEqual(refusal('5/24/00', { cdb: [3, 3] }));
  });
});
