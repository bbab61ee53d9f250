/** What an initiator may do to a disk, as plain data, and arbitraries that bring forth a sequence of it. */
import fc from 'fast-check';

/** Blocks of the disk. More than two of the memory backend's pages. */
export const BLOCKS = 300;

/** Bytes a block. */
export const BLOCK = 512;

/** Which initiator port sends: two initiators, of which the first has two ports to the disk. */
export const NEXUSES = ['a1', 'b1', 'a2'] as const;

/** The nexus of a step. */
export type Who = (typeof NEXUSES)[number];

/** The CDB lengths of the block commands. */
export type Form = 6 | 10 | 12 | 16;

/** A step. Ranges may reach past the end. */
export type Step = { readonly who: Who } & Action;

/** What a step does. */
export type Action =
  | {
      readonly do: 'READ' | 'WRITE';
      readonly form: Form;
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      readonly fua: boolean;
    }
  | {
      readonly do: 'WRITE AND VERIFY' | 'ORWRITE' | 'WRITE ATOMIC';
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
    }
  | {
      readonly do: 'VERIFY' | 'COMPARE AND WRITE';
      readonly byteCheck: 0 | 1 | 3;
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      /** Which byte of what is compared is made wrong; absent: none. */
      readonly wrong?: number;
    }
  | {
      readonly do: 'WRITE SAME';
      readonly lba: number;
      readonly blocks: number;
      readonly seed: number;
      readonly unmap: boolean;
      readonly noDataOut: boolean;
    }
  | { readonly do: 'UNMAP'; readonly ranges: readonly (readonly [lba: number, blocks: number])[] }
  | { readonly do: 'GET LBA STATUS'; readonly lba: number }
  | {
      readonly do: 'SYNCHRONIZE CACHE' | 'PRE-FETCH';
      readonly lba: number;
      readonly blocks: number;
    }
  | {
      readonly do: 'TEST UNIT READY' | 'READ CAPACITY' | 'INQUIRY' | 'MODE SENSE' | 'REPORT LUNS';
    }
  | { readonly do: 'REQUEST SENSE'; readonly desc: boolean }
  | { readonly do: 'MODE SELECT'; readonly swp: boolean; readonly dSense: boolean }
  | { readonly do: 'START STOP UNIT'; readonly start: boolean; readonly loej: boolean }
  | { readonly do: 'PREVENT ALLOW'; readonly prevent: boolean }
  | { readonly do: 'RESERVE' | 'RELEASE' }
  | {
      readonly do: 'REGISTER';
      readonly ignore: boolean;
      readonly key: Key;
      readonly newKey: number;
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
  | { readonly do: 'READ KEYS' | 'READ RESERVATION' }
  | { readonly do: 'LOGICAL UNIT RESET' | 'I_T NEXUS RESET' };

/** A reservation key: the sender's own, or any. */
export type Key = number | 'own';

const lba = fc.oneof(
  { weight: 12, arbitrary: fc.nat(BLOCKS - 1) },
  { weight: 4, arbitrary: fc.nat(3) },
  { weight: 1, arbitrary: fc.integer({ min: BLOCKS - 2, max: BLOCKS + 2 }) },
);
const count = fc.oneof(
  { weight: 12, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: BLOCKS }) },
);
const seed = fc.nat(255);
const range = { lba, blocks: count };
const form = fc.constantFrom<Form>(6, 10, 12, 16);
const key: fc.Arbitrary<Key> = fc.oneof(
  { weight: 5, arbitrary: fc.constant('own' as const) },
  { weight: 1, arbitrary: fc.nat(3) },
);
const type = fc.constantFrom(1, 3, 5, 6, 7, 8);

const is = <const T extends string>(...names: readonly T[]): fc.Arbitrary<T> =>
  fc.constantFrom(...names);

const wrong = fc.option(fc.nat(4 * BLOCK), { nil: undefined });

const media: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: is('READ', 'WRITE'), form, ...range, seed, fua: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('WRITE AND VERIFY', 'ORWRITE', 'WRITE ATOMIC'),
      ...range,
      seed,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        do: is('VERIFY', 'COMPARE AND WRITE'),
        byteCheck: fc.constantFrom(0 as const, 1 as const, 3 as const),
        ...range,
        seed,
        wrong: wrong as fc.Arbitrary<number>,
      },
      { requiredKeys: ['do', 'byteCheck', 'lba', 'blocks', 'seed'] },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('WRITE SAME'),
      ...range,
      seed,
      unmap: fc.boolean(),
      noDataOut: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('UNMAP'),
      ranges: fc.array(fc.tuple(lba, count), { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('GET LBA STATUS'), lba }) },
  { weight: 1, arbitrary: fc.record({ do: is('SYNCHRONIZE CACHE', 'PRE-FETCH'), ...range }) },
);

const state: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    do: is('TEST UNIT READY', 'READ CAPACITY', 'INQUIRY', 'MODE SENSE', 'REPORT LUNS'),
  }),
  fc.record({ do: is('REQUEST SENSE'), desc: fc.boolean() }),
  fc.record({ do: is('MODE SELECT'), swp: fc.boolean(), dSense: fc.boolean() }),
  fc.record({ do: is('START STOP UNIT'), start: fc.boolean(), loej: fc.boolean() }),
  fc.record({ do: is('PREVENT ALLOW'), prevent: fc.boolean() }),
  fc.record({ do: is('LOGICAL UNIT RESET', 'I_T NEXUS RESET') }),
);

const sharing: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: is('RESERVE', 'RELEASE') }),
  {
    weight: 5,
    arbitrary: fc.record({
      do: is('REGISTER'),
      ignore: fc.boolean(),
      key,
      newKey: fc.constantFrom(1, 2, 3, 1, 2, 3, 0),
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

/** Any step: mostly blocks, now and then the state of the unit, and who may use it. */
export const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.constantFrom(...NEXUSES),
    fc.oneof(
      { weight: 10, arbitrary: media },
      { weight: 3, arbitrary: state },
      { weight: 4, arbitrary: sharing },
    ),
  )
  .map(([who, action]) => ({ who, ...action }));
