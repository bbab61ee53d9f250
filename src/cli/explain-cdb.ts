/** A CDB, field by field. */
import {
  decodeCdb,
  findSpec,
  isUndecodable,
  transferLength,
  CDB_SPECS,
  type CdbSpec,
  type Request,
  type Transfer,
  type Undecodable,
} from '../cdb/index.ts';
import { fieldExtent } from '../layout.ts';
import { formatHex } from './hex.ts';

/** One field of a structure. */
export interface ExplainedField {
  /** Its name in the decoded object. */
  readonly name: string;
  readonly value: boolean | number | bigint | string;
  /** First byte, from 0. */
  readonly byte: number;
  /** Bytes that it touches. */
  readonly length: number;
  /** Bits of that byte, high and low, where it has not whole bytes. */
  readonly bits?: readonly [high: number, low: number];
}

/** What a CDB says, and what is wrong with it. */
export interface ExplainedCdb {
  /** The command's name in the standard, where there is one. */
  readonly command?: string;
  /** The fields in the order of the CDB; none where the command is not known or the bytes are too few. */
  readonly fields: readonly ExplainedField[];
  /** What the command moves, in words. */
  readonly transfer?: string;
  /** Why a device would refuse it, and where. */
  readonly problem?: string;
  /** Bytes given after the CDB's last; transports pad. */
  readonly surplus: number;
}

/**
 * Explains a CDB.
 *
 * @example
 * ```ts
 * explainCdb(Uint8Array.of(0x12, 0, 0, 0, 0x24, 0)).command; // 'INQUIRY'
 * ```
 */
export function explainCdb(cdb: Uint8Array): ExplainedCdb {
  const spec = findSpec(cdb);
  if (isUndecodable(spec)) return { fields: [], problem: problemText(cdb, spec), surplus: 0 };
  const command = commandName(spec);
  const strict = decodeCdb(cdb);
  const request = isUndecodable(strict) ? decodeCdb(cdb, { reservedBits: 'ignore' }) : strict;
  const problem = isUndecodable(strict) ? { problem: problemText(cdb, strict, spec) } : {};
  if (isUndecodable(request)) return { command, fields: [], surplus: 0, ...problem };
  return {
    command,
    fields: fieldsOf(spec, request),
    transfer: transferText(spec, request),
    surplus: cdb.length - spec.length,
    ...problem,
  };
}

/** The name with the CDB length where the standard has it: `READ(10)`, but `UNMAP`. */
function commandName({ op, length }: CdbSpec): string {
  const forms: readonly CdbSpec[] = CDB_SPECS[op as Request['op']];
  return forms.length > 1 ? `${op}(${length})` : op;
}

function fieldsOf(spec: CdbSpec, request: Request): readonly ExplainedField[] {
  const values = request as unknown as Record<string, ExplainedField['value']>;
  const fields: ExplainedField[] = [];
  for (const [name, field] of Object.entries<LayoutField>(spec.fields)) {
    if (field[0] === 'fixed') continue; // This form has no such field.
    const [byte, length] = fieldExtent(field);
    const bits = bitsOf(field);
    fields.push({ name, value: values[name] ?? 0, byte, length, ...(bits && { bits }) });
  }
  fields.sort((a, b) => a.byte - b.byte || (b.bits?.[0] ?? 7) - (a.bits?.[0] ?? 7));
  const control = spec.opcode === 0x7f ? 1 : spec.length - 1;
  fields.push({ name: 'naca', value: request.naca, byte: control, length: 1, bits: [2, 2] });
  return fields;
}

type LayoutField = Parameters<typeof fieldExtent>[0];

function bitsOf(field: LayoutField): readonly [high: number, low: number] | undefined {
  if (field[0] === 'bit') return [field[2], field[2]];
  return field[0] === 'bits' ? [field[2], field[3]] : undefined;
}

const BLOCK_TRANSFERS: ReadonlySet<Transfer> = new Set<Transfer>([
  'blocks in',
  'blocks out',
  'twice the blocks out',
  'one block out',
  'verify out',
]);

function transferText(spec: CdbSpec, request: Request): string {
  const { direction, length } = transferLength(spec, request, 1);
  if (direction === 'none') return 'no data';
  const unit = BLOCK_TRANSFERS.has(spec.transfer) ? 'block' : 'byte';
  const bound =
    spec.transfer === 'allocation in'
      ? 'at most '
      : spec.transfer === 'format out' || spec.transfer === 'headed list out'
        ? 'at least '
        : '';
  return `data-${direction}: ${bound}${length} ${unit}${length === 1 ? '' : 's'}`;
}

function problemText(cdb: Uint8Array, { problem, at }: Undecodable, spec?: CdbSpec): string {
  const where = `byte ${at.byte}${at.bit === undefined ? '' : `, bit ${at.bit}`}`;
  const found = formatHex(cdb.subarray(at.byte, at.byte + 1)).toUpperCase();
  switch (problem) {
    case 'operation code':
      return `${where}: operation code ${found}h is no command that is known here`;
    case 'service action':
      return `${where}: operation code ${formatHex(cdb.subarray(0, 1)).toUpperCase()}h has no such service action here`;
    case 'length':
      return spec !== undefined && cdb.length < spec.length
        ? `${commandName(spec)} has ${spec.length} bytes, and here are ${cdb.length}`
        : `${where}: the additional CDB length is wrong`;
    case 'reserved bit':
      return `${where}: a reserved bit is set (the byte is ${found}h); a device answers INVALID FIELD IN CDB`;
  }
}
