/**
 * The DISK argument: `memory:SIZE` or `file:PATH`, then options after commas.
 *
 * `\,` is a comma and `\\` a backslash; before any other character a backslash is itself, so
 * `file:C:\disks\a.img` needs no care.
 */
import type { ProtectionType } from '../cdb/protection-information.ts';
import { UsageError } from './errors.ts';
import { SIZE_FORMAT, parseSize } from './size.ts';

/** A disk as the command line describes it. What is absent has the default of its backend. */
export interface DiskSpec {
  /** Where the blocks are kept. */
  readonly kind: 'memory' | 'file';
  /** The file; present with `file`. */
  readonly path?: string;
  /** Bytes; present with `memory`. For a file: the size to create it with. */
  readonly size?: number;
  /** Bytes a logical block. */
  readonly blockLength?: number;
  /** Bytes a physical block. */
  readonly physicalBlockLength?: number;
  /** Writes are refused. */
  readonly readOnly?: boolean;
  /** The medium can be taken out (RMB). */
  readonly removable?: boolean;
  /** Thin provisioning (LBPME). */
  readonly thin?: boolean;
  /** Most bytes that the blocks of a memory disk may take; a disk larger than that is thin. */
  readonly space?: number;
  /** Percent of the space in use when initiators are told. */
  readonly softThreshold?: number;
  /** Whether the disk says that it has a volatile write cache (WCE). */
  readonly cache?: 'write-back' | 'write-through';
  /** As the standard has it, or as libiscsi's suite wants it where the two differ. */
  readonly compatibility?: 'standard' | 'lenient';
  /** Who may change how the disk is reached through a group of ports (TPGS). */
  readonly alua?: 'none' | 'implicit' | 'explicit' | 'both';
  /** The type of protection information; 0: FORMAT UNIT can give it one. Absent: there is none. */
  readonly protectionType?: ProtectionType;
  /** Bytes a second that SANITIZE does; 0: as many as it can. */
  readonly sanitizeRate?: number;
  /** Bytes a second that FORMAT UNIT does; 0: as many as it can. */
  readonly formatRate?: number;
  /** The file for what the disk must not forget: registrations, saved mode pages, bad blocks… */
  readonly state?: string;
  /** T10 VENDOR IDENTIFICATION, at most 8 characters. */
  readonly vendor?: string;
  /** PRODUCT IDENTIFICATION, at most 16 characters. */
  readonly product?: string;
  /** PRODUCT REVISION LEVEL, at most 4 characters. */
  readonly revision?: string;
  /** PRODUCT SERIAL NUMBER, at most {@link MAX_SERIAL} characters. */
  readonly serial?: string;
}

/** The longest serial number that the command line takes. */
export const MAX_SERIAL = 64;

/** The block lengths a backend may have, in bytes. */
const BLOCK_LENGTHS = { least: 512, most: 65_536 } as const;

/** Memory disks take memory in pages, in bytes. */
const SPACE_GRANULARITY = 65_536;

/** LOGICAL BLOCKS PER PHYSICAL BLOCK EXPONENT has four bits (READ CAPACITY(16)). */
const MOST_BLOCKS_PER_PHYSICAL_BLOCK = 2 ** 15;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Values = Writable<Omit<DiskSpec, 'kind'>>;

interface Option {
  /** What the value may be; absent: the option takes none. */
  readonly allowed?: string;
  /** Puts the value in its place; `false` where it is not allowed. */
  set(values: Values, text: string): boolean;
}

const OPTIONS: Readonly<Record<string, Option>> = {
  size: { allowed: SIZE_FORMAT, set: sizeInto('size') },
  'block-length': {
    allowed: `a power of two from ${BLOCK_LENGTHS.least} to ${BLOCK_LENGTHS.most}`,
    set: powerOfTwoInto('blockLength', BLOCK_LENGTHS.most),
  },
  'physical-block-length': {
    allowed: `a power of two, the block length to ${MOST_BLOCKS_PER_PHYSICAL_BLOCK} times that`,
    set: powerOfTwoInto('physicalBlockLength', BLOCK_LENGTHS.most * MOST_BLOCKS_PER_PHYSICAL_BLOCK),
  },
  'read-only': { set: (values) => (values.readOnly = true) },
  removable: { set: (values) => (values.removable = true) },
  thin: {
    allowed: 'yes or no',
    set: (values, text) => {
      values.thin = text === 'yes';
      return text === 'yes' || text === 'no';
    },
  },
  space: {
    allowed: `${SIZE_FORMAT}, a multiple of 64K`,
    set: (values, text) =>
      sizeInto('space')(values, text) && (values.space ?? 0) % SPACE_GRANULARITY === 0,
  },
  'soft-threshold': {
    allowed: 'a number from 1 to 99',
    set: (values, text) => {
      values.softThreshold = Number(text);
      return /^[1-9][0-9]?$/.test(text);
    },
  },
  cache: choice('cache', ['write-back', 'write-through']),
  compatibility: choice('compatibility', ['standard', 'lenient']),
  alua: choice('alua', ['none', 'implicit', 'explicit', 'both']),
  'protection-type': {
    allowed: '0, 1, 2 or 3',
    set: (values, text) => {
      values.protectionType = Number(text) as ProtectionType;
      return /^[0-3]$/.test(text);
    },
  },
  'sanitize-rate': { allowed: SIZE_FORMAT, set: rateInto('sanitizeRate') },
  'format-rate': { allowed: SIZE_FORMAT, set: rateInto('formatRate') },
  state: {
    allowed: 'a path',
    set: (values, text) => {
      values.state = text;
      return text !== '';
    },
  },
  vendor: textOption('vendor', 8),
  product: textOption('product', 16),
  revision: textOption('revision', 4),
  serial: textOption('serial', MAX_SERIAL),
};

