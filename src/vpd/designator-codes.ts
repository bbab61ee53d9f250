/** The content of designators that are more than a number (SPC): names to bytes and back. */
import { getBig64, getU32, putAscii, putBig64, putU32 } from '../bytes.ts';
import type {
  Eui64Designator,
  NaaDesignator,
  NameStringDesignator,
  T10Designator,
  UuidDesignator,
  WithoutBase,
} from './designator.ts';

const ONE_64 = 1n << 64n;

/** T10 VENDOR IDENTIFICATION and VENDOR SPECIFIC IDENTIFIER. */
export function t10Bytes({ vendor, identifier }: WithoutBase<T10Designator>): Uint8Array {
  if (vendor.length > 8) throw new RangeError(`vendor: at most 8 characters, not ${vendor.length}`);
  const bytes = new Uint8Array(8 + identifier.length);
  putAscii(bytes, 0, 8, vendor);
  putAscii(bytes, 8, identifier.length, identifier);
  return bytes;
}

/** The inverse of {@link t10Bytes}; undefined where there is anything but printable ASCII. */
export function t10Of(content: Uint8Array): WithoutBase<T10Designator> | undefined {
  if (content.length < 8 || content.some((code) => code < 0x20 || code > 0x7e)) return undefined;
  const text = String.fromCharCode(...content);
  return { type: 'T10 vendor ID', vendor: text.slice(0, 8).trimEnd(), identifier: text.slice(8) };
}

/** EUI-64, EUI-64 and DIRECTORY ID, or IDENTIFIER EXTENSION and EUI-64. */
export function eui64Bytes(designator: WithoutBase<Eui64Designator>): Uint8Array {
  const { eui64, directoryId, identifierExtension: extension } = designator;
  check64('eui64', eui64);
  if (extension !== undefined) {
    if (directoryId !== undefined)
      throw new RangeError('EUI-64: either a directory id or an identifier extension');
    check64('identifierExtension', extension);
    const bytes = new Uint8Array(16);
    putBig64(bytes, 0, extension);
    putBig64(bytes, 8, eui64);
    return bytes;
  }
  const bytes = new Uint8Array(directoryId === undefined ? 8 : 12);
  putBig64(bytes, 0, eui64);
  if (directoryId !== undefined) {
    if (!Number.isInteger(directoryId) || directoryId < 0 || directoryId > 0xffff_ffff)
      throw new RangeError(`directoryId: ${directoryId} is not an integer from 0 to 4294967295`);
    putU32(bytes, 8, directoryId);
  }
  return bytes;
}

/** The inverse of {@link eui64Bytes}; undefined where the length is none of the three. */
export function eui64Of(content: Uint8Array): WithoutBase<Eui64Designator> | undefined {
  const first = getBig64(content, 0);
  switch (content.length) {
    case 8:
      return { type: 'EUI-64', eui64: first };
    case 12:
      return { type: 'EUI-64', eui64: first, directoryId: getU32(content, 8) };
    case 16:
      return { type: 'EUI-64', eui64: getBig64(content, 8), identifierExtension: first };
    default:
      return undefined;
  }
}

/** An NAA name: 16 bytes where the NAA is 6h, else 8. */
export function naaBytes(name: bigint): Uint8Array {
  const isLong = name >> 124n === 6n;
  const naa = name >> 60n;
  if (!isLong && naa !== 2n && naa !== 3n && naa !== 5n)
    throw new RangeError(
      `NAA: ${name.toString(16)}h is neither 64 bits of NAA 2h, 3h or 5h nor 128 bits of NAA 6h`,
    );
  const bytes = new Uint8Array(isLong ? 16 : 8);
  if (isLong) putBig64(bytes, 0, name >> 64n);
  putBig64(bytes, bytes.length - 8, name);
  return bytes;
}

/** The inverse of {@link naaBytes}; undefined where NAA and length do not agree. */
export function naaOf(content: Uint8Array): WithoutBase<NaaDesignator> | undefined {
  const naa = (content[0] ?? 0) >> 4;
  const first = getBig64(content, 0);
  if (naa === 6 && content.length === 16)
    return { type: 'NAA', name: first * ONE_64 + getBig64(content, 8) };
  const isShort = naa === 2 || naa === 3 || naa === 5;
  return isShort && content.length === 8 ? { type: 'NAA', name: first } : undefined;
}

/** UTF-8, ended by a NUL and padded with NULs to a multiple of four. */
export function nameStringBytes(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  if (text.length > 251) throw new RangeError(`name: at most 251 bytes, not ${text.length}`);
  if (text.includes(0)) throw new RangeError('name: a NUL ends a SCSI name string');
  const bytes = new Uint8Array((text.length + 4) & ~3);
  bytes.set(text);
  return bytes;
}

/** The inverse of {@link nameStringBytes}: what comes before the first NUL, if there is one. */
export function nameStringOf(content: Uint8Array): WithoutBase<NameStringDesignator> {
  const end = content.indexOf(0);
  const text = end < 0 ? content : content.subarray(0, end);
  return { type: 'SCSI name string', name: new TextDecoder().decode(text) };
}

/** UUID TYPE 1h, a reserved byte and the 16 bytes of the UUID. */
export function uuidBytes(uuid: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid))
    throw new RangeError(`uuid: ${JSON.stringify(uuid)} is not a UUID`);
  const value = BigInt(`0x${uuid.replaceAll('-', '')}`);
  const bytes = new Uint8Array(18);
  bytes[0] = 0x10;
  putBig64(bytes, 2, value >> 64n);
  putBig64(bytes, 10, value);
  return bytes;
}

/** The inverse of {@link uuidBytes}; undefined where the length or UUID TYPE is another. */
export function uuidOf(content: Uint8Array): WithoutBase<UuidDesignator> | undefined {
  if (content.length !== 18 || (content[0] ?? 0) >> 4 !== 1) return undefined;
  const digits = [...content.subarray(2)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { type: 'UUID', uuid };
}

function check64(name: string, value: bigint): void {
  if (BigInt.asUintN(64, value) !== value)
    throw new RangeError(`${name}: ${value} is not a 64-bit identifier`);
}
