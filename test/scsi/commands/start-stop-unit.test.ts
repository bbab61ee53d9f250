import { describe, expect, it } from 'vitest';
import { BackendError } from '../../../src/backend/backend.ts';
import { bench, good, refusal, settle } from '../disk-under-test.ts';
import { HeldBackend } from '../held-backend.ts';

const STOP = '1b 00 00 00 00 00';
const START = '1b 00 00 00 01 00';
const EJECT = '1b 00 00 00 02 00';
const LOAD = '1b 00 00 00 03 00';
const TEST_UNIT_READY = '00 00 00 00 00 00';
const READ = '28 00 00000000 00 0001 00';

describe('START STOP UNIT', () => {
  it('stops: medium access needs an initializing command', () => {
    const { send } = bench();
    expect(send(STOP)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
    expect(send(READ)).toEqual(refusal('2/04/02'));
  });

  it('starts again, and nobody is told', () => {
    const { send, initiator } = bench();
    const other = initiator('other');
    send(STOP);
    expect(send(START)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(good());
  });

  it('flushes before it stops', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend });
    const stop = sendAsync(STOP);
    expect(backend.pending).toEqual(['flush']);
    expect(send(TEST_UNIT_READY)).toEqual(good());
    backend.finish();
    expect(await stop).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
  });

  it('with IMMED answers before the flush has ended, and stops after it', async () => {
    const backend = new HeldBackend();
    const { send } = bench({ backend });
    expect(send('1b 01 00 00 00 00')).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
    backend.finish();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
  });

  it('with IMMED tells the nexus of a flush that failed, and does not stop', async () => {
    const backend = new HeldBackend();
    const { send, errors } = bench({ backend });
    const scratch = new BackendError('medium', 'scratch', { lba: 9 });
    send('1b 01 00 00 00 00');
    backend.fail(scratch);
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('3/0c/00', { information: 9, deferred: true }));
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(errors).toEqual([scratch]);
  });

  it('with IMMED tells the nexus that the removal was prevented during the flush', async () => {
    const backend = new HeldBackend();
    const { send, initiator } = bench({ backend, removable: true });
    const from = initiator('other');
    send('1b 01 00 00 02 00');
    send('1e 00 00 00 01 00', { from });
    backend.finish();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('5/53/02', { deferred: true }));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('does not flush with NO_FLUSH', () => {
    const backend = new HeldBackend();
    expect(bench({ backend }).send('1b 00 00 00 04 00')).toEqual(good());
    expect(backend.log).toEqual([]);
  });

  it('does not stop where the flush failed', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ backend });
    const stop = sendAsync(STOP);
    backend.fail(new Error('scratch'));
    expect(await stop).toEqual(refusal('4/44/00'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it.each([
    ['EJECT', EJECT],
    ['LOAD', LOAD],
  ])('refuses %s of a medium that is fixed, at LOEJ', (_, cdb) => {
    expect(bench().send(cdb)).toEqual(refusal('5/24/00', { cdb: [4, 1] }));
  });

  it('ejects a removable medium', () => {
    const { send } = bench({ removable: true });
    expect(send(EJECT)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/3a/00'));
  });

  it('loads it again, and every nexus is told that the medium may have changed', () => {
    const { send, initiator } = bench({ removable: true });
    const other = initiator('other');
    send(EJECT);
    expect(send(LOAD)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/28/00'));
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/28/00'));
  });

  it('refuses a POWER CONDITION MODIFIER', () => {
    expect(bench().send('1b 00 00 01 01 00')).toEqual(refusal('5/24/00', { cdb: [3, 3] }));
  });

  it('without LOEJ never ejects a removable medium', async () => {
    const { send, unit } = bench({ removable: true });
    send(STOP);
    await settle();
    expect(unit.readiness.loaded).toBe(true);
    send(START);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });
});

const lenient = () => bench({ removable: true, compatibility: 'lenient' });

describe('START STOP UNIT on removable media, lenient', () => {
  it('neither stops nor changes a power condition', () => {
    const { send } = lenient();
    for (const cdb of [STOP, START, '1b 01 00 00 36 00', '1b 01 00 00 f2 00']) {
      expect(send(cdb)).toEqual(good());
      expect(send(TEST_UNIT_READY)).toEqual(good());
    }
  });

  it('flushes all the same', async () => {
    const backend = new HeldBackend();
    const device = bench({ backend, removable: true, compatibility: 'lenient' });
    const stop = device.sendAsync(STOP);
    expect(backend.pending).toEqual(['flush']);
    backend.finish();
    expect(await stop).toEqual(good());
  });

  it('tells the other initiators of a medium that was loaded', () => {
    const { send, initiator } = lenient();
    const other = initiator('other');
    expect(send(EJECT)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/3a/00'));
    expect(send(LOAD)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(good());
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('6/28/00'));
  });

  it('does not load where the removal is prevented', () => {
    const { send } = lenient();
    send(EJECT);
    send('1e 00 00 00 01 00');
    expect(send(LOAD)).toEqual(refusal('5/53/02'));
    send('1e 00 00 00 00 00');
    expect(send(LOAD)).toEqual(good());
  });

  it('on a fixed medium is as the standard has it', () => {
    const { send } = bench({ compatibility: 'lenient' });
    expect(send('1b 00 00 00 40 00')).toEqual(refusal('5/24/00', { cdb: [4, 7] }));
    send(STOP);
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/04/02'));
  });
});
