/** The fields of SCSI data by name and width, read one after the other. */

/**
 * A field, named as the standards write it. A number has its width in bits; text and bytes have theirs
 * in bytes, or `m`.
 *
 * In a name `(n-4)` says that the value is the length of all the data behind byte 4, as the standards
 * have it, and `(m-3)` that the value is the length `m` of a later field.
 */
export type Field =
  | readonly [name: string, bits: number]
  | readonly [name: string, bytes: number | 'm', form: 'ascii' | 'hex'];

/** The fields of some data: first some once, then others until the data ends. */
export interface FieldList {
  /** Those at the beginning. */
  readonly once: readonly Field[];
  /** Those that come again and again. */
  readonly repeated?: readonly Field[];
}

/** A field and what it holds. */
export type FieldValue =
  | {
      readonly name: string;
      /** Width in bits. */
      readonly bits: number;
      readonly value: bigint;
      /** What is odd about it. */
      readonly warning?: string;
    }
  | { readonly name: string; readonly form: 'ascii' | 'hex'; readonly value: Uint8Array };

/** Reads fields until they or the data end. A field that is cut off has what is there of it. */
export function* readFields(list: FieldList, bytes: Uint8Array): Iterable<FieldValue> {
  let end = bytes.length;
  let at = 0; // in bits
  let m = 1;
  for (const field of inOrder(list)) {
    if (at >= 8 * end) return;
    const [name, width] = field;
    if (field.length === 3) {
      const first = Math.ceil(at / 8);
      const length = width === 'm' ? m : width;
      const value = bytes.subarray(first, Math.min(first + length, end));
      at = 8 * (first + value.length);
      if (length > 0) yield { name, form: field[2], value };
      continue;
    }
    const bits = Number(width);
    const value = readBits(bytes, at, Math.min(bits, 8 * end - at));
    at = Math.min(at + bits, 8 * end);
    const total = numberIn(/\(n-(\d+)\)/, name);
    if (total !== undefined) {
      const said = Number(value) + total + 1;
      const warning = said === end ? undefined : 'data buffer length mismatch';
      end = Math.min(end, said);
      yield { name, bits, value, ...(warning !== undefined && { warning }) };
      continue;
    }
    if (numberIn(/\(m-(\d+)\)/, name) !== undefined) m = Number(value);
    const odd = name === 'Reserved' && value !== 0n;
    yield { name, bits, value, ...(odd && { warning: 'non-zero reserved value' }) };
  }
}

function* inOrder({ once, repeated = [] }: FieldList): Iterable<Field> {
  yield* once;
  while (repeated.length > 0) yield* repeated;
}

function numberIn(pattern: RegExp, name: string): number | undefined {
  const found = pattern.exec(name)?.[1];
  return found === undefined ? undefined : Number(found);
}

function readBits(bytes: Uint8Array, at: number, count: number): bigint {
  let value = 0n;
  for (let bit = at; bit < at + count; bit++) {
    const byte = bytes[bit >> 3] ?? 0;
    value = (value << 1n) | BigInt((byte >> (7 - (bit & 7))) & 1);
  }
  return value;
}
