import { describe, expect, it } from 'vitest';
import { be, bench, good, hex, refusal, settle } from '../disk-under-test.ts';
import { EJECT, LOAD, READ_0, STOP, TEST_UNIT_READY } from '../familiar-commands.ts';
import { HeldBackend } from '../held-backend.ts';

const PREVENT = '1e 00 00 00 01 00';
const ALLOW = '1e 00 00 00 00 00';
const PREVENTED = refusal('5/53/02'); // MEDIUM REMOVAL PREVENTED

describe('PREVENT ALLOW MEDIUM REMOVAL', () => {
  it('keeps the medium in the drive until it is allowed', () => {
    const { send } = bench({ removable: true });
    expect(send(PREVENT)).toEqual(good());
    expect(send(EJECT)).toEqual(PREVENTED);
    expect(send(READ_0).status).toBe(0);
    expect(send(ALLOW)).toEqual(good());
    expect(send(EJECT)).toEqual(good());
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/3a/00'));
  });

  it('keeps it from other initiators too, and only the one that prevented it can allow it', () => {
    const { send, initiator } = bench({ removable: true });
    const other = initiator('other');
    send(PREVENT);
    expect(send(EJECT, { from: other })).toEqual(PREVENTED);
    expect(send(ALLOW, { from: other })).toEqual(good());
    expect(send(EJECT, { from: other })).toEqual(PREVENTED);
    send(ALLOW);
    expect(send(EJECT, { from: other })).toEqual(good());
  });

  it('waits for all initiators that prevent it', () => {
    const { send, initiator } = bench({ removable: true });
    const other = initiator('other');
    send(PREVENT);
    send(PREVENT, { from: other });
    send(ALLOW);
    expect(send(EJECT)).toEqual(PREVENTED);
    send(ALLOW, { from: other });
    expect(send(EJECT)).toEqual(good());
  });

  it('counts once however often it was sent', () => {
    const { send } = bench({ removable: true });
    send(PREVENT);
    send(PREVENT);
    send(ALLOW);
    expect(send(EJECT)).toEqual(good());
  });

  it('looks at bit 0 of PREVENT: there is no medium changer', () => {
    const { send } = bench({ removable: true });
    expect(send('1e 00 00 00 03 00')).toEqual(good());
    expect(send(EJECT)).toEqual(PREVENTED);
    expect(send('1e 00 00 00 02 00')).toEqual(good());
    expect(send(EJECT)).toEqual(good());
  });

  it('of an empty drive keeps what is loaded then', () => {
    const { send } = bench({ removable: true });
    send(EJECT);
    expect(send(PREVENT)).toEqual(good());
    expect(send(LOAD)).toEqual(good());
    send(TEST_UNIT_READY); // 6/28/00
    expect(send(EJECT)).toEqual(PREVENTED);
  });

  it('does not stand in the way of stopping', () => {
    const { send } = bench({ removable: true });
    send(PREVENT);
    expect(send(STOP)).toEqual(good());
  });

  it('keeps it where it came while the cache was being flushed', async () => {
    const backend = new HeldBackend();
    const { send, sendAsync } = bench({ removable: true, backend });
    const eject = sendAsync(EJECT);
    send(PREVENT);
    backend.finish();
    expect(await eject).toEqual(PREVENTED);
    expect(send(TEST_UNIT_READY)).toEqual(good());
  });

  it('refuses before it flushes', () => {
    const backend = new HeldBackend();
    const { send } = bench({ removable: true, backend });
    send(PREVENT);
    expect(send(EJECT)).toEqual(PREVENTED);
    expect(backend.log).toEqual([]);
  });

  it('is not there where the medium is fixed', () => {
    expect(bench().send(PREVENT)).toEqual(refusal('5/20/00', { cdb: [0] }));
  });
});

describe('what ends the prevention', () => {
  it('the loss of the nexus', () => {
    const { send, initiator, nexus } = bench({ removable: true });
    const other = initiator('other');
    send(PREVENT);
    void nexus.lost();
    expect(send(EJECT, { from: other })).toEqual(good());
  });

  it('not the loss of another', () => {
    const { send, initiator } = bench({ removable: true });
    send(PREVENT);
    void initiator('other').lost();
    expect(send(EJECT)).toEqual(PREVENTED);
  });

  it.each(['LOGICAL UNIT RESET', 'TARGET RESET'] as const)('a %s', async (name) => {
    const { send, initiator } = bench({ removable: true });
    const other = initiator('other');
    send(PREVENT);
    await other.manage({ function: name, lun: 0 });
    send(TEST_UNIT_READY, { from: other }); // 6/29/03
    expect(send(EJECT, { from: other })).toEqual(good());
  });

  it('PREEMPT AND ABORT of the nexus that prevents it, and PREEMPT does not', () => {
    const { send, initiator } = bench({ removable: true });
    const other = initiator('other');
    const out = (action: string, key: number, newKey: number, from = other) =>
      send(`5f ${action} 03 0000 00000018 00`, {
        from,
        out: hex(`${be(key, 8)} ${be(newKey, 8)} 0000000000000000`),
      });
    const registered = (): void => {
      send('5f 06 00 0000 00000018 00', { out: hex(`${be(0, 8)} ${be(1, 8)} 0000000000000000`) });
      out('06', 0, 2);
    };
    send(PREVENT);
    registered();
    expect(out('04', 2, 1)).toEqual(good('', 24)); // PREEMPT
    expect(send(EJECT, { from: other })).toEqual(PREVENTED);
    send(TEST_UNIT_READY); // 6/2a/05
    registered();
    expect(out('05', 2, 1)).toEqual(good('', 24)); // PREEMPT AND ABORT
    expect(send(EJECT, { from: other })).toEqual(good());
  });

  it('ejecting the medium by hand, which those that prevented it are told', async () => {
    const { send, initiator, unit } = bench({ removable: true });
    const other = initiator('other');
    send(PREVENT);
    unit.eject();
    await settle();
    expect(send(TEST_UNIT_READY)).toEqual(refusal('6/2a/15')); // PREVENTION PREEMPTED
    expect(send(TEST_UNIT_READY)).toEqual(refusal('2/3a/00'));
    expect(send(TEST_UNIT_READY, { from: other })).toEqual(refusal('2/3a/00'));
    unit.load();
    send(TEST_UNIT_READY); // 6/28/00
    expect(send(EJECT)).toEqual(good());
  });
});
