import { describe, expect, it } from 'vitest';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { Target } from '../../src/scsi/target.ts';
import { answerOf, bench, good, hex, memory, refusal, settle } from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';

const disk = (): LogicalUnit => new LogicalUnit(sbc, { backend: memory(8) });

async function send(nexus: Nexus, lun: number, cdb: string): Promise<unknown> {
  return answerOf(await nexus.execute({ lun, tag: 1, cdb: hex(cdb) }));
}

const TEST_UNIT_READY = '00 00 00 00 00 00';
const REPORT_LUNS = 'a0 00 00 000000 00000100 00 00';

describe('a change of the LUNs', () => {
  it('is told to every nexus at every unit', async () => {
    const { target, nexus, initiator } = bench();
    target.luns.add(5, disk());
    const other = initiator('other');
    await send(nexus, 5, TEST_UNIT_READY);
    target.luns.add(9, disk());
    for (const [who, lun] of [
      [nexus, 0],
      [nexus, 5],
      [other, 0],
      [other, 5],
    ] as const)
      expect(await send(who, lun, TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
  });

  it('is told once, whatever has changed', async () => {
    const { target, nexus } = bench();
    target.luns.add(5, disk());
    target.luns.add(6, disk());
    target.luns.remove(5);
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(good());
  });

  it('is no news any more at any unit for the nexus that reads the list, but still for others', async () => {
    const { target, nexus, initiator } = bench();
    target.luns.add(5, disk());
    const other = initiator('other');
    await send(nexus, 5, TEST_UNIT_READY);
    await send(nexus, 0, TEST_UNIT_READY);
    target.luns.add(6, disk());
    await send(nexus, 0, REPORT_LUNS);
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(good());
    expect(await send(nexus, 5, TEST_UNIT_READY)).toEqual(good());
    expect(await send(other, 0, TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
  });

  it('is told when a unit goes', async () => {
    const { target, nexus } = bench();
    target.luns.add(5, disk());
    await send(nexus, 0, REPORT_LUNS);
    target.luns.remove(5);
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
    expect(await send(nexus, 5, TEST_UNIT_READY)).toEqual(refusal('5/25/00'));
  });
});

describe('a unit', () => {
  it('belongs to one device', () => {
    const { unit } = bench();
    const other = new Target({ clock: manualClock() });
    expect(() => other.luns.add(0, unit)).toThrow(/another target/);
    expect(other.luns.list()).toEqual([]);
  });

  it('may have two LUNs of one device, which share its blocks', async () => {
    const { target, unit, nexus } = bench();
    target.luns.add(1, unit);
    await send(nexus, 0, REPORT_LUNS);
    const data = new Uint8Array(512).fill(0xa5);
    const write = hex('0a 000003 01 00');
    await nexus.execute({ lun: 0, tag: 1, cdb: write, dataOut: () => data });
    expect(await send(nexus, 1, '08 000003 01 00')).toEqual(good(data));
  });
});

/** Fails the flushes of some of its disks; the others end after it. */
async function closeOf(failures: readonly (Error | undefined)[]): Promise<unknown> {
  const target = new Target({ clock: manualClock() });
  const backends = failures.map(() => new HeldBackend());
  for (const [lun, backend] of backends.entries())
    target.luns.add(lun, new LogicalUnit(sbc, { backend }));
  let settled = false;
  const closed = target.close().then(
    () => undefined,
    (error: unknown) => error,
  );
  void closed.then(() => (settled = true));
  await Promise.resolve();
  failures.forEach((failure, lun) => failure && backends[lun]!.fail(failure, 'flush'));
  await settle();
  expect(settled).toBe(!failures.includes(undefined));
  failures.forEach((failure, lun) => failure ?? backends[lun]!.finish('flush'));
  await closed;
  expect(backends.every((backend) => backend.closed)).toBe(true);
  return closed;
}

describe('closing a device', () => {
  it('closes every backend, once', async () => {
    const target = new Target({ clock: manualClock() });
    const backends = [new HeldBackend(), new HeldBackend()];
    for (const [lun, backend] of backends.entries())
      target.luns.add(lun, new LogicalUnit(sbc, { backend }));
    const closed = target.close();
    expect(target.close()).toBe(closed);
    await Promise.resolve();
    for (const backend of backends) backend.finish('flush');
    await closed;
    expect(backends.map(({ log }) => log)).toEqual([
      ['flush', 'close'],
      ['flush', 'close'],
    ]);
  });

  it('waits for all units, also where one fails, and tells of that', async () => {
    const scratch = new Error('scratch');
    expect(await closeOf([scratch, undefined, undefined])).toBe(scratch);
  });

  it('tells of all that fail', async () => {
    const errors = [new Error('scratch'), new Error('dent')];
    const error = await closeOf([errors[0], undefined, errors[1]]);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ errors, message: 'Error: scratch; Error: dent' });
  });

  it('is what `await using` does', async () => {
    const events: string[] = [];
    const closing = {
      blockLength: 512,
      blocks: 8,
      read: () => undefined,
      write: () => undefined,
      close: () => void events.push('closed'),
    };
    {
      await using target = new Target({ clock: manualClock() });
      target.luns.add(0, new LogicalUnit(sbc, { backend: closing }));
    }
    expect(events).toEqual(['closed']);
  });
});
