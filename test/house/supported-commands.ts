/** docs/supported-commands.md, written from the rows of the command table. */
import { fieldExtent, type AnyField } from '../../src/layout.ts';
import { memoryBackend } from '../../src/backend/memory.ts';
import { decodeForm, type CdbForm } from '../../src/cdb/codec.ts';
import { UNUSED_FIELDS, type CdbSpec } from '../../src/cdb/spec.ts';
import { commandForms, type Command, type CommandForm } from '../../src/scsi/command.ts';
import { sbc } from '../../src/scsi/command-sets/sbc.ts';
import { spc } from '../../src/scsi/command-sets/spc.ts';
import { LogicalUnit } from '../../src/scsi/logical-unit.ts';
import type { ReservationPolicy } from '../../src/scsi/reservation-policy.ts';
import type { LogicalUnitOptions } from '../../src/scsi/unit-options.ts';

const HEAD = `# Supported commands

<!-- Written from the command table by \`npm run docs:commands\`. Changes belong into the table. -->

Every command of a disk made with \`createDisk\`, one row a CDB form. The device reads the same
table: what it decodes, checks and reports with REPORT SUPPORTED OPERATION CODES.

- **Code**: OPERATION CODE / SERVICE ACTION, in hexadecimal. **Bytes**: length of the CDB.
- **Fields**: what is evaluated, as the request names it, with its byte and, below a byte, its bits.
  A field that is evaluated may have values that a disk refuses. Other bits have to be zero, unless
  \`reservedBits: 'ignore'\`; those in _italics_ are obsolete, or make no difference on this device,
  and have any value. Each CDB also has NACA.
- **Data**: what moves, and which field counts it.
- **Reservation**: whom it is in the way of. \`reads\` conflicts with exclusive access reservations of
  another initiator, \`writes\` also with write exclusive ones, \`status\` only with RESERVE, and
  \`persistent\` with any RESERVE. Some rows hang on a field of the CDB.
- **Conditions**: _medium_: NOT READY where there is none or the unit is stopped; a unit in a
  low power condition becomes active, unless the row _keeps power condition_. _writes_: DATA
  PROTECT on a disk that is write protected. _passes UA_: runs while a unit attention is pending.
  _busy_: runs while FORMAT UNIT or SANITIZE works (always), or after one has failed. _ALUA_: runs in
  which access states beside the active ones. _ends self-test_: a self-test in the background gives
  way to it.
- **Only with**: the options, or the property of a backend, without which there is no such command.

`;

/** What a command may hang on, each tried on its own. */
const VARIANTS: readonly (readonly [
  name: string,
  options: Omit<LogicalUnitOptions, 'backend'>,
  backend?: { readonly maxAtomicBlocks: number },
])[] = [
  ['`removable`', { removable: true }],
  ['`alua: implicit`', { alua: 'implicit' }],
  ['`alua: explicit`', { alua: 'explicit' }],
  ['`store`', { store: { load: () => undefined, save: () => undefined } }],
  ['backend with `maxAtomicBlocks`', {}, { maxAtomicBlocks: 8 }],
];

type Has = (form: CommandForm) => boolean;

/** Whether a unit has a form. */
const unitHas =
  (unit: LogicalUnit): Has =>
  ({ command, spec }) =>
    command.supported?.(unit, spec) !== false;

const make = (
  options: Omit<LogicalUnitOptions, 'backend'>,
  backend: { readonly maxAtomicBlocks?: number } = {},
): LogicalUnit =>
  new LogicalUnit(sbc, {
    ...options,
    backend: Object.assign(memoryBackend({ blocks: 64, id: 'docs' }), backend),
  });

function units(): {
  readonly plain: Has;
  readonly full: Has;
  readonly variants: readonly (readonly [string, Has])[];
} {
  const plain = make({});
  const type2 = Object.create(plain, {
    protection: { value: { type: 2, supported: true } },
  }) as LogicalUnit;
  return {
    plain: unitHas(plain),
    full: unitHas(make({ thin: false })),
    variants: [
      ...VARIANTS.map(
        ([name, options, backend]) => [name, unitHas(make(options, backend))] as const,
      ),
      ['protection type 2', unitHas(type2)],
    ],
  };
}

const hex = (value: number, digits = 2): string =>
  value.toString(16).toUpperCase().padStart(digits, '0');

