/** FORMAT UNIT and SANITIZE, and the time that they take. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, PASS } from './device.ts';
import { bits, GOOD, type Answers, type Command, type Sent } from './exchange.ts';
import { pass, untilFirst } from './passing-time.ts';
import { is } from './ranges.ts';
import type { Operation, UnitModel } from './unit-model.ts';

export type Background =
  | {
      readonly do: 'FORMAT UNIT';
      readonly immed: boolean;
      /** INITIALIZATION PATTERN; absent: the default one. */
      readonly pattern?: number | undefined;
      readonly fails: boolean;
    }
  | {
      readonly do: 'SANITIZE';
      readonly immed: boolean;
      readonly ause: boolean;
      /** OVERWRITE with this byte, so often; absent: BLOCK ERASE or CRYPTOGRAPHIC ERASE. */
      readonly overwrite?: { readonly byte: number; readonly count: number } | undefined;
      readonly cryptographic: boolean;
      readonly fails: boolean;
    }
  | { readonly do: 'EXIT FAILURE MODE' }
  | { readonly do: 'TIME'; readonly seconds: number };

const fails = fc.nat(2).map((n) => n === 0);

export const background: fc.Arbitrary<Background> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('FORMAT UNIT'),
      immed: fc.boolean(),
      pattern: fc.option(fc.nat(255), { nil: undefined }),
      fails,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('SANITIZE'),
      immed: fc.boolean(),
      ause: fc.boolean(),
      overwrite: fc.option(
        fc.record({ byte: fc.nat(255), count: fc.integer({ min: 1, max: 2 }) }),
        {
          nil: undefined,
        },
      ),
      cryptographic: fc.boolean(),
      fails,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('EXIT FAILURE MODE') }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: is('TIME'), seconds: fc.constantFrom(1, 2, 3, 6) }),
  },
);

const NOTHING = { happens: 'time', passes: 0 } as const;

export const backgroundAnswers: Answers<Background> = {
  'FORMAT UNIT'(unit, step) {
    const { immed, pattern } = step;
    // It would find no room, as every other write does.
    if (pattern !== undefined && unit.traits.limit !== undefined) return NOTHING;
    const flags = be(bits([pattern !== undefined, 0x88], [immed, 0x02]), 1);
    const out = hex(
      pattern === undefined ? `00 ${flags} 0000` : `00 ${flags} 0000 00 01 0001 ${be(pattern, 1)}`,
    );
    const unmaps = pattern === undefined && unit.traits.thin;
    return begin(unit, step, `04 10 00 00 00 00`, out, () => ({
      kind: 'format',
      takes: PASS,
      pattern: new Uint8Array(BLOCK).fill(pattern ?? 0),
      unmaps,
      unrestrictedExit: true,
      starter: step.who,
    }));
  },
  SANITIZE(unit, step) {
    const { immed, ause, overwrite, cryptographic } = step;
    if (overwrite !== undefined && unit.traits.limit !== undefined) return NOTHING;
    const action = overwrite ? 0x01 : cryptographic ? 0x03 : 0x02;
    const out = overwrite
      ? hex(`${be(overwrite.count, 1)} 00 0001 ${be(overwrite.byte, 1)}`)
      : new Uint8Array(0);
    const flags = be(bits([immed, 0x80], [ause, 0x20]) | action, 1);
    return begin(unit, step, `48 ${flags} 0000000000 ${be(out.length, 2)} 00`, out, () => {
      const restricted = unit.failed?.kind === 'sanitize' && !unit.failed.unrestrictedExit;
      if (ause && restricted) return undefined;
      return {
        kind: 'sanitize',
        takes: PASS * (overwrite?.count ?? 1),
        pattern: new Uint8Array(BLOCK).fill(overwrite?.byte ?? 0),
        unmaps: overwrite === undefined && unit.traits.thin,
        unrestrictedExit: ause,
      };
    });
  },
  'EXIT FAILURE MODE': (unit, step) => ({
    cdb: '48 1f 0000000000 0000 00',
    expected: unit.check(step, 'write', () => {
      if (unit.failed?.kind !== 'sanitize') return GOOD;
      if (!unit.failed.unrestrictedExit) return unit.refusal('5/24/00');
      unit.failed = undefined;
      return GOOD;
    }),
  }),
  TIME(unit, { seconds }) {
    const passes = untilFirst(unit.device, seconds * 1000);
    pass(unit.device, passes);
    return { happens: 'time', passes };
  },
};

function begin(
  unit: UnitModel,
  step: Sent<{ readonly do: string; readonly immed: boolean; readonly fails: boolean }>,
  cdb: string,
  out: Uint8Array,
  make: () => Operation | undefined,
): Command {
  let begun: Operation | undefined;
  const expected = unit.access(step, 'write', () => {
    begun = make();
    return begun === undefined ? unit.refusal('5/24/00') : GOOD;
  });
  if (begun === undefined) return { cdb, out, expected };
  unit.overtake(begun.kind);
  if (step.fails) {
    // At its first piece, before anything has changed.
    unit.failed = begun;
    return {
      cdb,
      out,
      expected: step.immed
        ? expected
        : unit.refusal(begun.kind === 'format' ? '3/31/01' : '3/31/03'),
      fails: true,
    };
  }
  unit.begin(begun);
  if (step.immed) return { cdb, out, expected };
  pass(unit.device, begun.takes);
  return { cdb, out, expected, lasts: begun.takes };
}
