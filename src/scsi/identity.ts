/** Who a logical unit is: names that must be unique, and stable across restarts. */

import type { Designator } from '../vpd/designator.ts';

/** What a unit says of itself in INQUIRY data. */
export interface Identity {
  /** T10 VENDOR IDENTIFICATION, up to 8 ASCII characters. */
  readonly vendor: string;
  /** PRODUCT IDENTIFICATION, up to 16 ASCII characters. */
  readonly product: string;
  /** PRODUCT REVISION LEVEL, up to 4 ASCII characters. */
  readonly revision: string;
  /** PRODUCT SERIAL NUMBER, ASCII. */
  readonly serial: string;
  /** NAA designator: 64 bits (NAA 2h, 3h, 5h) or 128 bits (NAA 6h). */
  readonly naa: bigint;
}

/** The names of a unit in its Device Identification VPD page. */
export function unitDesignators({ vendor, product, serial, naa }: Identity): readonly Designator[] {
  return [
    { type: 'NAA', association: 'logical unit', name: naa },
    {
      type: 'T10 vendor ID',
      association: 'logical unit',
      vendor,
      identifier: `${product.padEnd(16)}${serial}`,
    },
  ];
}

/** NAA 3h, locally assigned: the other 60 bits are ours to choose. */
const LOCALLY_ASSIGNED = 3n << 60n;

const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;

/** FNV-1a over UTF-8, 64 bits: spreads names well; it need not withstand an adversary. */
function hash64(text: string): bigint {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(text))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash;
}

/** A serial number of 16 hexadecimal digits, the same for the same `id`; a random one without. */
export function makeSerial(id: string | undefined): string {
  if (id !== undefined) return hash64(id).toString(16).padStart(16, '0');
  const random = crypto.getRandomValues(new Uint8Array(8));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A locally assigned NAA designator that follows from names which are unique together. */
export function makeNaa(vendor: string, product: string, serial: string): bigint {
  return LOCALLY_ASSIGNED | (hash64(`${vendor}\0${product}\0${serial}`) >> 4n);
}
