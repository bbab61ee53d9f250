import { describe, expect, it } from 'vitest';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import { lunView } from '../../src/scsi/lun-map.ts';
import type { Nexus } from '../../src/scsi/nexus.ts';
import { Target } from '../../src/scsi/target.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';
import { answerOf, good, hex, memory, refusal } from './disk-under-test.ts';
import { HeldBackend } from './held-backend.ts';

const TEST_UNIT_READY = '00 00 00 00 00 00';
const REPORT_LUNS = 'a0 00 00 000000 00000100 00 00';
const READ_CAPACITY = '25 00 00000000 0000 00 00';

const disk = (blocks: number): LogicalUnit => new LogicalUnit(sbc, { backend: memory(blocks) });

/** A target with disks of 10, 20 and 30 blocks at LUN 0, 1 and 2. */
function three(): Target {
  const target = new Target({ clock: manualClock() });
  for (const [lun, blocks] of [10, 20, 30].entries()) target.luns.add(lun, disk(blocks));
  return target;
}

async function send(nexus: Nexus, lun: number, cdb: string): Promise<unknown> {
  return answerOf(await nexus.execute({ lun, tag: 1, cdb: hex(cdb) }));
}

describe('an initiator that sees some units under numbers of its own', () => {
  it('finds LUN 2 of the target as its LUN 7', async () => {
    const target = three();
    const nexus = target.addPort().nexus('me', lunView(target.luns, new Map([[7, 2]])));
    await send(nexus, 7, TEST_UNIT_READY);
    expect(await send(nexus, 7, READ_CAPACITY)).toEqual(
      good(hex('0000001d 00000200')), // last LBA 29, 512 bytes
    );
  });

  it('is refused at a LUN that only others have', async () => {
    const target = three();
    const nexus = target.addPort().nexus('me', lunView(target.luns, new Map([[7, 2]])));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('5/25/00'));
  });

  it('is told its own numbers by REPORT LUNS', async () => {
    const target = three();
    const numbers = new Map([
      [9, 0],
      [7, 2],
    ]);
    const nexus = target.addPort().nexus('me', lunView(target.luns, numbers));
    expect(await send(nexus, 7, REPORT_LUNS)).toEqual(
      good(
        hex(`00000010 00000000
             0007000000000000
             0009000000000000`),
      ),
    );
  });

  it('sees a unit come and go that the target gets and loses', async () => {
    const target = three();
    const nexus = target.addPort().nexus('me', lunView(target.luns, new Map([[0, 5]])));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('5/25/00'));
    target.luns.add(5, disk(8));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('6/29/00'));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(good());
    target.luns.remove(5);
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('5/25/00'));
  });

  it('cannot have a number that is no LUN', () => {
    expect(() => lunView(three().luns, new Map([[16_384, 0]]))).toThrow(RangeError);
  });
});

describe('an initiator that is shown other units', () => {
  it('is told that the LUNs have changed, alone', async () => {
    const target = three();
    const port = target.addPort();
    const [nexus, other] = [port.nexus('me'), port.nexus('other')];
    for (const each of [nexus, other]) await send(each, 2, TEST_UNIT_READY);
    nexus.show(lunView(target.luns, new Map([[0, 2]])));
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(refusal('6/3f/0e'));
    expect(await send(other, 2, TEST_UNIT_READY)).toEqual(good());
  });

  it('is told nothing when it sees the same', async () => {
    const target = three();
    const nexus = target.addPort().nexus('me');
    await send(nexus, 0, TEST_UNIT_READY);
    nexus.show(target.luns);
    expect(await send(nexus, 0, TEST_UNIT_READY)).toEqual(good());
  });

  it('gets TASK ABORTED for what runs where it sees nothing any more', async () => {
    const target = new Target({ clock: manualClock() });
    const backend = new HeldBackend(8);
    target.luns.add(0, new LogicalUnit(sbc, { backend }));
    const nexus = target.addPort().nexus('me');
    await send(nexus, 0, TEST_UNIT_READY);
    const running = nexus.execute({ lun: 0, tag: 1, cdb: hex('28 00 00000000 00 0001 00') });
    nexus.show(lunView(target.luns, new Map()));
    backend.calls[0]?.finish();
    expect(await running).toMatchObject({ status: 0x40 });
  });
});
