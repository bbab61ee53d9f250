/** Which mode pages a unit has, and which of their values can be changed. */
import { decodeLayout, layoutMask } from '../layout.ts';
import { CACHING } from '../mode/caching.ts';
import { CONTROL_EXTENSION } from '../mode/control-extension.ts';
import { CONTROL, type ControlPage } from '../mode/control.ts';
import { DISCONNECT_RECONNECT } from '../mode/disconnect-reconnect.ts';
import { INFORMATIONAL_EXCEPTIONS_CONTROL } from '../mode/informational-exceptions-control.ts';
import {
  decodeProvisioningThresholds,
  encodeProvisioningThresholds,
  PROVISIONING_THRESHOLDS,
  type ThresholdDescriptor,
} from '../mode/logical-block-provisioning.ts';
import {
  blankModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from '../mode/mode-page.ts';
import { POWER_CONDITION } from '../mode/power-condition.ts';
import {
  PROTOCOL_SPECIFIC_LOGICAL_UNIT,
  PROTOCOL_SPECIFIC_PORT,
} from '../mode/protocol-specific.ts';
import { READ_WRITE_ERROR_RECOVERY } from '../mode/read-write-error-recovery.ts';
import { VERIFY_ERROR_RECOVERY } from '../mode/verify-error-recovery.ts';
import { applicationTagPage } from './application-tag-page.ts';
import { reservedExceptionControl } from './informational-exceptions.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { ModeParameters } from './mode-parameters.ts';
import { isThreshold, THRESHOLDS } from './provisioning-thresholds.ts';
import type { UnitSettings } from './unit-settings.ts';

/** A mode page of a unit. */
export interface UnitModePage {
  /** Its name among the values. */
  readonly name: keyof ModeParameters;
  /** PAGE CODE, 0 to 3Eh. */
  readonly pageCode: number;
  /** SUBPAGE CODE; 0 in page_0 format. */
  readonly subpage: number;
  /** Bytes of the page header: 2, or 4 in sub_page format. */
  readonly headerLength: number;
  /** Whether a unit has the page; absent: every unit has. */
  supported?(settings: UnitSettings): boolean;
  /** The names of the values that MODE SELECT can change. */
  readonly changeableNames: readonly string[];
  /** The page with these values. */
  encode(values: ModeParameters, options?: ModePageOptions): Uint8Array;
  /** The page with a 1 in every bit that MODE SELECT can change. */
  changeable(options?: ModePageOptions): Uint8Array;
  /**
   * The byte of a value that is reserved, or does not go with others or with the unit, though all its
   * bits can be changed.
   */
  mismatch?(bytes: Uint8Array, unit: Pick<LogicalUnit, 'medium'>): number | undefined;
  /** The values of the page from its bytes, header and all. */
  decode(bytes: Uint8Array): Partial<ModeParameters>;
}

function unitPage<K extends keyof ModeParameters>(
  name: K,
  spec: ModePageSpec<ModeParameters[K]>,
  changeableNames: readonly (keyof ModeParameters[K] & string)[] = [],
  reserved?: (values: ModeParameters[K]) => number | undefined,
): UnitModePage {
  const headerLength = spec.subpage === undefined ? 2 : 4;
  return {
    name,
    pageCode: spec.pageCode,
    subpage: spec.subpage ?? 0,
    headerLength,
    changeableNames,
    encode: (values, options) => encodeModePage(spec, values[name], options),
    changeable(options) {
      const mask = layoutMask(spec.layout, spec.length, changeableNames);
      mask.set(encodeModePage(spec, blankModePage(spec), options).subarray(0, headerLength));
      return mask;
    },
    ...(reserved && { mismatch: (bytes) => reserved(decodeLayout(spec.layout, bytes)) }),
    decode: (bytes) => ({ [name]: decodeLayout(spec.layout, bytes) }),
  };
}

/** The byte of the Control mode page that has a reserved value in one of its fields. */
function reservedControl(page: ControlPage): number | undefined {
  if (page.taskSetType > 1) return 2;
  if (page.queueErrorManagement === 2) return 3;
  return page.unitAttentionInterlock === 1 ? 4 : undefined;
}

/** What of the Control mode page can be changed on every unit. */
const CHANGEABLE_CONTROL = [
  'taskSetType',
  'taskManagementOnly',
  'descriptorSense',
  'queueErrorManagement',
  'unitAttentionInterlock',
  'softwareWriteProtect',
  'taskAbortedStatus',
] as const;

const EVERY_BIT: ThresholdDescriptor = {
  enabled: true,
  type: 7,
  arming: 7,
  resource: 0xff,
  count: 0xffff_ffff,
};
const provisioningThresholdsPage: UnitModePage = {
  name: 'provisioningThresholds',
  pageCode: PROVISIONING_THRESHOLDS.pageCode,
  subpage: PROVISIONING_THRESHOLDS.subpage ?? 0,
  headerLength: 4,
  supported: ({ thresholdExponent }) => thresholdExponent > 0,
  changeableNames: ['singleInitiator', 'thresholds'],
  encode: (values, options) => encodeProvisioningThresholds(values.provisioningThresholds, options),
  changeable: (options) =>
    encodeProvisioningThresholds(
      {
        singleInitiator: true,
        thresholds: Array.from({ length: THRESHOLDS }, () => EVERY_BIT),
      },
      options,
    ),
  mismatch(bytes) {
    const { thresholds } = decodeProvisioningThresholds(bytes) ?? { thresholds: [] };
    const wrong = thresholds.findIndex((one) => one.enabled && !isThreshold(one));
    return wrong < 0 ? undefined : PROVISIONING_THRESHOLDS.length + 8 * wrong;
  },
  decode: (bytes) => {
    const page = decodeProvisioningThresholds(bytes);
    return page === undefined ? {} : { provisioningThresholds: page };
  },
};

/**
 * The mode pages of a direct-access block device, by page code. A value can be changed where the
 * unit then behaves so.
 */
export const MODE_PAGES: readonly UnitModePage[] = [
  unitPage('readWriteErrorRecovery', READ_WRITE_ERROR_RECOVERY, [
    'postError',
    'logicalBlockProvisioningErrorReporting',
  ]),
  unitPage('disconnectReconnect', DISCONNECT_RECONNECT),
  unitPage('verifyErrorRecovery', VERIFY_ERROR_RECOVERY),
  unitPage('caching', CACHING, ['writebackCacheEnable']),
  {
    ...unitPage('control', CONTROL, CHANGEABLE_CONTROL, reservedControl),
    supported: ({ protectionType }) => protectionType === undefined,
  },
  {
    ...unitPage(
      'control',
      CONTROL,
      [...CHANGEABLE_CONTROL, 'disableProtectionCheckIfZero', 'applicationTagModePage'],
      reservedControl,
    ),
    supported: ({ protectionType }) => protectionType !== undefined,
  },
  unitPage('controlExtension', CONTROL_EXTENSION, ['scsiPrecedence', 'initialCommandPriority']),
  applicationTagPage,
  unitPage('protocolSpecific', PROTOCOL_SPECIFIC_LOGICAL_UNIT),
  unitPage('protocolSpecific', PROTOCOL_SPECIFIC_PORT),
  unitPage('powerCondition', POWER_CONDITION, [
    'standbyY',
    'idleC',
    'idleB',
    'idleA',
    'standbyZ',
    'idleATimer',
    'standbyZTimer',
    'idleBTimer',
    'idleCTimer',
    'standbyYTimer',
  ]),
  unitPage(
    'informationalExceptions',
    INFORMATIONAL_EXCEPTIONS_CONTROL,
    ['enableWarning', 'disableExceptionControl', 'test', 'method', 'intervalTimer', 'reportCount'],
    reservedExceptionControl,
  ),
  provisioningThresholdsPage,
];

/** The mode pages that a unit has. */
export const modePagesOf = (settings: UnitSettings): readonly UnitModePage[] =>
  MODE_PAGES.filter((page) => page.supported?.(settings) !== false);
