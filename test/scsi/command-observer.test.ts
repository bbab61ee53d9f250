import { describe, expect, it } from 'vitest';
import type { EndedCommand } from '../../src/scsi/command-observer.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { Target } from '../../src/scsi/target.ts';
import { manualClock, type ManualClock } from '../../src/testing/manual-clock.ts';
import { hex, memory } from './disk-under-test.ts';

interface Watched {
  readonly nexus: Nexus;
  readonly clock: ManualClock;
  readonly seen: EndedCommand[];
}

/** A disk at LUN 0 that has told its initiator of the power on. */
async function watched(observe?: (command: EndedCommand) => void): Promise<Watched> {
  const clock = manualClock();
  const seen: EndedCommand[] = [];
  const target = new Target({ clock, observe: observe ?? ((command) => void seen.push(command)) });
  target.luns.add(0, new LogicalUnit(sbc, { backend: memory(8) }));
  const nexus = target.addPort({ name: 'port' }).nexus('me');
  await nexus.execute({ lun: 0, tag: 0, cdb: new Uint8Array(6) });
  seen.length = 0;
  return { nexus, clock, seen };
}

interface LateData {
  readonly promise: Promise<Uint8Array>;
  readonly come: (length: number) => void;
}

function lateData(): LateData {
  const late: { resolve?: (bytes: Uint8Array) => void } = {};
  const promise = new Promise<Uint8Array>((resolve) => (late.resolve = resolve));
  return { promise, come: (length) => late.resolve?.(new Uint8Array(length)) };
}

const READ = hex('28 00 00000000 00 0001 00');
const WRITE = hex('2a 00 00000000 00 0001 00');

describe('an observer of commands', () => {
  it('is told of one that ends in the same tick, before its answer is back', async () => {
    const { nexus, seen } = await watched();
    const task = { lun: 0, tag: 7, cdb: READ };
    const response = nexus.execute(task);
    expect(seen).toEqual([{ nexus, task, response, milliseconds: 0 }]);
  });

  it('is told how long one took, the wait for its data included', async () => {
    const { nexus, seen, clock } = await watched();
    const data = lateData();
    const ended = nexus.execute({ lun: 0, tag: 7, cdb: WRITE, dataOut: () => data.promise });
    clock.advance(25);
    expect(seen).toEqual([]);
    data.come(512);
    const response = await ended;
    expect(seen).toMatchObject([{ response, milliseconds: 25 }]);
  });

  it('sees an aborted command end without a response', async () => {
    const { nexus, seen } = await watched();
    const data = lateData();
    const task = { lun: 0, tag: 7, cdb: WRITE, dataOut: () => data.promise };
    const ended = nexus.execute({ ...task, cancel: () => data.come(0) });
    await nexus.manage({ function: 'ABORT TASK', lun: 0, tag: 7 });
    expect(await ended).toBeUndefined();
    expect(seen).toMatchObject([{ response: undefined }]);
  });

  it('is told of a command to a LUN without a unit', async () => {
    const { nexus, seen } = await watched();
    await nexus.execute({ lun: 9, tag: 7, cdb: READ });
    expect(seen).toMatchObject([{ task: { lun: 9 }, response: { status: 2 } }]);
  });

  it('costs nobody an answer by what it throws', async () => {
    const { nexus } = await watched(() => {
      throw new Error('a bug of the observer');
    });
    expect(nexus.execute({ lun: 0, tag: 7, cdb: READ })).toMatchObject({ status: 0 });
  });
});
