import { describe, expect, it } from 'vitest';
import { bench, fixedSense, good, refusal, settle } from './disk-under-test.ts';
import { setControl, type ControlFields } from './control-page.ts';
import { READ_0, REQUEST_SENSE, TEST_UNIT_READY } from './familiar-commands.ts';
import { HeldBackend } from './held-backend.ts';

/** READ(10) far beyond the end. */
const BAD_READ = '28 00 00100000 00 0001 00';
const TASK_ABORTED = { ...good(), status: 0x40 };
const CONFLICT = { ...good(), status: 0x18 };
const FULL = { ...good(), status: 0x28 };
const PERSISTENT_RESERVE_IN = '5e 00 0000000000 0008 00';

/** Two initiators with a READ each that has not ended. */
function busy(fields: ControlFields) {
  const backend = new HeldBackend();
  const device = bench({ backend });
  setControl(device, fields);
  const other = device.initiator('other');
  const mine = device.sendAsync(READ_0);
  const theirs = device.sendAsync(READ_0, { from: other });
  const finish = async (): Promise<void> => {
    while (backend.calls.length > 0) backend.finish();
    await settle();
  };
  return { ...device, other, mine, theirs, finish };
}

describe('QERR', () => {
  it('00b: a CHECK CONDITION aborts nothing', async () => {
    const { send, mine, theirs, finish } = busy({ qerr: 0 });
    expect(send(BAD_READ).status).toBe(0x02);
    await finish();
    expect([(await mine)?.status, (await theirs)?.status]).toEqual([0, 0]);
  });

  it('01b: it aborts all other tasks, and those who lost one are told', async () => {
    const { send, sendAsync, mine, theirs, finish, other } = busy({ qerr: 1 });
    const failed = sendAsync(BAD_READ);
    await finish();
    expect((await failed)?.status).toBe(0x02);
    expect([await mine, await theirs]).toEqual([undefined, undefined]);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/2f/00'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('01b: its answer waits until they have ended', async () => {
    const { sendAsync, finish } = busy({ qerr: 1 });
    let ended = false;
    void sendAsync(BAD_READ).then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    await finish();
    expect(ended).toBe(true);
  });

  it.each([
    ['11b', { qerr: 3 }],
    ['01b where each nexus has a task set of its own', { qerr: 1, tst: 1 }],
  ])('%s: it aborts the tasks of its nexus', async (_, fields) => {
    const { send, sendAsync, mine, theirs, finish, other } = busy(fields);
    const failed = sendAsync(BAD_READ);
    await finish();
    expect((await failed)?.status).toBe(0x02);
    expect([await mine, (await theirs)?.status]).toEqual([undefined, 0]);
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });
});

