/** Reservations of both kinds. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { endAca } from './aca.ts';
import { isNexus, type Who } from './device.ts';
import { bits, GOOD, type Answers, type Command, type Expected, type Sent } from './exchange.ts';
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
      /** ALL_TG_PT: at both ports. */
      readonly allPorts: boolean;
      /** SPEC_I_PT: these initiators too, which may never have been at that port. */
      readonly also?: readonly string[] | undefined;
    }
  | {
      readonly do: 'REGISTER AND MOVE';
      readonly key: Key;
      readonly newKey: number;
      readonly to: Name;
      readonly unregister: boolean;
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
  | { readonly do: 'READ KEYS' | 'READ RESERVATION' | 'READ FULL STATUS' };

/** An I_T nexus by initiator and port. `b2` is never there, and can be registered nevertheless. */
type Name = Who | 'b2';

const key: fc.Arbitrary<Key> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('own' as const) },
  { weight: 1, arbitrary: fc.nat(3) },
);
const type = fc.constantFrom(1, 3, 5, 6, 7, 8);

const move = fc.record({
  do: is('REGISTER AND MOVE'),
  key,
  newKey: fc.nat(3),
  to: fc.constantFrom<Name>('a1', 'a2', 'b1', 'b2'),
  unregister: fc.boolean(),
  aptpl: fc.boolean(),
});

/** A key is registered, and the disk reserved; now and then the reservation is handed on. */
export const reserved: fc.Arbitrary<readonly Sharing[]> = fc
  .tuple(
    fc.record({
      do: is('REGISTER'),
      ignore: fc.constant(true),
      key,
      newKey: fc.integer({ min: 1, max: 3 }),
      aptpl: fc.boolean(),
      allPorts: fc.boolean(),
    }),
    fc.record({ do: is('PR RESERVE'), key: fc.constant('own' as const), type }),
    fc.array(move, { maxLength: 1 }),
  )
  .map(([first, second, more]) => [first, second, ...more]);

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
      allPorts: fc.nat(3).map((n) => n === 0),
      also: fc.option(fc.subarray(['a', 'b']), { nil: undefined, freq: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: move,
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: is('PR RESERVE', 'PR RESERVE', 'PR RELEASE'), key, type }),
  },
  fc.record({ do: is('PR CLEAR'), key }),
  fc.record({ do: is('PREEMPT'), key, victim: fc.nat(3), type, abort: fc.boolean() }),
  fc.record({ do: is('READ KEYS', 'READ RESERVATION', 'READ FULL STATUS') }),
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
    const { who, ignore, newKey, aptpl, allPorts, also } = step;
    const [ownName, ownPort] = who as unknown as [string, string];
    const named = [ownName, ...(also ?? [])];
    const nexuses = (allPorts ? ['1', '2'] : [ownPort]).flatMap((port) =>
      named.map((name) => name + port),
    );
    const ids = also?.map(transportId).join('');
    const fields = { newKey, aptpl, allPorts, ids };
    return reserveOut(unit, step, ignore ? 6 : 0, fields, (sent) => {
      // SPEC_I_PT is for REGISTER only.
      if (ignore && ids !== undefined) return 'already registered';
      const { reservations } = unit;
      const expected = ignore ? undefined : sent;
      const all = nexuses.filter((name) => name !== who);
      return reservations.register(who, expected, BigInt(newKey), all, aptpl, ids !== undefined);
    });
  },
  'REGISTER AND MOVE'(unit, step) {
    const { who, newKey, to, unregister, aptpl } = step;
    const [initiator, port] = to as unknown as [string, string];
    const ids = transportId(initiator);
    return reserveOut(unit, step, 7, { newKey, move: { port, unregister, aptpl, ids } }, (sent) =>
      unit.reservations.move(who, sent, BigInt(newKey), to, unregister, aptpl),
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
    const made = reserveOut(unit, step, abort ? 5 : 4, list, (sent) =>
      reservations.preempt(who, sent, BigInt(victim), 0, step.type, abort),
    );
    if (made.expected !== GOOD) return made;
    // PREEMPT AND ABORT ends what the preempted have begun, and what they prevent.
    for (const each of reservations.aborted) unit.preventing.delete(each as Who);
    unit.end((task) => reservations.aborted.includes(task.who), who, true);
    for (const each of reservations.aborted) endAca(unit, each as Who);
    return made;
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
  'READ FULL STATUS': (unit, step) => ({
    cdb: '5e 03 0000000000 0400 00',
    expected: unit.check(step, 'persistent', () => ({
      status: 0,
      data: (data) => wrongStatus(unit, data),
    })),
  }),
};

/** The TransportID of an initiator whose transport is none of SPC's: its name, padded to 20 bytes. */
const transportId = (name: string): string => `0f000014 ${be(name.charCodeAt(0), 1)} ${be(0, 19)}`;

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
  readonly allPorts?: boolean;
  /** TransportIDs of SPEC_I_PT. */
  readonly ids?: string | undefined;
  /** REGISTER AND MOVE: where to. */
  readonly move?: {
    readonly port: string;
    readonly unregister: boolean;
    readonly aptpl: boolean;
    readonly ids: string;
  };
}

