/** `scsi-target decode`: says what a CDB or sense data means. */
import { CommandError } from './errors.ts';
import { explainCdb, type ExplainedCdb, type ExplainedField } from './explain-cdb.ts';
import { explainSense, type ExplainedSense } from './explain-sense.ts';
import { parseHex } from './hex.ts';
import { writeLine, type Terminal } from './terminal.ts';

/** Options of `decode`. */
export interface DecodeOptions {
  /** The bytes are sense data, not a CDB. */
  readonly sense?: boolean;
  /** One JSON object in place of text. */
  readonly json?: boolean;
}

/**
 * Runs `decode`.
 *
 * @param hex - hex digits, in any number of pieces; `-` alone reads them from standard input.
 * @throws UsageError - the pieces are not hex.
 * @throws CommandError - the bytes are no CDB or sense data that a device would take; what could be
 * read has been printed before.
 */
export async function decode(
  hex: readonly string[],
  options: DecodeOptions,
  terminal: Pick<Terminal, 'stdin' | 'stdout'>,
): Promise<void> {
  const text = hex.length === 1 && hex[0] === '-' ? await readAll(terminal.stdin) : hex.join(' ');
  const bytes = parseHex(text);
  const explained = options.sense === true ? explainSense(bytes) : explainCdb(bytes);
  if (options.json === true) writeLine(terminal.stdout, toJson(explained));
  else for (const line of explanation(explained)) writeLine(terminal.stdout, line);
  if (explained.problem !== undefined) throw new CommandError(explained.problem);
}

function explanation(explained: ExplainedCdb | ExplainedSense): readonly string[] {
  const lines = [];
  if ('title' in explained) lines.push(explained.title);
  else if (explained.command !== undefined)
    lines.push(`${explained.command}${explained.transfer ? `, ${explained.transfer}` : ''}`);
  lines.push(...fieldTable(explained.fields));
  if (explained.surplus > 0)
    lines.push(`  (${explained.surplus} more bytes after the end are not looked at)`);
  return lines;
}

function fieldTable(fields: readonly ExplainedField[]): readonly string[] {
  const rows = fields.map((field) => [placeText(field), field.name, valueText(field.value)]);
  const width = (column: number): number =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const [places, names] = [width(0), width(1)];
  return rows.map(
    ([place = '', name = '', value = '']) =>
      `  ${place.padEnd(places)}  ${name.padEnd(names)}  ${value}`,
  );
}

function placeText({ byte, length, bits }: ExplainedField): string {
  if (bits === undefined)
    return length === 1 ? `byte ${byte}` : `bytes ${byte}-${byte + length - 1}`;
  const [high, low] = bits;
  return `byte ${byte} ${high === low ? `bit ${high}` : `bits ${high}-${low}`}`;
}

function valueText(value: ExplainedField['value']): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  return value < 10 ? String(value) : `${value} (${value.toString(16).toUpperCase()}h)`;
}

/** Identifiers are bigints, which JSON has not: they become hex text. */
function toJson(value: object): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'bigint' ? `0x${member.toString(16)}` : member,
  );
}

async function readAll(stdin: Terminal['stdin']): Promise<string> {
  const utf8 = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) text += typeof chunk === 'string' ? chunk : utf8.decode(chunk);
  return text;
}
