import { describe, expect, it } from 'vitest';
import { HeldBackend } from '../held-backend.ts';
import type { UnitState } from '../../../src/backend/unit-store.ts';
import { be, refusal, settle } from '../disk-under-test.ts';
import {
  CONFLICT,
  DONE,
  LIST_CONFLICT,
  outCdb,
  outList,
  reservationBench,
  SERVICE_ACTION,
} from '../reservation-bench.ts';

const READ = '28 00 00000000 00 0001 00';
const WRITE = '2a 00 00000000 00 0001 00';

/** A TransportID of no specific protocol, 24 bytes. */
const idOf = (name: string): string => {
  const letters = Buffer.from(name, 'ascii').toString('hex');
  return `0f000014${letters.padEnd(40, '0')}`;
};

describe('PERSISTENT RESERVE OUT', () => {
  it.each(Object.entries(SERVICE_ACTION))('%s refuses a list of 0 or 23 bytes', (_, action) => {
    const { send } = reservationBench();
    for (const length of [0, 23])
      expect(send(outCdb(action, 1, length), { out: outList({}) })).toEqual(refusal('5/1a/00'));
  });

  it.each(Object.entries(SERVICE_ACTION))('%s refuses a list of 25 bytes', (_, action) => {
    const { send } = reservationBench();
    const fetched = ['register', 'ignore', 'move'].includes(_) ? 25 : 0;
    expect(send(outCdb(action, 1, 25), { out: outList({ more: '00' }) })).toEqual(
      refusal('5/1a/00', {}, fetched),
    );
  });

  it('refuses a list that the initiator has not got whole', () => {
    const { send } = reservationBench();
    const out = outList({ newKey: 1 }).subarray(0, 23);
    expect(send(outCdb(0, 0, 24), { out })).toEqual(refusal('5/1a/00', {}, 24));
  });

  it('asks for no list that is beyond all reason', () => {
    const { send } = reservationBench();
    expect(send(outCdb(0, 0, 0xffff_ffff))).toEqual(refusal('5/1a/00'));
  });

  it('refuses REPLACE LOST RESERVATION: nothing is ever lost', () => {
    const { send } = reservationBench();
    expect(send(outCdb(8, 1, 24))).toEqual(refusal('5/24/00', { cdb: [1, 4] }));
  });

  it('tells the others whose registrations went, each what happened', () => {
    const { out, told, initiator, keys, generation } = reservationBench();
    const [a, b, c] = [initiator('a'), initiator('b'), initiator('c')];
    for (const [nexus, newKey] of [
      [a, 0xa],
      [b, 0xb],
      [c, 0xc],
    ] as const)
      expect(out(nexus, 'register', { newKey })).toEqual(DONE);
    expect(out(a, 'reserve', { key: 0xa, type: 5 })).toEqual(DONE);
    expect(out(b, 'preempt', { key: 0xb, newKey: 0xa, type: 1 })).toEqual(DONE);
    expect([told(a), told(b), told(c)]).toEqual(['2a/05', '', '2a/04']);
    expect(keys()).toEqual(['b', 'c']);
    expect(out(c, 'clear', { key: 0xc })).toEqual(DONE);
    expect([told(a), told(b), told(c)]).toEqual(['', '2a/03', '']);
    expect(keys()).toEqual([]);
    expect(generation()).toBe(5);
  });
});

