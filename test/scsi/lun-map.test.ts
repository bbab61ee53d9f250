import { describe, expect, it } from 'vitest';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import { LunMap } from '../../src/scsi/lun-map.ts';
import { memory } from './disk-under-test.ts';

const disk = (): LogicalUnit => new LogicalUnit(sbc, { backend: memory(1) });

function map() {
  const added: LogicalUnit[] = [];
  let changes = 0;
  const luns = new LunMap({
    added: (unit) => added.push(unit),
    removed: () => undefined,
    changed: () => changes++,
  });
  return { luns, added, changes: () => changes };
}

describe('a LUN map', () => {
  it('gives the unit of a LUN', () => {
    const { luns } = map();
    const unit = disk();
    luns.add(7, unit);
    expect([luns.get(7), luns.get(0)]).toEqual([unit, undefined]);
  });

  it('lists its LUNs ascending, as numbers', () => {
    const { luns } = map();
    for (const lun of [10, 9, 16_383, 0]) luns.add(lun, disk());
    expect(luns.list()).toEqual([0, 9, 10, 16_383]);
  });

  it('lists a LUN that was added after it had been asked', () => {
    const { luns } = map();
    luns.add(1, disk());
    luns.list();
    luns.add(0, disk());
    expect(luns.list()).toEqual([0, 1]);
  });

  it.each([-1, 16_384, 0.5, Number.NaN])('refuses LUN %d', (lun) => {
    const { luns, changes } = map();
    expect(() => luns.add(lun, disk())).toThrow(RangeError);
    expect(changes()).toBe(0);
  });

  it('refuses a LUN that is taken, and keeps its unit', () => {
    const { luns } = map();
    const unit = disk();
    luns.add(3, unit);
    expect(() => luns.add(3, disk())).toThrow(/LUN 3 is taken/);
    expect(luns.get(3)).toBe(unit);
  });

  it('asks first whether the unit may be added', () => {
    const luns = new LunMap({
      added: () => {
        throw new Error('not here');
      },
      removed: () => undefined,
      changed: () => undefined,
    });
    expect(() => luns.add(0, disk())).toThrow('not here');
    expect(luns.list()).toEqual([]);
  });

  it('gives a removed unit back, and its LUN is free', () => {
    const { luns } = map();
    const unit = disk();
    luns.add(3, unit);
    expect(luns.remove(3)).toBe(unit);
    expect(luns.list()).toEqual([]);
    expect(() => luns.add(3, disk())).not.toThrow();
  });

  it('tells of every change, and of nothing else', () => {
    const { luns, changes } = map();
    luns.add(3, disk());
    luns.remove(3);
    luns.remove(3);
    expect(changes()).toBe(2);
  });

  it('has a unit with two LUNs once among its units', () => {
    const { luns } = map();
    const unit = disk();
    luns.add(0, unit);
    luns.add(1, unit);
    expect([...luns.units()]).toEqual([unit]);
  });

  it('holds 16 384 units', () => {
    const { luns } = map();
    const unit = disk();
    for (let lun = 0; lun < 16_384; lun++) luns.add(lun, unit);
    expect(luns.list().length).toBe(16_384);
  });
});

it('a unit that loses one of its two LUNs is still there', () => {
  const { luns } = map();
  const unit = disk();
  luns.add(0, unit);
  luns.add(1, unit);
  luns.remove(0);
  expect([...luns.units()]).toEqual([unit]);
  luns.remove(1);
  expect([...luns.units()]).toEqual([]);
});
