/** What initiators leave at the unit: timestamp, identifying information, buffers, priorities, counters. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { NEXUSES } from './device.ts';
import { GOOD, type Answers } from './exchange.ts';
import { is } from './ranges.ts';

export type Notes =
  | { readonly do: 'REPORT TIMESTAMP' | 'REPORT PRIORITY' | 'LOG SELECT' | 'READ DATA BUFFER' }
  | { readonly do: 'SET TIMESTAMP'; readonly timestamp: number }
  | { readonly do: 'REPORT IDENTIFYING INFORMATION'; readonly type: number }
  | {
      readonly do: 'SET IDENTIFYING INFORMATION';
      readonly type: number;
      readonly bytes: readonly number[];
    }
  | { readonly do: 'SET PRIORITY'; readonly all: boolean; readonly priority: number }
  | { readonly do: 'ECHO'; readonly bytes?: readonly number[] | undefined }
  | {
      readonly do: 'WRITE DATA BUFFER';
      readonly offset: number;
      readonly bytes: readonly number[];
    };

const bytes = fc.array(fc.integer({ min: 1, max: 127 }), { maxLength: 6 });
const type = fc.constantFrom(0, 2, 0, 2, 1);

export const notes: fc.Arbitrary<Notes> = fc.oneof(
  fc.record({ do: is('REPORT TIMESTAMP', 'REPORT PRIORITY', 'LOG SELECT', 'READ DATA BUFFER') }),
  fc.record({ do: is('SET TIMESTAMP'), timestamp: fc.nat() }),
  fc.record({ do: is('REPORT IDENTIFYING INFORMATION'), type }),
  fc.record({ do: is('SET IDENTIFYING INFORMATION'), type, bytes }),
  fc.record({ do: is('SET PRIORITY'), all: fc.boolean(), priority: fc.constantFrom(0, 3, 15) }),
  fc.record({ do: is('ECHO'), bytes: fc.option(bytes, { nil: undefined }) }),
  fc.record({ do: is('WRITE DATA BUFFER'), offset: fc.nat(40), bytes }),
);

/** INFORMATION TYPE 0 (not text) and 2 (text, which ends with a null). */
const TYPES = [0, 2];

export const noteAnswers: Answers<Notes> = {
  'REPORT TIMESTAMP': (unit, step) => ({
    cdb: 'a3 0f 00000000 000000ff 00 00',
    expected: unit.check(step, 'always', () => {
      const { offset, set } = unit.clock;
      const now = be(unit.device.now + offset, 6);
      return { status: 0, data: hex(`000a ${set ? '02' : '00'} 00 ${now} 0000`) };
    }),
  }),
  'SET TIMESTAMP': (unit, step) => ({
    cdb: 'a4 0f 00000000 0000000c 00 00',
    out: hex(`00000000 ${be(step.timestamp, 6)} 0000`),
    expected: unit.check(step, 'write', () => {
      unit.clock = { offset: step.timestamp - unit.device.now, set: true };
      unit.attentions.tell('2a/10', step.who);
      return GOOD;
    }),
  }),
  'REPORT IDENTIFYING INFORMATION': (unit, step) => ({
    cdb: `a3 05 00000000 000000ff ${be(step.type << 1, 1)} 00`,
    expected: unit.check(step, 'always', () => {
      if (!TYPES.includes(step.type)) return unit.refusal('5/24/00');
      const kept = unit.information.get(step.type) ?? new Uint8Array(0);
      return { status: 0, data: Uint8Array.of(0, 0, 0, kept.length, ...kept) };
    }),
  }),
  'SET IDENTIFYING INFORMATION'(unit, step) {
    const out = Uint8Array.from(
      step.type === 2 && step.bytes.length > 0 ? [...step.bytes, 0] : step.bytes,
    );
    const expected = unit.check(step, 'write', () => {
      if (!TYPES.includes(step.type)) return unit.refusal('5/24/00');
      unit.information.set(step.type, out);
      unit.attentions.tell('3f/05', step.who);
      return GOOD;
    });
    return {
      cdb: `a4 06 00000000 ${be(out.length, 4)} ${be(step.type << 1, 1)} 00`,
      out,
      expected,
    };
  },
  'REPORT PRIORITY': (unit, step) => ({
    cdb: 'a3 0e 00 000000 00000010 00 00',
    expected: unit.check(step, 'always', () => ({
      status: 0,
      data: (data) =>
        (data[4]! & 0x0f) === (unit.priorities.get(step.who) ?? 0)
          ? undefined
          : `priority ${data[4]}`,
    })),
  }),
  'SET PRIORITY': (unit, step) => ({
    cdb: `a4 0e ${step.all ? '80' : '00'} 000000 00000008 00 00`,
    out: hex(`${be(step.priority, 1)} 00 0000 0000 0000`),
    expected: unit.check(step, 'write', () => {
      for (const who of step.all ? NEXUSES : [step.who]) {
        const before = unit.priorities.get(who) ?? 0;
        unit.priorities.set(who, step.priority);
        if (who !== step.who && before !== step.priority) unit.attentions.tellOne(who, '2a/08');
      }
      return GOOD;
    }),
  }),
  // All counters of all pages begin anew.
  'LOG SELECT': (unit, step) => ({
    cdb: '4c 02 c0 ff 000000 0000 00',
    expected: unit.check(step, 'write', () => {
      unit.attentions.tell('2a/02', step.who);
      return GOOD;
    }),
  }),
  ECHO(unit, step) {
    const { who } = step;
    if (step.bytes === undefined)
      return {
        cdb: '3c 0a 00 000000 000100 00',
        expected: unit.check(step, 'read', () => {
          if (unit.echo?.who === who) return { status: 0, data: unit.echo.bytes };
          return unit.refusal(unit.overwritten.has(who) ? 'b/3f/0f' : '5/2c/00');
        }),
      };
    const out = Uint8Array.from(step.bytes);
    const expected = unit.check(step, 'write', () => {
      if (unit.echo !== undefined) unit.overwritten.add(unit.echo.who);
      unit.overwritten.delete(who);
      unit.echo = { who, bytes: out };
      return GOOD;
    });
    return { cdb: `3b 0a 00 000000 ${be(out.length, 3)} 00`, out, expected };
  },
  'WRITE DATA BUFFER'(unit, step) {
    const out = Uint8Array.from(step.bytes);
    const expected = unit.check(step, 'write', () => {
      unit.buffer.set(out, step.offset);
      return GOOD;
    });
    return { cdb: `3b 02 00 ${be(step.offset, 3)} ${be(out.length, 3)} 00`, out, expected };
  },
  'READ DATA BUFFER': (unit, step) => ({
    cdb: '3c 02 00 000000 000040 00',
    expected: unit.check(step, 'read', () => ({ status: 0, data: unit.buffer.slice() })),
  }),
};
