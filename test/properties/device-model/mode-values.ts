/** MODE SENSE and MODE SELECT of the Control mode page. */
import fc from 'fast-check';
import { be } from '../../scsi/disk-under-test.ts';
import { GOOD, type Answers } from './exchange.ts';
import { is } from './ranges.ts';

/** What MODE SELECT can change of the Control mode page. */
export interface Control {
  readonly swp: boolean;
  readonly dSense: boolean;
  /** UA_INTLCK_CTRL. */
  readonly interlock: 0 | 2 | 3;
  /** TST: every nexus has a task set of its own. */
  readonly separateSets: boolean;
  /** QERR: which other commands end with one that fails: none, all of the task set, those of the nexus. */
  readonly qerr: 0 | 1 | 3;
  /** TAS: who loses a command is told by TASK ABORTED. */
  readonly tas: boolean;
}

/** The values without MODE SELECT. */
export const DEFAULT_CONTROL: Control = {
  swp: false,
  dSense: false,
  interlock: 0,
  separateSets: false,
  qerr: 0,
  tas: false,
};

export type ModeValues =
  | { readonly do: 'MODE SENSE'; readonly ten: boolean; readonly saved: boolean }
  | {
      readonly do: 'MODE SELECT';
      readonly ten: boolean;
      /** SP: the values are saved. */
      readonly save: boolean;
      readonly values: Control;
      /** UA_INTLCK_CTRL has a reserved value. */
      readonly reserved: boolean;
    };

export const modeValues: fc.Arbitrary<ModeValues> = fc.oneof(
  fc.record({ do: is('MODE SENSE'), ten: fc.boolean(), saved: fc.boolean() }),
  fc.record({
    do: is('MODE SELECT'),
    ten: fc.boolean(),
    save: fc.boolean(),
    values: fc.record({
      swp: fc.constantFrom(false, false, true),
      dSense: fc.boolean(),
      interlock: fc.constantFrom(0 as const, 0 as const, 0 as const, 2 as const, 3 as const),
      separateSets: fc.boolean(),
      qerr: fc.constantFrom(0 as const, 0 as const, 1 as const, 3 as const),
      tas: fc.boolean(),
    }),
    reserved: fc.nat(9).map((n) => n === 0),
  }),
);

/** Where in the page the values lie: byte and lowest bit. */
const PLACES = {
  separateSets: [2, 5],
  dSense: [2, 2],
  qerr: [3, 1],
  interlock: [4, 4],
  swp: [4, 3],
  tas: [5, 6],
} as const;

/** The Control mode page: AUTOLOAD MODE and all else is zero, QUEUE ALGORITHM MODIFIER is 1, the busy timeout endless. */
function pageOf(values: Control): Uint8Array {
  const page = Uint8Array.of(0x0a, 0x0a, 0, 0x10, 0, 0, 0, 0, 0xff, 0xff, 0, 10);
  for (const [name, [byte, shift]] of Object.entries(PLACES))
    page[byte]! |= Number(values[name as keyof Control]) << shift;
  return page;
}

export const modeValueAnswers: Answers<ModeValues> = {
  'MODE SENSE'(unit, step) {
    const { ten, saved } = step;
    const code = be(saved ? 0xca : 0x0a, 1);
    const header = ten ? 8 : 4;
    const expected = unit.check(step, 'read', () => ({
      status: 0,
      data: (data) => {
        const page = data.slice(header);
        page[0]! &= 0x3f; // PS
        const wanted = pageOf(saved ? unit.saved : unit.control);
        const writeProtected = (data[ten ? 3 : 2] ?? 0) >> 7;
        return Buffer.compare(page, wanted) === 0 && writeProtected === Number(unit.control.swp)
          ? undefined
          : `WP ${writeProtected}, page ${Buffer.from(page).toString('hex')}, not ${Buffer.from(wanted).toString('hex')}`;
      },
    }));
    return {
      cdb: ten ? `5a 08 ${code} 00 000000 00ff 00` : `1a 08 ${code} 00 ff 00`,
      expected,
    };
  },
  'MODE SELECT'(unit, step) {
    const { ten, save, reserved } = step;
    // What another TST means to commands that are in the task set is the device's to decide.
    const { separateSets } = unit.waiting.length > 0 ? unit.control : step.values;
    const values = { ...step.values, separateSets };
    const page = pageOf(values);
    if (reserved) page[4] = (page[4]! & 0xcf) | 0x10;
    const out = Uint8Array.of(...new Uint8Array(ten ? 8 : 4), ...page);
    const expected = unit.check(step, 'write', () => {
      if (reserved) return unit.refusal('5/26/00');
      const changed = Buffer.compare(pageOf(values), pageOf(unit.control)) !== 0;
      unit.control = values;
      if (save) unit.saved = values;
      if (changed) unit.attentions.tell('2a/01', step.who);
      return GOOD;
    });
    const flags = be(0x10 | Number(save), 1);
    return {
      cdb: ten
        ? `55 ${flags} 0000000000 ${be(out.length, 2)} 00`
        : `15 ${flags} 0000 ${be(out.length, 1)} 00`,
      out,
      expected,
    };
  },
};
