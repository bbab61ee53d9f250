/** Reservations of both kinds. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import type { Who } from './device.ts';
import { GOOD, type Answers, type Command, type Expected, type Sent } from './exchange.ts';
import { is } from './ranges.ts';
import type { UnitModel } from './unit-model.ts';

/** A reservation key: the sender's own, or any. */
type Key = number | 'own';

export type Sharing =
  | { readonly do: 'RESERVE' | 'RELEASE' }
  | {
      readonly do: 'REGISTER';
      readonly ignore: boolean;
      readonly key: Key;
      readonly newKey: number;
      readonly aptpl: boolean;
    }
  | {
      readonly do: 'PR RESERVE' | 'PR RELEASE';
      readonly key: Key;
      readonly type: number;
    }
  | { readonly do: 'PR CLEAR'; readonly key: Key }
  | {
      readonly do: 'PREEMPT';
      readonly key: Key;
      readonly victim: number;
      readonly type: number;
      readonly abort: boolean;
    }
  | { readonly do: 'READ KEYS' | 'READ RESERVATION' };

const key: fc.Arbitrary<Key> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('own' as const) },
  { weight: 1, arbitrary: fc.nat(3) },
);
const type = fc.constantFrom(1, 3, 5, 6, 7, 8);

export const sharing: fc.Arbitrary<Sharing> = fc.oneof(
  fc.record({ do: is('RESERVE', 'RELEASE') }),
  {
    weight: 5,
    arbitrary: fc.record({
      do: is('REGISTER'),
      ignore: fc.boolean(),
      key,
      newKey: fc.constantFrom(1, 2, 3, 1, 2, 3, 0),
      aptpl: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: is('PR RESERVE', 'PR RESERVE', 'PR RELEASE'), key, type }),
  },
  fc.record({ do: is('PR CLEAR'), key }),
  fc.record({ do: is('PREEMPT'), key, victim: fc.nat(3), type, abort: fc.boolean() }),
  fc.record({ do: is('READ KEYS', 'READ RESERVATION') }),
);

export const sharingAnswers: Answers<Sharing> = {
  RESERVE: (unit, step) => ({
    cdb: '16 00 00 00 00 00',
    expected: unit.check(step, 'always', () => spc2(unit, step.who, true)),
  }),
  RELEASE: (unit, step) => ({
    cdb: '17 00 00 00 00 00',
    expected: unit.check(step, 'always', () => spc2(unit, step.who, false)),
  }),
  REGISTER(unit, step) {
    const { who, ignore, newKey, aptpl } = step;
    return reserveOut(unit, step, ignore ? 6 : 0, { newKey, aptpl }, (sent) =>
      unit.reservations.register(who, ignore ? undefined : sent, BigInt(newKey), [], aptpl, false),
    );
  },
  'PR RESERVE': (unit, step) =>
    reserveOut(unit, step, 1, step, (sent) => unit.reservations.reserve(step.who, sent, step.type)),
  'PR RELEASE': (unit, step) =>
    reserveOut(unit, step, 2, step, (sent) =>
      unit.reservations.release(step.who, sent, 0, step.type),
    ),
  'PR CLEAR': (unit, step) =>
    reserveOut(unit, step, 3, {}, (sent) => unit.reservations.clear(step.who, sent)),
  PREEMPT(unit, step) {
    const { who, victim, abort } = step;
    const { reservations } = unit;
    const list = { newKey: victim, type: step.type };
    return reserveOut(unit, step, abort ? 5 : 4, list, (sent) => {
      const outcome = reservations.preempt(who, sent, BigInt(victim), 0, step.type, abort);
      // PREEMPT AND ABORT ends what the preempted prevent.
      for (const each of reservations.aborted)
        if (outcome === 'done') unit.preventing.delete(each as Who);
      if (outcome === 'done')
        unit.end((task) => reservations.aborted.includes(task.who), who, true);
      return outcome;
    });
  },
  'READ KEYS': (unit, step) => ({
    cdb: '5e 00 0000000000 0100 00',
    expected: unit.check(step, 'persistent', () => ({
      status: 0,
      data: (data) => wrongKeys(unit, data),
    })),
  }),
  'READ RESERVATION': (unit, step) => ({
    cdb: '5e 01 0000000000 0100 00',
    expected: unit.check(step, 'persistent', () => ({ status: 0, data: hex(reservation(unit)) })),
  }),
};

/** RESERVE and RELEASE beside persistent reservations (CRH). */
function spc2(unit: UnitModel, who: Who, reserve: boolean): Expected {
  const { reservations } = unit;
  if (reservations.keys.length > 0) {
    const may = reservations.access(who);
    return reservations.type !== 0 && may.read && may.write ? GOOD : unit.conflict(who);
  }
  if (reserve && unit.reserve !== undefined && unit.reserve !== who) return unit.conflict(who);
  if (reserve) unit.reserve = who;
  else if (unit.reserve === who) unit.reserve = undefined;
  return GOOD;
}

/** Fields of PERSISTENT RESERVE OUT. */
interface OutFields {
  readonly newKey?: number;
  readonly type?: number;
  readonly aptpl?: boolean;
}

function reserveOut(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly key: Key }>,
  action: number,
  { newKey = 0, type: ofType = 0, aptpl = false }: OutFields,
  act: (key: bigint) => string,
): Command {
  const sent = step.key === 'own' ? unit.reservations.keyOf(step.who) : BigInt(step.key);
  const out = hex(`${be(sent, 8)} ${be(newKey, 8)} 00000000 ${be(Number(aptpl), 1)} 00 0000`);
  const expected = unit.check(step, 'persistent', () => {
    switch (act(sent)) {
      case 'done':
        for (const each of unit.reservations.told) {
          const [who, what] = each.split(' ');
          unit.attentions.tellOne(who as Who, what!);
        }
        return GOOD;
      case 'conflict':
        return unit.conflict(step.who);
      case 'invalid release':
        return unit.refusal('5/26/04');
      case 'key is zero':
        return unit.refusal('5/26/00');
      default:
        throw new Error('an outcome that these steps cannot have');
    }
  });
  return { cdb: `5f ${be(action, 1)} ${be(ofType, 1)} 0000 00000018 00`, out, expected };
}

function wrongKeys(unit: UnitModel, data: Uint8Array): string | undefined {
  const keys = [...Array((data.length - 8) / 8).keys()].map((i) => data[8 + 8 * i + 7]);
  const wanted = unit.reservations.keys.map((each) => Number(each.key));
  const same = ascending(keys) === ascending(wanted) && data[7] === 8 * wanted.length;
  return same && data[3] === unit.reservations.generation % 256
    ? undefined
    : `keys ${keys.join()} of generation ${data[3]}`;
}

/** READ RESERVATION parameter data. */
function reservation(unit: UnitModel): string {
  const { type: held, generation, holder } = unit.reservations;
  if (held === 0) return `${be(generation, 4)} 00000000`;
  const ofHolder = held >= 7 ? 0n : unit.reservations.keyOf(holder);
  return `${be(generation, 4)} 00000010 ${be(ofHolder, 8)} 00000000 00 ${be(held, 1)} 0000`;
}

const ascending = (list: readonly (number | undefined)[]): string =>
  [...list].sort((a = 0, b = 0) => a - b).join();
