import { describe, expect, it } from 'vitest';
import { UnitAttentions } from '../../src/scsi/unit-attention.ts';

const ua = (asc: number, ascq: number) => ({ key: 6, asc, ascq });
const POWER_ON = ua(0x29, 0x00);
const DEVICE_RESET = ua(0x29, 0x03);
const NEXUS_LOSS = ua(0x29, 0x07);
const CAPACITY = ua(0x2a, 0x09);
const LUNS = ua(0x3f, 0x0e);

function queue(...conditions: ReturnType<typeof ua>[]): UnitAttentions {
  const attentions = new UnitAttentions();
  for (const condition of conditions) attentions.establish(condition);
  return attentions;
}

function all(attentions: UnitAttentions): unknown[] {
  const taken = [];
  while (attentions.pending) taken.push(attentions.take());
  return taken;
}

describe('unit attentions of a nexus', () => {
  it('are none at first', () => {
    expect(new UnitAttentions().pending).toBe(false);
    expect(new UnitAttentions().take()).toBeUndefined();
  });

  it('are reported once each', () => {
    expect(all(queue(CAPACITY, CAPACITY, CAPACITY))).toEqual([CAPACITY]);
  });

  it('come in the order they happened', () => {
    expect(all(queue(LUNS, CAPACITY))).toEqual([LUNS, CAPACITY]);
  });

  it('can be established again after they were reported', () => {
    const attentions = queue(CAPACITY);
    attentions.take();
    attentions.establish(CAPACITY);
    expect(all(attentions)).toEqual([CAPACITY]);
  });

  it('begin with a reset, whenever it happened', () => {
    expect(all(queue(CAPACITY, DEVICE_RESET))).toEqual([DEVICE_RESET, CAPACITY]);
  });

  it('keep power on where a reset follows it', () => {
    expect(all(queue(POWER_ON, DEVICE_RESET))).toEqual([POWER_ON]);
  });

  it('keep power on where it follows a reset', () => {
    expect(all(queue(DEVICE_RESET, POWER_ON))).toEqual([POWER_ON]);
  });

  it('keep a reset rather than a nexus loss', () => {
    expect(all(queue(NEXUS_LOSS, DEVICE_RESET))).toEqual([DEVICE_RESET]);
    expect(all(queue(DEVICE_RESET, NEXUS_LOSS))).toEqual([DEVICE_RESET]);
  });

  it('report the same reset once', () => {
    expect(all(queue(DEVICE_RESET, DEVICE_RESET))).toEqual([DEVICE_RESET]);
  });

  it('lose one that became known in another way, and no other', () => {
    const attentions = queue(LUNS, CAPACITY);
    attentions.clear(LUNS);
    expect(all(attentions)).toEqual([CAPACITY]);
  });

  it('are not more than eight: then all of them are one power on', () => {
    const codes = [1, 2, 3, 4, 5, 6, 7, 8].map((ascq) => ua(0x2a, ascq));
    expect(all(queue(...codes))).toEqual(codes);
    expect(all(queue(...codes, LUNS))).toEqual([POWER_ON]);
    expect(all(queue(...codes, LUNS, CAPACITY))).toEqual([POWER_ON, CAPACITY]);
  });

  it('do not take deferred errors with them', () => {
    const deferred = { key: 3, asc: 0x0c, ascq: 0, deferred: true };
    const codes = [1, 2, 3, 4, 5, 6, 7, 8].map((ascq) => ua(0x2a, ascq));
    expect(all(queue(deferred, ...codes))).toEqual([POWER_ON, deferred]);
  });

  it('carry what is known about the condition', () => {
    const attentions = new UnitAttentions();
    attentions.establish({ key: 3, asc: 0x0c, ascq: 0, deferred: true, information: 9 });
    expect(attentions.take()).toEqual({
      key: 3,
      asc: 0x0c,
      ascq: 0,
      deferred: true,
      information: 9,
    });
  });
});
