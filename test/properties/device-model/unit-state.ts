/** Commands that ask for the state of the unit, or change it. */
import fc from 'fast-check';
import { be, hex } from '../../scsi/disk-under-test.ts';
import { BLOCK, BLOCKS, NEXUSES } from './device.ts';
import { bits, GOOD, type Answers } from './exchange.ts';
import { is } from './ranges.ts';

export type UnitState =
  | {
      readonly do: 'TEST UNIT READY' | 'READ CAPACITY' | 'INQUIRY' | 'MODE SENSE' | 'REPORT LUNS';
    }
  | { readonly do: 'REQUEST SENSE'; readonly desc: boolean }
  | { readonly do: 'MODE SELECT'; readonly swp: boolean; readonly dSense: boolean }
  | { readonly do: 'START STOP UNIT'; readonly start: boolean; readonly loej: boolean }
  | { readonly do: 'PREVENT ALLOW'; readonly prevent: boolean };

export const unitState: fc.Arbitrary<UnitState> = fc.oneof(
  fc.record({
    do: is('TEST UNIT READY', 'READ CAPACITY', 'INQUIRY', 'MODE SENSE', 'REPORT LUNS'),
  }),
  fc.record({ do: is('REQUEST SENSE'), desc: fc.boolean() }),
  fc.record({ do: is('MODE SELECT'), swp: fc.boolean(), dSense: fc.boolean() }),
  fc.record({ do: is('START STOP UNIT'), start: fc.boolean(), loej: fc.boolean() }),
  fc.record({ do: is('PREVENT ALLOW'), prevent: fc.boolean() }),
);

export const unitStateAnswers: Answers<UnitState> = {
  'TEST UNIT READY': (unit, step) => ({
    cdb: '00 00000000 00',
    expected: unit.access(step, 'not reserved', () => GOOD),
  }),
  'READ CAPACITY': (unit, step) => ({
    cdb: '25 00 00000000 0000 00 00',
    expected: unit.access(step, 'always', () => ({
      status: 0,
      data: hex(be(BLOCKS - 1, 4) + be(BLOCK, 4)),
    })),
  }),
  INQUIRY: () => ({
    cdb: '12 00 00 0002 00',
    expected: { status: 0, data: hex('00 80') }, // a removable disk
  }),
  'REPORT LUNS': () => ({
    cdb: 'a0 00 00 000000 00000100 00 00',
    expected: { status: 0, data: hex('00000008 00000000 0000000000000000') },
  }),
  'REQUEST SENSE'(unit, { who, desc }) {
    const told = unit.nextTold(who);
    const [key, asc, ascq] = (
      told !== undefined
        ? `6/${told}`
        : !unit.loaded
          ? '2/3a/00'
          : !unit.started
            ? '2/04/02'
            : '0/00/00'
    )
      .split('/')
      .map((code) => be(Number.parseInt(code, 16), 1));
    return {
      cdb: `03 ${be(Number(desc), 1)} 0000 ff 00`,
      expected: {
        status: 0,
        data: hex(
          desc
            ? `72 ${key} ${asc} ${ascq} 00000000`
            : `70 00 ${key} 00000000 0a 00000000 ${asc} ${ascq} 00 000000`,
        ),
      },
    };
  },
  'MODE SENSE': (unit, step) => ({
    cdb: '1a 08 0a 00 ff 00',
    expected: unit.check(step, 'read', () => ({
      status: 0,
      data: (data) =>
        (data[2] ?? 0) >> 7 === Number(unit.swp) &&
        ((data[8] ?? 0) >> 3) % 2 === Number(unit.swp) &&
        ((data[6] ?? 0) >> 2) % 2 === Number(unit.dSense)
          ? undefined
          : `WP, SWP or D_SENSE is wrong: ${data.join(' ')}`,
    })),
  }),
  'MODE SELECT'(unit, step) {
    const { swp, dSense } = step;
    const page = unit.traits.controlPage.slice();
    page[2] = ((page[2] ?? 0) & ~0x04) | bits([dSense, 0x04]);
    page[4] = ((page[4] ?? 0) & ~0x08) | bits([swp, 0x08]);
    const out = Uint8Array.of(0, 0, 0, 0, ...page);
    const expected = unit.check(step, 'write', () => {
      if (swp === unit.swp && dSense === unit.dSense) return GOOD;
      unit.swp = swp;
      unit.dSense = dSense;
      for (const who of NEXUSES) if (who !== step.who) unit.tell(who, '2a/01');
      return GOOD;
    });
    return { cdb: `15 10 0000 ${be(out.length, 1)} 00`, out, expected };
  },
  'START STOP UNIT'(unit, step) {
    const { start, loej } = step;
    const expected = unit.check(step, start ? 'always' : 'write', () => {
      if (start && loej && !unit.loaded) for (const who of NEXUSES) unit.tell(who, '28/00');
      if (!start && loej) {
        if (unit.preventing.size > 0) return unit.refusal('5/53/02');
        unit.loaded = false;
        return GOOD;
      }
      if (loej) unit.loaded = true;
      unit.started = start;
      return GOOD;
    });
    return { cdb: `1b 00 0000 ${be(bits([start, 0x01], [loej, 0x02]), 1)} 00`, expected };
  },
  'PREVENT ALLOW': (unit, step) => ({
    cdb: `1e 000000 ${be(Number(step.prevent), 1)} 00`,
    expected: unit.check(step, step.prevent ? 'write' : 'always', () => {
      if (step.prevent) unit.preventing.add(step.who);
      else unit.preventing.delete(step.who);
      return GOOD;
    }),
  }),
};