/** The parameter list behind both keys. */
function listOf({ aptpl = false, allPorts = false, ids, move }: OutFields): string {
  if (move !== undefined) {
    const flags = be(bits([move.unregister, 0x02], [move.aptpl, 0x01]), 1);
    return `00 ${flags} ${be(Number(move.port), 2)} 00000018 ${move.ids}`;
  }
  const flags = be(bits([ids !== undefined, 0x08], [allPorts, 0x04], [aptpl, 0x01]), 1);
  const length = hex(ids ?? '').length;
  return `00000000 ${flags} 00 0000 ${ids === undefined ? '' : be(length, 4) + ids}`;
}

function reserveOut(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly key: Key }>,
  action: number,
  fields: OutFields,
  act: (key: bigint) => string,
): Command {
  const sent = step.key === 'own' ? unit.reservations.keyOf(step.who) : BigInt(step.key);
  const { newKey = 0, type: ofType = 0 } = fields;
  const out = hex(`${be(sent, 8)} ${be(newKey, 8)} ${listOf(fields)}`);
  const expected = unit.check(step, 'persistent', () => {
    switch (act(sent)) {
      case 'done':
        for (const each of unit.reservations.told) {
          const [who, what] = each.split(' ');
          if (isNexus(who!)) unit.attentions.tellOne(who, what!);
        }
        return GOOD;
      case 'conflict':
        return unit.conflict(step.who);
      case 'invalid release':
        return unit.refusal('5/26/04');
      case 'key is zero':
      case 'already registered':
      case 'moved to itself':
        return unit.refusal('5/26/00');
      default:
        throw new Error('an outcome that these steps cannot have');
    }
  });
  const cdb = `5f ${be(action, 1)} ${be(ofType, 1)} 0000 ${be(out.length, 4)} 00`;
  return { cdb, out, expected };
}

function wrongKeys(unit: UnitModel, data: Uint8Array): string | undefined {
  const keys = [...Array((data.length - 8) / 8).keys()].map((i) => data[8 + 8 * i + 7]);
  const wanted = unit.reservations.keys.map((each) => Number(each.key));
  const same = ascending(keys) === ascending(wanted) && data[7] === 8 * wanted.length;
  return same && data[3] === unit.reservations.generation % 256
    ? undefined
    : `keys ${keys.join()} of generation ${data[3]}`;
}

/** READ FULL STATUS parameter data has one descriptor for each registration, in any order. */
function wrongStatus(unit: UnitModel, data: Uint8Array): string | undefined {
  const { keys, generation, type: held } = unit.reservations;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const found: string[] = [];
  for (let at = 8; at < data.length; at += 24 + view.getUint32(at + 20)) {
    const holds = (data[at + 12]! & 0x01) !== 0;
    const name = String.fromCharCode(data[at + 28]!) + String(view.getUint16(at + 18));
    found.push(`${name} ${view.getBigUint64(at)} ${holds ? `holds ${data[at + 13]}` : ''}`);
  }
  const wanted = keys.map(({ who, key: registered }) => {
    const holds = unit.reservations.isHolder(who);
    return `${who} ${registered} ${holds ? `holds ${held}` : ''}`;
  });
  const same = found.sort().join() === wanted.sort().join();
  return same && view.getUint32(0) === generation && view.getUint32(4) === data.length - 8
    ? undefined
    : `${found.join()}, not ${wanted.join()}, generation ${view.getUint32(0)}`;
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