describe('TAS', () => {
  it.each(['CLEAR TASK SET', 'LOGICAL UNIT RESET'] as const)(
    '1: tasks that %s of another nexus aborts end with TASK ABORTED',
    async (name) => {
      const { nexus, mine, theirs, finish } = busy({ tas: true });
      const managed = nexus.manage({ function: name, lun: 0 });
      await finish();
      expect(await managed).toBe('FUNCTION COMPLETE');
      expect([await mine, await theirs]).toEqual([undefined, TASK_ABORTED]);
    },
  );

  it('1: those who lost tasks are not told again', async () => {
    const { nexus, send, finish, other } = busy({ tas: true });
    const managed = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    await finish();
    await managed;
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('1: QERR has them end so too', async () => {
    const { sendAsync, mine, theirs, finish } = busy({ tas: true, qerr: 1 });
    const failed = sendAsync(BAD_READ);
    await finish();
    expect((await failed)?.status).toBe(0x02);
    expect([await mine, await theirs]).toEqual([undefined, TASK_ABORTED]);
  });

  it('1: a task that its own nexus has aborted before has no answer', async () => {
    const { nexus, theirs, finish, other } = busy({ tas: true });
    const aborted = other.manage({ function: 'ABORT TASK SET', lun: 0 });
    const cleared = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    await finish();
    await aborted;
    await cleared;
    expect(await theirs).toBeUndefined();
  });

  it('1: a task that waits ends so at once', async () => {
    const { nexus, sendAsync, finish, other } = busy({ tas: true });
    const waiting = sendAsync(READ_0, { from: other, attribute: 'ordered' });
    const managed = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    expect(await waiting).toEqual(TASK_ABORTED);
    await finish();
    await managed;
  });
});

describe('TST 001b', () => {
  it('an ORDERED task waits for the tasks of its own nexus only', async () => {
    const { sendAsync, finish, other, theirs } = busy({ tst: 1 });
    const third = sendAsync(TEST_UNIT_READY, { attribute: 'ordered', from: other });
    let ended = false;
    void third.then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    await finish();
    expect([(await theirs)?.status, (await third)?.status]).toEqual([0, 0]);
  });

  it('an ORDERED task of one nexus does not keep another waiting', async () => {
    const { sendAsync, finish, initiator } = busy({ tst: 1 });
    const blockedBehind = sendAsync(TEST_UNIT_READY, { attribute: 'ordered' });
    const third = initiator('third');
    expect((await sendAsync(TEST_UNIT_READY, { from: third }))?.status).toBe(0);
    await finish();
    expect((await blockedBehind)?.status).toBe(0);
  });

  it('CLEAR TASK SET clears the task set of its own nexus only', async () => {
    const { nexus, mine, theirs, finish } = busy({ tst: 1 });
    const managed = nexus.manage({ function: 'CLEAR TASK SET', lun: 0 });
    await finish();
    expect(await managed).toBe('FUNCTION COMPLETE');
    expect([await mine, (await theirs)?.status]).toEqual([undefined, 0]);
  });
});

describe('UA_INTLCK_CTRL', () => {
  it.each([2, 3])('%i: a unit attention is told until REQUEST SENSE clears it', (interlock) => {
    const device = bench();
    setControl(device, { interlock });
    const from = device.stranger('new');
    const { send } = device;
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/29/00'));
    expect(send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('6/29/00')));
    expect(send(TEST_UNIT_READY, { from })).toEqual(good());
  });

  it.each([0, 2])('%i: RESERVATION CONFLICT is forgotten', (interlock) => {
    const device = bench();
    setControl(device, { interlock });
    const from = device.initiator('other');
    device.send('16 00 00 00 00 00'); // RESERVE(6)
    expect(device.send(READ_0, { from })).toEqual(CONFLICT);
    expect(device.send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('0/00/00')));
  });

  it('3: RESERVATION CONFLICT is told again as 2C/09, once', () => {
    const device = bench();
    setControl(device, { interlock: 3 });
    const { send } = device;
    const from = device.initiator('other');
    send('16 00 00 00 00 00'); // RESERVE(6)
    expect(send(READ_0, { from })).toEqual(CONFLICT);
    expect(send(READ_0, { from })).toEqual(refusal('6/2c/09'));
    expect(send(PERSISTENT_RESERVE_IN, { from })).toEqual(refusal('6/2c/09'));
    expect(send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('6/2c/09')));
    expect(send(REQUEST_SENSE, { from })).toEqual(good(fixedSense('0/00/00')));
  });

  it('3: BUSY is told again as 2C/07', () => {
    const device = bench();
    setControl(device, { interlock: 3 });
    const { send, nexus } = device;
    const from = device.initiator('other');
    send('28 00 00100000 00 0001 04'); // LBA OUT OF RANGE, with NACA
    expect(send(TEST_UNIT_READY, { from }).status).toBe(0x08);
    void nexus.manage({ function: 'CLEAR ACA', lun: 0 });
    expect(send(TEST_UNIT_READY, { from })).toEqual(refusal('6/2c/07'));
  });

  it('3: TASK SET FULL is told again as 2C/08', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend, queueDepth: 1 });
    setControl(device, { interlock: 3 });
    const { send, sendAsync } = device;
    const read = sendAsync(READ_0);
    expect(send(TEST_UNIT_READY)).toEqual(FULL);
    backend.finish();
    await read;
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2c/08'));
  });
});
