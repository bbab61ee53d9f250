/** Sense data, field by field. */
import { decodeSense, type DecodedSense, type FieldPointer } from '../sense/index.ts';
import { additionalSenseText, senseKeyText } from '../sense/text.ts';
import type { ExplainedField } from './explain-cdb.ts';
import { formatHex } from './hex.ts';

/** What sense data says. */
export interface ExplainedSense {
  /** Key, code and qualifier in words. */
  readonly title: string;
  /** The fields that are there. */
  readonly fields: readonly ExplainedField[];
  /** Why it is no sense data. */
  readonly problem?: string;
  /** Bytes after what ADDITIONAL SENSE LENGTH counts. */
  readonly surplus: number;
}

/** The shortest sense data: up to the sense key. */
const LEAST = { fixed: 3, descriptor: 2 } as const;

/**
 * Explains sense data in fixed or descriptor format.
 *
 * @example
 * ```ts
 * explainSense(Uint8Array.of(0x72, 5, 0x20, 0, 0, 0, 0, 0)).title;
 * // 'ILLEGAL REQUEST, INVALID COMMAND OPERATION CODE (5/20/00), descriptor format'
 * ```
 */
export function explainSense(bytes: Uint8Array): ExplainedSense {
  const sense = decodeSense(bytes);
  if (sense === undefined)
    return { title: 'no sense data', fields: [], problem: problemText(bytes), surplus: 0 };
  const { key, asc, ascq, deferred, format } = sense;
  const codes = `${hexDigits(key, 1)}/${hexDigits(asc)}/${hexDigits(ascq)}`;
  const name = additionalSenseText(asc, ascq) ?? 'a code that T10 has not named';
  return {
    title: `${senseKeyText(key)}, ${name} (${codes}), ${deferred ? 'deferred, ' : ''}${format} format`,
    fields: (format === 'fixed' ? fixedFields : descriptorFields)(sense, bytes),
    surplus: bytes.length > 7 ? Math.max(0, bytes.length - 8 - (bytes[7] ?? 0)) : 0,
  };
}

function problemText(bytes: Uint8Array): string {
  const code = (bytes[0] ?? 0) & 0x7f;
  if (code < 0x70 || code > 0x73)
    return `byte 0: the response code is ${formatHex(Uint8Array.of(code)).toUpperCase()}h, not 70h to 73h`;
  const least = code < 0x72 ? LEAST.fixed : LEAST.descriptor;
  return `sense data has at least ${least} bytes, and here are ${bytes.length}`;
}

type Place = Pick<ExplainedField, 'byte' | 'length' | 'bits'>;

function fixedFields(sense: DecodedSense, bytes: Uint8Array): readonly ExplainedField[] {
  const code = { asc: { byte: 12, length: 1 }, ascq: { byte: 13, length: 1 } };
  return [
    field('responseCode', (bytes[0] ?? 0) & 0x7f, { byte: 0, length: 1, bits: [6, 0] }),
    field('key', sense.key, { byte: 2, length: 1, bits: [3, 0] }),
    ...known(sense, 'information', { byte: 3, length: 4 }),
    ...known(sense, 'commandSpecific', { byte: 8, length: 4 }),
    ...(bytes.length > 12 ? [field('asc', sense.asc, code.asc)] : []),
    ...(bytes.length > 13 ? [field('ascq', sense.ascq, code.ascq)] : []),
    ...known(sense, 'fru', { byte: 14, length: 1 }),
    ...senseKeySpecific(sense, { byte: 15, length: 3 }),
  ];
}

function descriptorFields(sense: DecodedSense, bytes: Uint8Array): readonly ExplainedField[] {
  const at = (type: number, offset: number, length: number): Place => ({
    byte: descriptorAt(bytes, type) + offset,
    length,
  });
  return [
    field('responseCode', (bytes[0] ?? 0) & 0x7f, { byte: 0, length: 1, bits: [6, 0] }),
    field('key', sense.key, { byte: 1, length: 1, bits: [3, 0] }),
    field('asc', sense.asc, { byte: 2, length: 1 }),
    field('ascq', sense.ascq, { byte: 3, length: 1 }),
    ...known(sense, 'information', at(0x00, 4, 8)),
    ...known(sense, 'commandSpecific', at(0x01, 4, 8)),
    ...senseKeySpecific(sense, at(0x02, 4, 3)),
    ...known(sense, 'fru', at(0x03, 3, 1)),
  ].sort((a, b) => a.byte - b.byte);
}

/** Where the last descriptor of a type begins: the one that `decodeSense` believes. */
function descriptorAt(bytes: Uint8Array, type: number): number {
  let found = 0;
  for (let at = 8; at + 1 < bytes.length; at += 2 + (bytes[at + 1] ?? 0))
    if (bytes[at] === type) found = at;
  return found;
}

function known(
  sense: DecodedSense,
  name: 'information' | 'commandSpecific' | 'fru',
  place: Place,
): readonly ExplainedField[] {
  const value = sense[name];
  return value === undefined ? [] : [field(name, value, place)];
}

function senseKeySpecific(sense: DecodedSense, place: Place): readonly ExplainedField[] {
  const { fieldPointer, progress, retries } = sense;
  if (fieldPointer !== undefined) return [field('fieldPointer', pointerText(fieldPointer), place)];
  if (progress !== undefined)
    return [field('progress', `${((progress / 65_536) * 100).toFixed(1)} %`, place)];
  return retries === undefined ? [] : [field('retries', retries, place)];
}

const WHERE = { cdb: 'CDB', data: 'data-out', segment: 'segment descriptor' } as const;

function pointerText(pointer: FieldPointer): string {
  const bit = pointer.bit === undefined ? '' : ` bit ${pointer.bit}`;
  return `byte ${pointer.byte}${bit} of the ${WHERE[pointer.in]}`;
}

function field(name: string, value: ExplainedField['value'], place: Place): ExplainedField {
  return { name, value, ...place };
}

function hexDigits(value: number, digits = 2): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