describe('REGISTER', () => {
  it('conflicts where the key is not the one registered', () => {
    const { out, nexus, keys } = reservationBench();
    expect(out(nexus, 'register', { key: 1, newKey: 2 })).toEqual(LIST_CONFLICT);
    expect(out(nexus, 'register', { newKey: 0xa })).toEqual(DONE);
    expect(out(nexus, 'register', { newKey: 2 })).toEqual(LIST_CONFLICT);
    expect(out(nexus, 'ignore', { newKey: 3 })).toEqual(DONE);
    expect(keys()).toEqual(['3']);
  });

  it('refuses APTPL without anything to keep it in', () => {
    const { out, nexus, keys } = reservationBench();
    const error = refusal('5/26/00', { list: [20, 0] }, 24);
    expect(out(nexus, 'register', { newKey: 1, flags: 0x01 })).toEqual(error);
    expect(out(nexus, 'ignore', { newKey: 1, flags: 0x01 })).toEqual(error);
    expect(keys()).toEqual([]);
  });

  it('with ALL_TG_PT registers at every port', () => {
    const { out, nexus, target, keys } = reservationBench();
    const other = target.addPort().nexus('first');
    expect(out(nexus, 'register', { newKey: 0xa, flags: 0x04 })).toEqual(DONE);
    expect(keys()).toEqual(['a', 'a']);
    other.luns.get(0)!.attentions(other).take();
    expect(out(other, 'reserve', { key: 0xa, type: 3 })).toEqual(DONE);
  });

  it('with SPEC_I_PT registers the ports that are named, though they have never been here', () => {
    const { out, nexus, keys, stranger, told } = reservationBench();
    const more = `00000030 ${idOf('bee')} ${idOf('cat')}`;
    const answer = out(nexus, 'register', { newKey: 0xa, flags: 0x08, more });
    expect(answer).toEqual({ ...DONE, dataOutLength: 76 });
    expect(keys()).toEqual(['a', 'a', 'a']);
    const bee = stranger('bee');
    expect(told(bee)).toBe('29/00');
    expect(out(bee, 'reserve', { key: 0xa, type: 1 })).toEqual(DONE);
  });

  it.each<[string, string, string, { readonly list?: readonly [number] }]>([
    ['a length that is not theirs', '00000017', '5/1a/00', {}],
    ['an id that is cut off', `00000014 ${idOf('bee').slice(0, -8)}`, '5/26/00', { list: [28] }],
    ['a malformed second id', `00000030 ${idOf('bee')} ${idOf('cat').replace('0f', '05')}`, '', {}],
  ])('with SPEC_I_PT refuses TransportIDs with %s', (_, more, codes, details) => {
    const { out, nexus, keys } = reservationBench();
    const answer = out(nexus, 'register', { newKey: 0xa, flags: 0x08, more });
    const length = 24 + more.replaceAll(' ', '').length / 2;
    expect(answer).toEqual(
      codes === '' ? refusal('5/26/00', { list: [52] }, 76) : refusal(codes, details, length),
    );
    expect(keys()).toEqual([]);
  });

  it('takes SPEC_I_PT from those only who are not registered, and REGISTER AND IGNORE never', () => {
    const { out, nexus } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    const list = { key: 0xa, newKey: 0xb, flags: 0x08, more: `00000018 ${idOf('bee')}` };
    const error = refusal('5/26/00', { list: [20, 3] }, 52);
    expect(out(nexus, 'register', list)).toEqual(error);
    expect(out(nexus, 'ignore', list)).toEqual(error);
  });

  it('ends with INSUFFICIENT REGISTRATION RESOURCES where there is no more room', () => {
    const { out, nexus, keys, initiator } = reservationBench();
    for (let i = 0; i < 32; i++) {
      const more = `${be(32 * 24, 4)}${Array.from({ length: 32 }, (_, j) =>
        idOf(`port-${i}-${j}`),
      ).join('')}`;
      const from = initiator(`sender-${i}`);
      const { status } = out(from, 'register', { newKey: 1, flags: 0x08, more });
      expect(status).toBe(i === 31 ? 0x02 : 0x00);
    }
    expect(keys()).toHaveLength(31 * 33);
    expect(out(nexus, 'register', { newKey: 1 })).toEqual(DONE);
    expect(out(initiator('last'), 'register', { newKey: 1 })).toEqual(refusal('5/55/04', {}, 24));
  });
});

describe('RESERVE and RELEASE', () => {
  it('are for those who are registered', () => {
    const { out, nexus } = reservationBench();
    expect(out(nexus, 'reserve', { key: 0xa, type: 1 })).toEqual(LIST_CONFLICT);
    expect(out(nexus, 'release', { key: 0xa, type: 1 })).toEqual(LIST_CONFLICT);
  });

  it('refuse what is no scope and no type, before the list is asked for', () => {
    const { out, nexus } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    expect(out(nexus, 'reserve', { key: 0xa, type: 0x15 })).toEqual(
      refusal('5/24/00', { cdb: [2, 7] }),
    );
    for (const type of [0, 2, 4, 9, 15])
      expect(out(nexus, 'reserve', { key: 0xa, type })).toEqual(
        refusal('5/24/00', { cdb: [2, 3] }),
      );
  });

  it('release only what is reserved: its type', () => {
    const { out, nexus, reserved } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    expect(out(nexus, 'release', { key: 0xa, type: 1 })).toEqual(DONE);
    out(nexus, 'reserve', { key: 0xa, type: 1 });
    expect(out(nexus, 'release', { key: 0xa, type: 3 })).toEqual(refusal('5/26/04', {}, 24));
    expect(reserved()).toBe('000000000000000a 01');
    expect(out(nexus, 'release', { key: 0xa, type: 1 })).toEqual(DONE);
    expect(reserved()).toBe('');
  });
});

