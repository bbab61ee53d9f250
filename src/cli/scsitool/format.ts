/** The two ways in which WinSpd's scsitool writes fields: a table as in the standards, and lines. */
import type { FieldValue } from './fields.ts';

/** Writes a field a line: `NAME=value`, and what is odd about it. */
export function fieldLines(fields: Iterable<FieldValue>): string {
  let text = '';
  for (const field of fields) {
    if ('form' in field) {
      const { form, value } = field;
      text += `${field.name}=${form === 'ascii' ? asciiText(value) : hexText(value)}\n`;
    } else {
      const warning = field.warning === undefined ? '' : ` (WARN: ${field.warning})`;
      text += `${field.name}=${numberText(field.value)}${warning}\n`;
    }
  }
  return text;
}

/** Characters of a bit in a table, with the line on its left. */
const BIT = 9;
/** Characters of a row, without the line on its right. */
const ROW = 8 * BIT;
const BOUNDARY = `${'+--------'.repeat(8)}+\n`;
/** Bytes of a field in one row. */
const PER_ROW = { ascii: 64, hex: 16 } as const;

/** Writes a table of eight columns, one for each bit of a byte. */
export function fieldTable(fields: Iterable<FieldValue>): string {
  let text = BOUNDARY;
  let column = 0;
  for (const field of fields) {
    if ('form' in field) {
      for (const row of rowsOf(field.name, field.form, field.value))
        text += `${centred(`|${row}`, ROW)}|\n`;
      text += BOUNDARY;
      continue;
    }
    const { name, bits, value } = field;
    // A field that goes on in the next byte begins a row of its own.
    if (column > 0 && column + BIT * bits > ROW) text += restOfRow(column);
    const cell = fitted(`|${name}=${numberText(value)}`, BIT * Math.min(bits, 8));
    text += cell;
    column += cell.length;
    if (column >= ROW) {
      text += `|\n${BOUNDARY}`;
      column = 0;
    }
  }
  return text;
}

/** Ends a row early: the fields so far get their line below, the rest belongs to the field that comes. */
function restOfRow(column: number): string {
  const below = '+--------'.repeat(column / BIT);
  return `|${' '.repeat(ROW - column - 1)}|\n${`${below}+`.padEnd(ROW)}|\n`;
}

/** The name, then the value. Every row of bytes but the first begins with a blank. */
function rowsOf(name: string, form: 'ascii' | 'hex', value: Uint8Array): readonly string[] {
  const rows = [name];
  for (let at = 0; at < value.length; at += PER_ROW[form]) {
    const part = value.subarray(at, at + PER_ROW[form]);
    if (form === 'ascii') rows.push(asciiText(part));
    else rows.push(`${at > 0 ? ' ' : ''}${hexText(part)}`);
  }
  return rows;
}

/** Puts what is behind the line into the middle; what is left over goes to the right. */
function centred(cell: string, width: number): string {
  const blanks = Math.max(0, width - cell.length);
  const left = Math.floor(blanks / 2);
  return `|${' '.repeat(left)}${cell.slice(1)}${' '.repeat(blanks - left)}`;
}

/** As wide as its column: where the name is too long its end is cut off, never the value. */
function fitted(cell: string, width: number): string {
  if (cell.length <= width) return centred(cell, width);
  const value = cell.indexOf('=');
  return cell.slice(0, Math.max(0, value - (cell.length - width))) + cell.slice(value);
}

/** `5`, `36 (0x24)`, and from 2^32 on the two halves in hexadecimal: `1:00000000`. */
function numberText(value: bigint): string {
  if (value < 10n) return String(value);
  if (value < 1n << 32n) return `${value} (0x${value.toString(16)})`;
  return `${(value >> 32n).toString(16)}:${(value & 0xffff_ffffn).toString(16).padStart(8, '0')}`;
}

function asciiText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
