/** Logical Block Provisioning log page, 0Ch (SBC). */
import { getU16, getU32, putU16, putU32 } from '../bytes.ts';
import {
  encodeLogPage,
  findLogParameters,
  LOG_PARAMETER_FORMAT,
  type LogParameter,
} from './log-page.ts';
import type { LogEncodeOptions } from './log-page-spec.ts';

/** PAGE CODE of the Logical Block Provisioning log page. */
export const LOGICAL_BLOCK_PROVISIONING = 0x0c;

/**
 * What a parameter counts: threshold sets that are there to be used, or in use; percent of the
 * provisioning resources; threshold sets saved by de-duplication, by compression, or in all.
 */
export type ProvisioningResourceKind =
  | 'available mapping'
  | 'used mapping'
  | 'available percentage'
  | 'de-duplicated'
  | 'compressed'
  | 'total efficiency';

/** One resource of a Logical Block Provisioning log page (SBC). */
export interface ProvisioningResource {
  /** PARAMETER CODE by name. */
  readonly resource: ProvisioningResourceKind;
  /** RESOURCE COUNT in threshold sets, 0 to 2^32 − 1; of the percentage 0 to 100 (at most 65535). */
  readonly count: number;
  /** SCOPE, 0 to 3: 0 not told, 1 of this unit only, 2 shared with others. */
  readonly scope: number;
}

const CODES: Readonly<Record<ProvisioningResourceKind, number>> = {
  'available mapping': 0x0001,
  'used mapping': 0x0002,
  'available percentage': 0x0003,
  'de-duplicated': 0x0100,
  compressed: 0x0101,
  'total efficiency': 0x0102,
};

const LENGTH = 8;

/**
 * The parameters of a Logical Block Provisioning log page (SBC), ascending in code.
 *
 * @throws RangeError - a count or scope has no code in its field.
 */
export function provisioningParameters(
  resources: readonly ProvisioningResource[],
  options: LogEncodeOptions = {},
): readonly LogParameter[] {
  return resources
    .map(({ resource, count, scope }) => {
      const isPercentage = resource === 'available percentage';
      check('count', count, isPercentage ? 0xffff : 0xffff_ffff);
      check('scope', scope, 3);
      const value = new Uint8Array(LENGTH);
      if (isPercentage) putU16(value, 0, count);
      else putU32(value, 0, count);
      value[4] = scope;
      return {
        code: CODES[resource],
        format: LOG_PARAMETER_FORMAT.BINARY_LIST,
        targetSaveDisable: options.targetSaveDisable ?? false,
        value,
      };
    })
    .sort((a, b) => a.code - b.code);
}

/**
 * Encodes a Logical Block Provisioning log page (SBC). Windows wants DS set in it.
 *
 * @throws RangeError - a count or scope has no code in its field.
 *
 * @example
 * ```ts
 * import { encodeLogicalBlockProvisioning } from 'scsi-target/log';
 *
 * encodeLogicalBlockProvisioning([{ resource: 'used mapping', count: 3, scope: 1 }], {
 *   disableSave: true,
 * }); // 8c 00 00 0c 00 02 03 08 00 00 00 03 01 00 00 00
 * ```
 */
export function encodeLogicalBlockProvisioning(
  resources: readonly ProvisioningResource[],
  options?: LogEncodeOptions,
): Uint8Array {
  const page = { pageCode: LOGICAL_BLOCK_PROVISIONING };
  return encodeLogPage(page, provisioningParameters(resources, options), options);
}

/**
 * Decodes a Logical Block Provisioning log page (SBC); undefined where the bytes are no such page.
 * Parameters of other codes, or too short, are left out.
 */
export function decodeLogicalBlockProvisioning(
  bytes: Uint8Array,
): readonly ProvisioningResource[] | undefined {
  const found = findLogParameters(bytes, { pageCode: LOGICAL_BLOCK_PROVISIONING });
  return found?.flatMap(({ code, value }) => {
    const resource = kindOf(code);
    if (resource === undefined || value.length < LENGTH) return [];
    const count = resource === 'available percentage' ? getU16(value, 0) : getU32(value, 0);
    return [{ resource, count, scope: (value[4] ?? 0) & 3 }];
  });
}

function kindOf(code: number): ProvisioningResourceKind | undefined {
  for (const name in CODES) {
    const kind = name as ProvisioningResourceKind;
    if (CODES[kind] === code) return kind;
  }
  return undefined;
}

function check(name: string, value: number, largest: number): void {
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`${name}: ${value} is not an integer from 0 to ${largest}`);
}