describe('PREEMPT', () => {
  it('refuses key 0, and a type that does not exist where it would reserve', () => {
    const { out, nexus, initiator } = reservationBench();
    out(nexus, 'register', { newKey: 0xa });
    const b = initiator('b');
    out(b, 'register', { newKey: 0xb });
    expect(out(b, 'preempt', { key: 0xb })).toEqual(refusal('5/26/00', { list: [8] }, 24));
    out(nexus, 'reserve', { key: 0xa, type: 1 });
    const list = { key: 0xb, newKey: 0xa };
    expect(out(b, 'preempt', { ...list, type: 2 })).toEqual(
      refusal('5/24/00', { cdb: [2, 3] }, 24),
    );
    expect(out(b, 'preempt', { ...list, type: 0x11 })).toEqual(
      refusal('5/24/00', { cdb: [2, 7] }, 24),
    );
    expect(out(b, 'preempt', { key: 0xb, newKey: 0xc, type: 1 })).toEqual(LIST_CONFLICT);
  });

  it('leaves running commands alone, and PREEMPT AND ABORT ends when they have ended', async () => {
    const backend = new HeldBackend();
    const { out, outAsync, nexus, initiator, sendAsync, told } = reservationBench({ backend });
    const b = initiator('b');
    out(nexus, 'register', { newKey: 0xa });
    out(b, 'register', { newKey: 0xb });
    const first = sendAsync(READ);
    expect(out(b, 'preempt', { key: 0xb, newKey: 0xa, type: 1 })).toEqual(DONE);
    backend.calls[0]!.finish();
    expect(await first).toMatchObject({ status: 0 });
    expect(told(nexus)).toBe('2a/05');

    out(nexus, 'register', { newKey: 0xa });
    const second = sendAsync(READ);
    const mine = sendAsync('28 00 00000008 00 0001 00', { from: b });
    let ended = false;
    const preempting = outAsync(b, 'preemptAndAbort', { key: 0xb, newKey: 0xa, type: 1 });
    void preempting.then(() => (ended = true));
    await settle();
    expect(ended).toBe(false);
    backend.calls[0]!.finish();
    expect(await preempting).toEqual(DONE);
    expect(await second).toBeUndefined();
    backend.calls[0]!.finish();
    expect(await mine).toMatchObject({ status: 0 });
  });

  it('AND ABORT of the own key aborts the own commands, but not itself', async () => {
    const backend = new HeldBackend();
    const { out, outAsync, nexus, sendAsync } = reservationBench({ backend });
    out(nexus, 'register', { newKey: 0xa });
    const read = sendAsync(READ);
    const preempting = outAsync(nexus, 'preemptAndAbort', { key: 0xa, newKey: 0xa });
    backend.calls[0]!.finish();
    expect(await preempting).toEqual(DONE);
    expect(await read).toBeUndefined();
  });
});

const reservedBed = (type = 1) => {
  const bed = reservationBench();
  bed.out(bed.nexus, 'register', { newKey: 0xa });
  bed.out(bed.nexus, 'reserve', { key: 0xa, type });
  return bed;
};

/** REGISTER AND MOVE: its parameter list begins alike; bytes 16 to 23 are its own. */
const move = (
  bed: ReturnType<typeof reservationBench>,
  { key = 0xa, newKey = 0xb, flags = 0, port = 1, id = idOf('b'), length = 24 } = {},
) => {
  const list = outList({ key, newKey, more: id });
  list.set([0, flags, port >> 8, port, 0, 0, 0, length], 16);
  return bed.send(outCdb(7, 0, list.length), { out: list });
};