/**
 * Reads a DISK argument.
 *
 * @throws UsageError - the message names the disk, the option, its value, and what is allowed.
 *
 * @example
 * ```ts
 * parseDisk('file:disk.img,size=2G,block-length=4K');
 * // { kind: 'file', path: 'disk.img', size: 2147483648, blockLength: 4096 }
 * ```
 */
export function parseDisk(text: string): DiskSpec {
  const fail = (problem: string): never => {
    throw new UsageError(`disk '${text}': ${problem}`);
  };
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  if (kind !== 'memory' && kind !== 'file')
    return fail('a disk is memory:SIZE or file:PATH, with options after commas');
  const [first = '', ...options] = splitOptions(text.slice(colon + 1));

  const values: Values = {};
  if (kind === 'file') {
    if (first === '') fail('file: needs a path');
    values.path = first;
  } else if (!sizeInto('size')(values, first)) {
    fail(`the size has to be ${SIZE_FORMAT}, more than 0 and below 8P`);
  }

  const seen = new Set<string>(kind === 'memory' ? ['size'] : []);
  for (const option of options) applyOption(option, values, seen, kind, fail);
  if (kind === 'file' && values.space !== undefined) fail(`option 'space' is one of memory disks`);
  checkTogether(values, fail);
  return { kind, ...values };
}

function applyOption(
  text: string,
  values: Values,
  seen: Set<string>,
  kind: DiskSpec['kind'],
  fail: (problem: string) => never,
): void {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? undefined : text.slice(equals + 1);
  const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (option === undefined)
    return fail(
      text === ''
        ? 'there is an empty option (a comma in a path is written \\,)'
        : `there is no option '${name}'; there are ${Object.keys(OPTIONS).join(', ')}`,
    );
  if (seen.has(name))
    fail(
      name === 'size' && kind === 'memory'
        ? 'the size of a memory disk is given once, after memory:'
        : `option '${name}' is given twice`,
    );
  seen.add(name);
  if (option.allowed === undefined) {
    if (value !== undefined) fail(`option '${name}' takes no value, and has '${value}'`);
  } else if (value === undefined) fail(`option '${name}' needs a value: ${option.allowed}`);
  if (!option.set(values, value ?? ''))
    fail(`option '${name}' has to be ${option.allowed ?? 'absent'}, not '${value ?? ''}'`);
}

/** What two options must be to each other. */
function checkTogether(values: Values, fail: (problem: string) => never): void {
  const blockLength = values.blockLength ?? 512;
  if (values.size !== undefined && values.size % blockLength !== 0)
    fail(`the size, ${values.size} bytes, is not a whole number of ${blockLength}-byte blocks`);
  const physical = values.physicalBlockLength;
  if (
    physical !== undefined &&
    (physical < blockLength || physical > blockLength * MOST_BLOCKS_PER_PHYSICAL_BLOCK)
  )
    fail(
      `option 'physical-block-length' has to be ${OPTIONS['physical-block-length']?.allowed ?? ''}` +
        ` (${blockLength} to ${blockLength * MOST_BLOCKS_PER_PHYSICAL_BLOCK}), not '${physical}'`,
    );
}

/** Splits at commas that no backslash precedes, and takes the backslashes away. */
function splitOptions(text: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const next = text[i + 1];
    if (text[i] === '\\' && (next === ',' || next === '\\')) {
      parts.push(`${parts.pop() ?? ''}${next}`);
      i++;
    } else if (text[i] === ',') parts.push('');
    else parts.push(`${parts.pop() ?? ''}${text[i] ?? ''}`);
  }
  return parts;
}

function sizeInto(name: 'size' | 'space'): Option['set'] {
  return (values, text) => {
    const size = parseSize(text);
    if (size === undefined || size === 0) return false;
    values[name] = size;
    return true;
  };
}

function rateInto(name: 'sanitizeRate' | 'formatRate'): Option['set'] {
  return (values, text) => {
    const rate = parseSize(text);
    if (rate === undefined) return false;
    values[name] = rate;
    return true;
  };
}

function powerOfTwoInto(name: 'blockLength' | 'physicalBlockLength', most: number): Option['set'] {
  return (values, text) => {
    const length = parseSize(text);
    if (length === undefined || length < BLOCK_LENGTHS.least || length > most) return false;
    values[name] = length;
    return Number.isInteger(Math.log2(length));
  };
}

function choice<K extends 'cache' | 'compatibility' | 'alua'>(
  name: K,
  values: readonly NonNullable<Values[K]>[],
): Option {
  const last = values.length - 1;
  return {
    allowed: `${values.slice(0, last).join(', ')} or ${values[last] ?? ''}`,
    set(into, text) {
      const chosen = values.find((value) => value === text);
      if (chosen !== undefined) into[name] = chosen;
      return chosen !== undefined;
    },
  };
}

function textOption(name: 'vendor' | 'product' | 'revision' | 'serial', longest: number): Option {
  return {
    allowed: `1 to ${longest} printable ASCII characters`,
    set: (values, text) => {
      values[name] = text;
      return text.length <= longest && /^[ -~]+$/.test(text);
    },
  };
}
