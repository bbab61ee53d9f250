/** Valid commands of every row of the command table, made wrong in one place: refused as a whole, or done as a whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldExtent, layoutMask, type AnyField } from '../../src/layout.ts';
import { reservedMask, type CdbSpec } from '../../src/cdb/index.ts';
import { commandForms, type CommandForm } from '../../src/scsi/command.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { formOfType2 } from '../../src/scsi/protection.ts';
import { decodeSense } from '../../src/sense/decode.ts';
import { copyBench, numbered, type CopyBench } from '../scsi/copy-bench.ts';
import { contents, settle, type Answer } from '../scsi/disk-under-test.ts';
import { NEVER_GOOD, validCommand, type RawCommand } from './bad-input/valid-commands.ts';

/** How many mutations of fields a form gets: BAD_INPUT_RUNS has more tried. */
const RUNS = Number(process.env['BAD_INPUT_RUNS'] ?? 25);

/** Forms that this disk refuses as a whole: they are for protection information of type 2. */
const OF_OTHER_DISKS: readonly string[] = [
  'READ',
  'VERIFY',
  'WRITE',
  'WRITE AND VERIFY',
  'WRITE SAME',
].map((op) => `${op}, 32 bytes`);

const GOOD = [0x00, 0x04]; // GOOD, CONDITION MET
const RESERVATION_CONFLICT = 0x18;

const ALL_FORMS = commandForms(sbc);

const TYPE_2 = { protectionType: 2 } as const;

/** A disk that has every command, and what was on it before. */
interface Subject {
  readonly at: CopyBench;
  readonly before: readonly [Uint8Array, Uint8Array];
}

