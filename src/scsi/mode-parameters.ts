/** Which mode pages a unit has, and the values that it begins with. */
import { decodeLayout, layoutMask } from '../layout.ts';
import { CACHING, type CachingPage } from '../mode/caching.ts';
import { CONTROL, type ControlPage } from '../mode/control.ts';
import {
  INFORMATIONAL_EXCEPTIONS_CONTROL,
  type InformationalExceptionsControlPage,
} from '../mode/informational-exceptions-control.ts';
import { encodeModePage, type ModePageSpec } from '../mode/mode-page.ts';
import {
  READ_WRITE_ERROR_RECOVERY,
  type ReadWriteErrorRecoveryPage,
} from '../mode/read-write-error-recovery.ts';
import type { UnitSettings } from './unit-settings.ts';

/** The values of a unit's mode pages. */
export interface ModeParameters {
  /** Read-Write Error Recovery, 01h. */
  readonly readWriteErrorRecovery: ReadWriteErrorRecoveryPage;
  /** Caching, 08h. */
  readonly caching: CachingPage;
  /** Control, 0Ah. */
  readonly control: ControlPage;
  /** Informational Exceptions Control, 1Ch. */
  readonly informationalExceptions: InformationalExceptionsControlPage;
}

/** A mode page of a unit. */
export interface UnitModePage {
  /** PAGE CODE, 0 to 3Eh. */
  readonly pageCode: number;
  /** SUBPAGE CODE; 0 in page_0 format. */
  readonly subpage: number;
  /** The page with these values. */
  encode(values: ModeParameters): Uint8Array;
  /** The page with a 1 in every bit that MODE SELECT can change: none. */
  changeable(): Uint8Array;
}

function unitPage<K extends keyof ModeParameters>(
  name: K,
  spec: ModePageSpec<ModeParameters[K]>,
): UnitModePage {
  return {
    pageCode: spec.pageCode,
    subpage: spec.subpage ?? 0,
    encode: (values) => encodeModePage(spec, values[name]),
    changeable() {
      const mask = layoutMask(spec.layout, spec.length, []);
      mask.set(encodeModePage(spec, blank(spec)).subarray(0, spec.subpage === undefined ? 2 : 4));
      return mask;
    },
  };
}

/** The mode pages of a direct-access block device, by page code. */
export const MODE_PAGES: readonly UnitModePage[] = [
  unitPage('readWriteErrorRecovery', READ_WRITE_ERROR_RECOVERY),
  unitPage('caching', CACHING),
  unitPage('control', CONTROL),
  unitPage('informationalExceptions', INFORMATIONAL_EXCEPTIONS_CONTROL),
];

const blank = <T extends object>({ layout, length }: ModePageSpec<T>): T =>
  decodeLayout(layout, new Uint8Array(length));

/** The values that a unit begins with, which are also the default ones. */
export function modeParameters(settings: UnitSettings): ModeParameters {
  return {
    // Bad blocks, should there be any, are the backend's to replace.
    readWriteErrorRecovery: {
      ...blank(READ_WRITE_ERROR_RECOVERY),
      automaticWriteReallocation: true,
      automaticReadReallocation: true,
    },
    caching: {
      ...blank(CACHING),
      writebackCacheEnable: settings.writeBack,
      disableReadAhead: true,
    },
    control: {
      ...blank(CONTROL),
      descriptorSense: settings.descriptorSense,
      // Tasks run as they come where their ranges do not overlap.
      queueAlgorithmModifier: 1,
      busyTimeoutPeriod: 0xffff,
    },
    informationalExceptions: {
      ...blank(INFORMATIONAL_EXCEPTIONS_CONTROL),
      disableExceptionControl: true,
    },
  };
}
