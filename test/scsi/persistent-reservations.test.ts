import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  PersistentReservations,
  type ReservationChange,
  type ReservationOutcome,
} from '../../src/scsi/persistent-reservations.ts';
import {
  isHolder,
  mayAccess,
  NOTHING_RESERVED,
  type NexusName,
} from '../../src/scsi/registration.ts';
import { forbidsReads, type ReservationType } from '../../src/cdb/reservation-type.ts';
import { restoredReservations, storedReservations } from '../../src/scsi/stored-reservations.ts';
import { describeReservations, nick, ReservationModel } from './reservation-model.ts';

const A1: NexusName = { initiator: 'a', port: 1 };
const A2: NexusName = { initiator: 'a', port: 2 };
const B1: NexusName = { initiator: 'b', port: 1 };
const B2: NexusName = { initiator: 'b', port: 2 };
const C1: NexusName = { initiator: 'c', port: 1 };
const EVERYONE = [A1, A2, B1, B2, C1];
const LIMIT = 4;

const sender = fc.constantFrom(...EVERYONE);
/** Few keys, so that they meet; a key that is too wide for a double among them. */
const key = fc.constantFrom(0n, 1n, 2n, 2n ** 64n - 1n);
const type = fc.constantFrom<ReservationType>(1, 3, 5, 6, 7, 8);

type Step = {
  readonly name: string;
  readonly real: (real: PersistentReservations, key: bigint) => ReservationOutcome;
  readonly model: (model: ReservationModel, key: bigint) => string;
  readonly who: NexusName;
  /** The RESERVATION KEY: mostly the right one, so that something happens. */
  readonly key: bigint | 'right';
};

const theKey = fc.oneof({ weight: 4, arbitrary: fc.constant('right' as const) }, key);
const base = { who: sender, key: theKey };

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({
      ...base,
      newKey: key,
      ignore: fc.boolean(),
      aptpl: fc.boolean(),
      specIPt: fc.boolean(),
      also: fc.oneof(
        { weight: 3, arbitrary: fc.constant<NexusName[]>([]) },
        fc.array(sender, { maxLength: 3 }),
      ),
    })
    .map(({ newKey, ignore, aptpl, also, ...rest }) => {
      const specIPt = rest.specIPt && !ignore;
      return {
        ...rest,
        name: ignore ? 'REGISTER AND IGNORE' : 'REGISTER',
        real: (real: PersistentReservations, k: bigint) =>
          real.register(rest.who, { ...(!ignore && { key: k }), newKey, aptpl, also, specIPt }),
        model: (model: ReservationModel, k: bigint) =>
          model.register(
            nick(rest.who),
            ignore ? undefined : k,
            newKey,
            also.map(nick),
            aptpl,
            specIPt,
          ),
      };
    }),
  fc.record({ ...base, type }).map((it) => ({
    ...it,
    name: 'RESERVE',
    real: (real: PersistentReservations, k: bigint) => real.reserve(it.who, k, it.type),
    model: (model: ReservationModel, k: bigint) => model.reserve(nick(it.who), k, it.type),
  })),
  fc.record({ ...base, type, scope: fc.constantFrom(0, 0, 0, 1) }).map((it) => ({
    ...it,
    name: 'RELEASE',
    real: (real: PersistentReservations, k: bigint) => real.release(it.who, k, it.scope, it.type),
    model: (model: ReservationModel, k: bigint) =>
      model.release(nick(it.who), k, it.scope, it.type),
  })),
  fc.record(base).map((it) => ({
    ...it,
    name: 'CLEAR',
    real: (real: PersistentReservations, k: bigint) => real.clear(it.who, k),
    model: (model: ReservationModel, k: bigint) => model.clear(nick(it.who), k),
  })),
  fc
    .record({
      ...base,
      scope: fc.constantFrom(0, 0, 0, 0, 2),
      type: fc.oneof({ weight: 9, arbitrary: type }, { weight: 1, arbitrary: fc.nat(15) }),
      victim: key,
      abort: fc.boolean(),
    })
    .map((it) => ({
      ...it,
      name: 'PREEMPT',
      real: (real: PersistentReservations, k: bigint) => real.preempt(it.who, { ...it, key: k }),
      model: (model: ReservationModel, k: bigint) =>
        model.preempt(nick(it.who), k, it.victim, it.scope, it.type, it.abort),
    })),
  fc
    .record({ ...base, newKey: key, to: sender, unregister: fc.boolean(), aptpl: fc.boolean() })
    .map((it) => ({
      ...it,
      name: 'REGISTER AND MOVE',
      real: (real: PersistentReservations, k: bigint) => real.move(it.who, { ...it, key: k }),
      model: (model: ReservationModel, k: bigint) =>
        model.move(nick(it.who), k, it.newKey, nick(it.to), it.unregister, it.aptpl),
    })),
);