describe('REGISTER AND MOVE', () => {
  it('makes another I_T nexus the holder', () => {
    const bed = reservedBed();
    expect(move(bed, { flags: 0x02 })).toEqual({ ...DONE, dataOutLength: 48 });
    expect(bed.reserved()).toBe('000000000000000b 01');
    expect(bed.keys()).toEqual(['b']);
    expect(bed.send(WRITE)).toEqual(CONFLICT);
  });

  it.each([
    ['a port that is not there', { port: 2 }, [18]],
    ['the I_T nexus that sends it', { id: idOf('first') }, [24]],
    ['an initiator port of another protocol', { id: idOf('b').replace('0f', '05') }, [24]],
    ['key 0', { newKey: 0 }, [8]],
    ['APTPL without a store', { flags: 0x01 }, [17, 0]],
  ] as const)('refuses %s', (_, how, at) => {
    const bed = reservedBed();
    expect(move(bed, how)).toEqual(refusal('5/26/00', { list: at }, 48));
    expect(bed.reserved()).toBe('000000000000000a 01');
  });

  it('refuses a TransportID of another length than it says', () => {
    expect(move(reservedBed(), { length: 23 })).toEqual(refusal('5/1a/00', {}, 48));
  });

  it('conflicts for a wrong key, without a reservation, and for one that all registrants hold', () => {
    const conflict = { ...LIST_CONFLICT, dataOutLength: 48 };
    expect(move(reservedBed(), { key: 0xb })).toEqual(conflict);
    expect(move(reservedBed(7))).toEqual(conflict);
    const bed = reservationBench();
    bed.out(bed.nexus, 'register', { newKey: 0xa });
    expect(move(bed)).toEqual(conflict);
  });
});

describe('APTPL', () => {
  class Store {
    state: UnitState | undefined;
    readonly saves: string[] = [];
    wait: Promise<void> | undefined;
    failure: Error | undefined;
    load(): UnitState | undefined {
      return this.state;
    }
    async save(state: UnitState): Promise<void> {
      const text = JSON.stringify(state);
      await this.wait;
      if (this.failure) throw this.failure;
      this.saves.push(text);
      this.state = JSON.parse(text) as UnitState;
    }
  }

  it('keeps registrations and reservation through a power loss; PRGENERATION begins anew', async () => {
    const store = new Store();
    const before = reservationBench({ store });
    await settle();
    await before.outAsync(before.nexus, 'register', { newKey: 2n ** 64n - 1n, flags: 1 });
    await before.outAsync(before.nexus, 'reserve', { key: 2n ** 64n - 1n, type: 6 });
    await before.target.close();

    const after = reservationBench({ store });
    await settle();
    expect(after.keys()).toEqual(['ffffffffffffffff']);
    expect(after.reserved()).toBe('ffffffffffffffff 06');
    expect(after.generation()).toBe(0);
    expect(after.send(READ, { from: after.initiator('other') })).toEqual(CONFLICT);
    expect(after.send(READ)).toMatchObject({ status: 0 });
  });

  it('is what the last registration said', async () => {
    const store = new Store();
    const { outAsync, nexus } = reservationBench({ store });
    await settle();
    await outAsync(nexus, 'register', { newKey: 1, flags: 1 });
    await outAsync(nexus, 'register', { key: 1, newKey: 2 });
    expect(store.state).toEqual({});
    expect(store.saves).toHaveLength(2);
  });

  it('answers GOOD only when it is stored', async () => {
    const store = new Store();
    const { outAsync, nexus, keys } = reservationBench({ store });
    await settle();
    let release: (() => void) | undefined;
    store.wait = new Promise((resolve) => (release = resolve));
    let ended = false;
    const registering = outAsync(nexus, 'register', { newKey: 1, flags: 1 });
    void registering.then(() => (ended = true));
    await settle();
    expect([ended, keys()]).toEqual([false, ['1']]);
    release?.();
    expect(await registering).toEqual(DONE);
    expect(store.saves).toHaveLength(1);
  });

  it('changes nothing where the store fails', async () => {
    const store = new Store();
    const { outAsync, nexus, keys, errors } = reservationBench({ store });
    await settle();
    store.failure = new Error('disk full');
    expect(await outAsync(nexus, 'register', { newKey: 1, flags: 1 })).toEqual(
      refusal('4/44/00', {}, 24),
    );
    expect(keys()).toEqual([]);
    expect(errors).toEqual([store.failure]);
  });

  it('keeps a unit from its work whose reservations are damaged', async () => {
    const store = new Store();
    store.state = { reservations: { registrations: 7 } };
    const { send, errors } = reservationBench({ store });
    await settle();
    expect(send(READ)).toEqual(refusal('2/04/03'));
    expect(errors).toHaveLength(1);
  });
});