function code({ opcode, serviceAction }: CdbSpec): string {
  if (serviceAction === undefined) return hex(opcode);
  return `${hex(opcode)}/${hex(serviceAction, serviceAction > 0x1f || opcode === 0x7f ? 4 : 2)}`;
}

function place(field: AnyField): string {
  const [first, count] = fieldExtent(field);
  switch (field[0]) {
    case 'bit':
      return `${first}.${field[2]}`;
    case 'bits':
      return `${first}.${field[2]}–${field[3]}`;
    case 'bits+u16':
      return `${first}.${field[2]}–${first + 2}`;
    default:
      return count === 1 ? `${first}` : `${first}–${first + count - 1}`;
  }
}

function fields({ fields: layout, ignored = [] }: CdbSpec): string {
  const named = Object.entries<AnyField>(layout)
    .filter(([, field]) => field[0] !== 'fixed')
    .sort(([, a], [, b]) => fieldExtent(a)[0] - fieldExtent(b)[0])
    .map(([name, field]) => {
      const text = `${name} ${place(field)}`;
      return UNUSED_FIELDS.includes(name) ? `_${text}_` : text;
    });
  const obsolete = ignored.map(([byte, mask]) => {
    const bits = [7, 6, 5, 4, 3, 2, 1, 0].filter((bit) => (mask >> bit) & 1);
    return bits.length === 8 ? `_${byte}_` : `_${byte}.${bits.join('+')}_`;
  });
  return [...named, ...obsolete].join(', ');
}

/** The policies that a row can have: with all bits of the CDB zero, and with any single one set. */
function policies<P extends string>(
  form: CdbForm,
  policy: P | ((request: never) => P | undefined),
): string {
  if (typeof policy === 'string') return policy;
  const found = new Set<string>();
  for (let bit = -1; bit < form.spec.length * 8; bit++) {
    const cdb = new Uint8Array(form.spec.length);
    if (bit >= 0) cdb[bit >> 3] = 0x80 >> (bit & 7);
    found.add(policy(decodeForm(form, cdb, false) as never) ?? 'none');
  }
  return [...found].sort().join(' or ');
}

function conditions(form: CdbForm, command: Command): string {
  const { needsMedium, writes, passesUnitAttention, passesOperation, passesAccessState } = command;
  return [
    needsMedium === true && 'medium',
    command.keepsPowerCondition === true && 'keeps power condition',
    writes === true && 'writes',
    passesUnitAttention === true && 'passes UA',
    passesOperation !== undefined &&
      `busy: ${passesOperation === 'always' ? 'always' : `after a ${passesOperation === 'failed' ? 'failure' : 'failed format'}`}`,
    passesAccessState !== undefined && `ALUA: ${policies(form, passesAccessState)}`,
    command.endsSelfTest === true && 'ends self-test',
  ]
    .filter((text) => text !== false)
    .join('; ');
}

const transfer = ({ transfer: moved }: CdbSpec): string =>
  typeof moved === 'string' ? (moved === 'none' ? '' : moved) : `${moved[1]} bytes in`;

/** The text of docs/supported-commands.md. */
export function supportedCommands(): string {
  const { plain, full, variants } = units();
  const rows = commandForms(sbc).map((form) => {
    const { command, spec } = form;
    const only = plain(form)
      ? full(form)
        ? []
        : ['`thin`']
      : variants.filter(([, has]) => has(form)).map(([name]) => name);
    if (!plain(form) && only.length === 0)
      throw new Error(`${spec.op}: no variant of supported-commands.ts has it; add one.`);
    return [
      code(spec),
      spec.op,
      spec.op in spc ? 'SPC' : 'SBC',
      `${spec.length}`,
      fields(spec),
      transfer(spec),
      policies<ReservationPolicy>(form, command.reservation),
      conditions(form, command),
      only.join(' or '),
    ];
  });
  const table = [
    [
      'Code',
      'Command',
      'Standard',
      'Bytes',
      'Fields',
      'Data',
      'Reservation',
      'Conditions',
      'Only with',
    ],
    Array.from({ length: 9 }, () => '---'),
    ...rows,
  ];
  return HEAD + table.map((row) => `| ${row.join(' | ')} |\n`).join('');
}
