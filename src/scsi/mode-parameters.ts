/** Which mode pages a unit has, the values that it begins with, and which of them can be changed. */
import { decodeLayout, layoutMask } from '../layout.ts';
import type { ApplicationTagPage } from '../mode/application-tag.ts';
import { CACHING, type CachingPage } from '../mode/caching.ts';
import { CONTROL_EXTENSION, type ControlExtensionPage } from '../mode/control-extension.ts';
import { CONTROL, type ControlPage } from '../mode/control.ts';
import {
  INFORMATIONAL_EXCEPTIONS_CONTROL,
  type InformationalExceptionsControlPage,
} from '../mode/informational-exceptions-control.ts';
import { encodeModePage, type ModePageOptions, type ModePageSpec } from '../mode/mode-page.ts';
import {
  DISCONNECT_RECONNECT,
  type DisconnectReconnectPage,
} from '../mode/disconnect-reconnect.ts';
import { POWER_CONDITION, type PowerConditionPage } from '../mode/power-condition.ts';
import {
  PROTOCOL_SPECIFIC_LOGICAL_UNIT,
  PROTOCOL_SPECIFIC_PORT,
  type ProtocolSpecificPage,
} from '../mode/protocol-specific.ts';
import {
  READ_WRITE_ERROR_RECOVERY,
  type ReadWriteErrorRecoveryPage,
} from '../mode/read-write-error-recovery.ts';
import {
  encodeProvisioningThresholds,
  decodeProvisioningThresholds,
  PROVISIONING_THRESHOLDS,
  type ProvisioningThresholdsPage,
  type ThresholdDescriptor,
} from '../mode/logical-block-provisioning.ts';
import {
  VERIFY_ERROR_RECOVERY,
  type VerifyErrorRecoveryPage,
} from '../mode/verify-error-recovery.ts';
import { applicationTagPage, NO_APPLICATION_TAGS } from './application-tag-page.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { EXCEPTION_REPORTING, reservedExceptionControl } from './informational-exceptions.ts';
import { isThreshold, THRESHOLDS } from './provisioning-thresholds.ts';
import type { TargetPort } from './target-port.ts';
import type { UnitSettings } from './unit-settings.ts';
import { TPGS } from './asymmetric-access.ts';

/** The values of a unit's mode pages. */
export interface ModeParameters {
  /** Read-Write Error Recovery, 01h. */
  readonly readWriteErrorRecovery: ReadWriteErrorRecoveryPage;
  /** Disconnect-Reconnect, 02h. */
  readonly disconnectReconnect: DisconnectReconnectPage;
  /** Verify Error Recovery, 07h. */
  readonly verifyErrorRecovery: VerifyErrorRecoveryPage;
  /** Caching, 08h. */
  readonly caching: CachingPage;
  /** Control, 0Ah. */
  readonly control: ControlPage;
  /** Control Extension, 0Ah/01h. */
  readonly controlExtension: ControlExtensionPage;
  /** Application Tag, 0Ah/02h. */
  readonly applicationTags: ApplicationTagPage;
  /** Protocol Specific Logical Unit, 18h, and Protocol Specific Port, 19h. */
  readonly protocolSpecific: ProtocolSpecificPage;
  /** Power Condition, 1Ah. */
  readonly powerCondition: PowerConditionPage;
  /** Informational Exceptions Control, 1Ch. */
  readonly informationalExceptions: InformationalExceptionsControlPage;
  /** Logical Block Provisioning, 1Ch/02h. */
  readonly provisioningThresholds: ProvisioningThresholdsPage;
}

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
      mask.set(encodeModePage(spec, blank(spec), options).subarray(0, headerLength));
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
const NO_THRESHOLD: ThresholdDescriptor = {
  enabled: false,
  type: 0,
  arming: 0,
  resource: 0,
  count: 0,
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

/** PROTOCOL IDENTIFIER of a port that none is assigned to (SPC). */
const NO_PROTOCOL = 0xf;

/** Values as they are seen through a port: its protocol is the one in the protocol specific pages. */
export const seenThrough = (
  values: ModeParameters,
  { protocol = NO_PROTOCOL }: TargetPort,
): ModeParameters => ({ ...values, protocolSpecific: { protocol } });

/** The mode pages that a unit has. */
export const modePagesOf = (settings: UnitSettings): readonly UnitModePage[] =>
  MODE_PAGES.filter((page) => page.supported?.(settings) !== false);

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
      logicalBlockProvisioningErrorReporting: settings.softThreshold !== undefined,
    },
    // No limits: what iSCSI has of them is negotiated at login.
    disconnectReconnect: blank(DISCONNECT_RECONNECT),
    verifyErrorRecovery: blank(VERIFY_ERROR_RECOVERY),
    caching: {
      ...blank(CACHING),
      writebackCacheEnable: settings.writeBack,
      disableReadAhead: true,
    },
    control: {
      ...blank(CONTROL),
      descriptorSense: settings.descriptorSense,
      // Application tags are the initiators': the unit changes none.
      applicationTagOwner: settings.protectionType !== undefined,
      // Tasks run as they come where their ranges do not overlap.
      queueAlgorithmModifier: 1,
      busyTimeoutPeriod: 0xffff,
      extendedSelfTestTime: settings.extendedSelfTestTime,
    },
    controlExtension: {
      ...blank(CONTROL_EXTENSION),
      timestampChangeableOtherwise: settings.knowsTimeOfDay,
      scsiPrecedence: true,
      implicitAsymmetricAccess: (settings.tpgs & TPGS.implicit) !== 0,
    },
    applicationTags: { descriptors: NO_APPLICATION_TAGS },
    protocolSpecific: { protocol: NO_PROTOCOL },
    powerCondition: {
      ...blank(POWER_CONDITION),
      // Leaving a low power condition takes no time: only the stopped one is worth a CHECK CONDITION.
      checkConditionFromIdle: 1,
      checkConditionFromStandby: 1,
      checkConditionFromStopped: 2,
    },
    informationalExceptions: {
      ...blank(INFORMATIONAL_EXCEPTIONS_CONTROL),
      logErrors: true,
      method: EXCEPTION_REPORTING.ON_REQUEST,
    },
    provisioningThresholds: {
      singleInitiator: false,
      thresholds: Array.from({ length: THRESHOLDS }, (_, i) =>
        i === 0 && settings.softThreshold !== undefined
          ? { enabled: true, type: 1, arming: 0, resource: 3, count: 100 - settings.softThreshold }
          : NO_THRESHOLD,
      ),
    },
  };
}
