/** The values of a unit's mode pages: what they are called, and what they begin with. */
import type { ApplicationTagPage } from '../mode/application-tag.ts';
import { CACHING, type CachingPage } from '../mode/caching.ts';
import { CONTROL_EXTENSION, type ControlExtensionPage } from '../mode/control-extension.ts';
import { CONTROL, type ControlPage } from '../mode/control.ts';
import {
  DISCONNECT_RECONNECT,
  type DisconnectReconnectPage,
} from '../mode/disconnect-reconnect.ts';
import {
  INFORMATIONAL_EXCEPTIONS_CONTROL,
  type InformationalExceptionsControlPage,
} from '../mode/informational-exceptions-control.ts';
import type {
  ProvisioningThresholdsPage,
  ThresholdDescriptor,
} from '../mode/logical-block-provisioning.ts';
import { blankModePage } from '../mode/mode-page.ts';
import { POWER_CONDITION, type PowerConditionPage } from '../mode/power-condition.ts';
import type { ProtocolSpecificPage } from '../mode/protocol-specific.ts';
import {
  READ_WRITE_ERROR_RECOVERY,
  type ReadWriteErrorRecoveryPage,
} from '../mode/read-write-error-recovery.ts';
import {
  VERIFY_ERROR_RECOVERY,
  type VerifyErrorRecoveryPage,
} from '../mode/verify-error-recovery.ts';
import { NO_APPLICATION_TAGS } from './application-tag-page.ts';
import { TPGS } from './asymmetric-access.ts';
import { EXCEPTION_REPORTING } from './informational-exceptions.ts';
import { THRESHOLDS } from './provisioning-thresholds.ts';
import type { TargetPort } from './target-port.ts';
import type { UnitSettings } from './unit-settings.ts';

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

/** PROTOCOL IDENTIFIER of a port that none is assigned to (SPC). */
const NO_PROTOCOL = 0xf;

/** Values as they are seen through a port: its protocol is the one in the protocol specific pages. */
export const seenThrough = (
  values: ModeParameters,
  { protocol = NO_PROTOCOL }: TargetPort,
): ModeParameters => ({ ...values, protocolSpecific: { protocol } });

const NO_THRESHOLD: ThresholdDescriptor = {
  enabled: false,
  type: 0,
  arming: 0,
  resource: 0,
  count: 0,
};

/** The values that a unit begins with, which are also the default ones. */
export function modeParameters(settings: UnitSettings): ModeParameters {
  return {
    // Bad blocks, should there be any, are the backend's to replace.
    readWriteErrorRecovery: {
      ...blankModePage(READ_WRITE_ERROR_RECOVERY),
      automaticWriteReallocation: true,
      automaticReadReallocation: true,
      logicalBlockProvisioningErrorReporting: settings.softThreshold !== undefined,
    },
    // No limits: what iSCSI has of them is negotiated at login.
    disconnectReconnect: blankModePage(DISCONNECT_RECONNECT),
    verifyErrorRecovery: blankModePage(VERIFY_ERROR_RECOVERY),
    caching: {
      ...blankModePage(CACHING),
      writebackCacheEnable: settings.writeBack,
      disableReadAhead: true,
    },
    control: {
      ...blankModePage(CONTROL),
      descriptorSense: settings.descriptorSense,
      // Application tags are the initiators': the unit changes none.
      applicationTagOwner: settings.protectionType !== undefined,
      // Tasks run as they come where their ranges do not overlap.
      queueAlgorithmModifier: 1,
      busyTimeoutPeriod: 0xffff,
      extendedSelfTestTime: settings.extendedSelfTestTime,
    },
    controlExtension: {
      ...blankModePage(CONTROL_EXTENSION),
      timestampChangeableOtherwise: settings.knowsTimeOfDay,
      scsiPrecedence: true,
      implicitAsymmetricAccess: (settings.tpgs & TPGS.implicit) !== 0,
    },
    applicationTags: { descriptors: NO_APPLICATION_TAGS },
    protocolSpecific: { protocol: NO_PROTOCOL },
    powerCondition: {
      ...blankModePage(POWER_CONDITION),
      // Leaving a low power condition takes no time: only the stopped one is worth a CHECK CONDITION.
      checkConditionFromIdle: 1,
      checkConditionFromStandby: 1,
      checkConditionFromStopped: 2,
    },
    informationalExceptions: {
      ...blankModePage(INFORMATIONAL_EXCEPTIONS_CONTROL),
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