/** All that can be seen of the reservations, as one text: comparing objects takes far longer. */
function seen(real: PersistentReservations): string {
  const { registrations, reservation, generation, aptpl } = real.state;
  return describeReservations({
    keys: [...registrations.values()].map((each) => ({ who: nick(each), key: each.key })),
    type: reservation?.type ?? 0,
    generation,
    aptpl,
    rights: EVERYONE.map((nexus) => {
      const write = mayAccess(real.state, nexus);
      const read = write || reservation === undefined || !forbidsReads(reservation.type);
      return { who: nick(nexus), holder: isHolder(real.state, nexus), read, write };
    }),
  });
}

function expected(model: ReservationModel): string {
  return describeReservations({
    keys: model.keys,
    type: model.type,
    generation: model.generation,
    aptpl: model.aptpl,
    rights: EVERYONE.map((nexus) => {
      const name = nick(nexus);
      return { who: name, holder: model.isHolder(name), ...model.access(name) };
    }),
  });
}

function told(outcome: ReservationChange): readonly string[] {
  return outcome.tell
    .map(
      ({ nexus, condition }) => `${nick(nexus)} ${condition.asc.toString(16)}/0${condition.ascq}`,
    )
    .sort();
}

describe('persistent reservations', () => {
  it('do after any sequence of service actions what the tables of SPC say', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), (sequence) => {
        const real = new PersistentReservations(NOTHING_RESERVED, LIMIT);
        const model = new ReservationModel(LIMIT);
        for (const step of sequence) {
          const sent = step.key === 'right' ? model.keyOf(nick(step.who)) : step.key;
          const before = real.state;
          const outcome = step.real(real, sent);
          expect(outcome.outcome, step.name).toBe(step.model(model, sent));
          if (outcome.outcome === 'done') {
            expect(told(outcome)).toEqual(model.told.sort());
            expect(outcome.abort.map(nick).sort()).toEqual(model.aborted.sort());
          } else expect(real.state).toBe(before);
          expect(seen(real)).toBe(expected(model));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('come back from what is stored, but for PRGENERATION, if APTPL is set, and else not', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 15 }), (sequence) => {
        const real = new PersistentReservations(NOTHING_RESERVED, LIMIT);
        for (const step of sequence) {
          const registered = real.state.registrations.get(`${step.who.port} ${step.who.initiator}`);
          step.real(real, step.key === 'right' ? (registered?.key ?? 0n) : step.key);
        }
        const stored = storedReservations(real.state);
        const text = JSON.stringify({ stored });
        const { stored: section } = JSON.parse(text) as { stored?: unknown };
        const { reservation, ...rest } = real.state;
        expect(restoredReservations(section)).toEqual(
          real.state.aptpl
            ? { ...rest, generation: 0, ...(reservation && { reservation }) }
            : NOTHING_RESERVED,
        );
      }),
    );
  });

  it('count to 2^32 - 1, and begin again', () => {
    const real = new PersistentReservations({ ...NOTHING_RESERVED, generation: 0xffff_ffff });
    real.register(A1, { key: 0n, newKey: 1n, aptpl: false });
    expect(real.state.generation).toBe(0);
  });
});

describe('stored reservations', () => {
  it('are plain JSON with keys in hexadecimal', () => {
    const real = new PersistentReservations();
    real.register(A1, { key: 0n, newKey: 0xabcn, aptpl: true });
    real.reserve(A1, 0xabcn, 5);
    expect(storedReservations(real.state)).toEqual({
      registrations: [{ initiator: 'a', port: 1, key: '0000000000000abc' }],
      reservation: { type: 5, holder: { initiator: 'a', port: 1 } },
    });
  });

  const registrations = [{ initiator: 'a', port: 1, key: '0000000000000abc' }];
  it.each([
    ['no object', 7],
    ['null', null],
    ['registrations that are no list', { registrations: {} }],
    ['a key that is no text', { registrations: [{ initiator: 'a', port: 1, key: 7 }] }],
    ['a key with other digits', { registrations: [{ initiator: 'a', port: 1, key: '0x12' }] }],
    ['a nexus without a name', { registrations: [{ port: 1, key: '0000000000000abc' }] }],
    ['a port that is no number', { registrations: [{ ...registrations[0], port: '1' }] }],
    ['a type that does not exist', { registrations, reservation: { type: 2 } }],
    ['a holder that is missing', { registrations, reservation: { type: 1 } }],
    [
      'a holder that is not registered',
      { registrations, reservation: { type: 1, holder: { initiator: 'b', port: 1 } } },
    ],
    ['all registrants, of which there are none', { registrations: [], reservation: { type: 7 } }],
  ])('are damaged: %s', (_, section) => {
    expect(() => restoredReservations(section)).toThrow(TypeError);
  });
});