async function subject(form: CommandForm): Promise<Subject> {
  const backends = [
    Object.assign(numbered(64, 0), { maxAtomicBlocks: 8 }),
    numbered(64, 128),
  ] as const;
  const at = copyBench(
    {
      backend: backends[0],
      thin: true,
      removable: true,
      alua: 'both',
      store: { load: () => undefined, save: () => undefined },
      // What the others have not: the forms of 32 bytes that expect tags.
      ...(form.command.supported === formOfType2 && form.spec.length === 32 && TYPE_2),
    },
    { backend: backends[1] },
  );
  await settle();
  for (const op of validCommand(form.spec, at).after) {
    const earlier = ALL_FORMS.find(({ spec }) => spec.op === op)!;
    const answer = await send(at, validCommand(earlier.spec, at).command);
    expect(GOOD, `${op}, which comes first`).toContain(answer.status);
  }
  return { at, before: [contents(backends[0]), contents(backends[1])] };
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

async function send(at: CopyBench, { cdb, out }: RawCommand): Promise<Answer> {
  const answer = await at.sendAsync(hexOf(cdb), { out });
  expect(answer).toBeDefined();
  return answer!;
}

const supported = ({ command, spec }: CommandForm, at: CopyBench): boolean =>
  command.supported?.(at.unit, spec) !== false;

/** Nothing on either medium has changed, no exception was caught, and the next commands work. */
async function expectUntouched({ at, before }: Subject): Promise<void> {
  expect(at.errors).toEqual([]);
  for (const [i, { medium }] of [at.unit, at.other].entries())
    expect(Buffer.compare(contents(medium.backend), before[i]!), `disk ${i}`).toBe(0);
  expect((await at.sendAsync('00 00 00 00 00 00'))?.status).toBe(0);
  const read = await at.sendAsync('28 00 00000003 00 0001 00');
  expect(read?.data.every((byte) => byte === 3)).toBe(true);
}

/** What a refusal says. */
function refusalOf({ sense }: Answer): {
  readonly codes: string;
  readonly pointer: readonly [string, number, number | undefined] | undefined;
} {
  const decoded = decodeSense(sense!)!;
  const { fieldPointer } = decoded;
  return {
    codes: [decoded.key, decoded.asc, decoded.ascq].map((n) => n.toString(16)).join('/'),
    pointer: fieldPointer && [fieldPointer.in, fieldPointer.byte, fieldPointer.bit],
  };
}

const SAMPLE = await subject(ALL_FORMS.find(({ spec }) => spec.opcode === 0)!);
const FORMS = ALL_FORMS.filter((form) => supported(form, SAMPLE.at)).map(
  (form) => [`${form.spec.op}, ${form.spec.length} bytes`, form] as const,
);

it('takes in every row of the command table but those of another kind of disk', () => {
  const left = ALL_FORMS.filter((form) => !supported(form, SAMPLE.at)).map(
    ({ spec }) => `${spec.op}, ${spec.length} bytes`,
  );
  expect(left.sort()).toEqual([...OF_OTHER_DISKS].sort());
});

describe.each(FORMS)('%s', (_, form) => {
  const { spec } = form;

  it('has a valid command', async () => {
    const { at } = await subject(form);
    const { status } = await send(at, validCommand(spec, at).command);
    expect(GOOD.includes(status)).toBe(!NEVER_GOOD.has(spec.op));
  });

  it('is refused with any reserved bit, at that bit, and nothing has happened', async () => {
    const made = await subject(form);
    const { command } = validCommand(spec, made.at);
    for (const [byte, mask] of reservedMask(spec).entries())
      for (let bit = 7; bit >= 0; bit--) {
        if (((mask >> bit) & 1) === 0) continue;
        const cdb = Uint8Array.from(command.cdb);
        cdb[byte]! |= 1 << bit;
        const answer = await send(made.at, { ...command, cdb });
        expect(answer.status).toBe(0x02);
        expect(answer.dataOutLength).toBe(0);
        expect(refusalOf(answer)).toEqual({ codes: '5/24/0', pointer: ['cdb', byte, bit] });
      }
    await expectUntouched(made);
  });

  it('with one field of any value is done or refused, at a field', async () => {
    let made = await subject(form);
    const fields = Object.entries<AnyField>(spec.fields).filter(
      ([, field]) => field[0] !== 'fixed',
    );
    if (fields.length === 0) return;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...fields),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        fc.boolean(),
        async ([name, field], value, sparse) => {
          const { command } = validCommand(spec, made.at);
          const cdb = mutated(command.cdb, spec, name, field, value, sparse);
          const answer = await send(made.at, { ...command, cdb });
          if (await wasRefused(made, answer)) {
            const { pointer } = refusalOf(answer);
            if (pointer?.[0] === 'cdb') expectField(spec, pointer[1]);
          } else made = await subject(form);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('with its data-out cut at any byte, announced or not, is done or refused', async () => {
    let made = await subject(form);
    const { command } = validCommand(spec, made.at);
    const { out } = command;
    const cuts = Array.from({ length: out.length }, (__, i) => i).filter(
      (i) => out.length <= 64 || i < 48 || i % 64 === 63 || i > out.length - 3,
    );
    for (const length of cuts) {
      // The initiator has less than the CDB says.
      const cut = { ...command, out: out.subarray(0, length) };
      if (!(await wasRefused(made, await send(made.at, cut)))) made = await subject(form);
      const field: AnyField | undefined = (spec.fields as Record<string, AnyField>)[
        'parameterListLength'
      ];
      if (field === undefined || field[0] === 'fixed') continue;
      // The CDB says less, and more, than the list has.
      for (const announced of [length, out.length + 1 + length]) {
        const cdb = Uint8Array.from(command.cdb);
        const [first, count] = fieldExtent(field);
        for (let i = 0; i < count; i++)
          cdb[first + i] = Math.floor(announced / 2 ** (8 * (count - 1 - i)));
        const data = new Uint8Array(announced);
        data.set(out.subarray(0, announced));
        const answer = await send(made.at, { cdb, out: data });
        if (!(await wasRefused(made, answer))) made = await subject(form);
      }
    }
  });
});

/** Whether the command was refused; if so, as it has to be. */
async function wasRefused(made: Subject, answer: Answer): Promise<boolean> {
  if (GOOD.includes(answer.status)) return false;
  if (answer.status !== RESERVATION_CONFLICT) {
    expect(answer.status).toBe(0x02);
    expect(answer.data).toHaveLength(0);
    expect(refusalOf(answer).codes).toMatch(/^(5|a|e|1|b)\//);
  }
  await expectUntouched(made);
  return true;
}

function expectField(spec: CdbSpec, byte: number): void {
  const bytes = Object.values<AnyField>(spec.fields).flatMap((field) => {
    const [first, count] = fieldExtent(field);
    return Array.from({ length: count }, (_, i) => first + i);
  });
  expect([...bytes, spec.serviceAction === undefined ? -1 : 1]).toContain(byte);
}

/** Another value in one field; the bits around it stay. */
function mutated(
  cdb: Uint8Array,
  spec: CdbSpec,
  name: string,
  field: AnyField,
  value: Uint8Array,
  sparse: boolean,
): Uint8Array {
  const changed = Uint8Array.from(cdb);
  const mask = layoutMask(spec.fields, cdb.length, [name as never]);
  const [first, count] = fieldExtent(field);
  for (let i = 0; i < count; i++) {
    const bits = mask[first + i]!;
    // Sparse: a value that is not far off the valid ones.
    const byte = sparse && i < count - 1 ? 0 : value[i % value.length]!;
    changed[first + i] = (cdb[first + i]! & ~bits) | (byte & bits);
  }
  return changed;
}
