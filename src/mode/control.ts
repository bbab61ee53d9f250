/** Control mode page, 0Ah (SPC). */
import {
  decodeModePage,
  encodeModePage,
  type ModePageOptions,
  type ModePageSpec,
} from './mode-page.ts';

/** Control mode page (SPC). */
export interface ControlPage {
  /** TST, 0 to 7: task sets: 0 one for all I_T nexuses, 1 one for each. */
  readonly taskSetType: number;
  /** TMF_ONLY: while an ACA condition lasts, the faulted nexus may send task management only. */
  readonly taskManagementOnly: boolean;
  /** DPICZ: where RDPROTECT and its like are zero, protection information is not checked. */
  readonly disableProtectionCheckIfZero: boolean;
  /** D_SENSE: sense data comes in descriptor format. */
  readonly descriptorSense: boolean;
  /** GLTSD: log parameters are not saved implicitly. */
  readonly globalLoggingTargetSaveDisable: boolean;
  /** RLEC: log exceptions are reported. */
  readonly reportLogException: boolean;
  /** QUEUE ALGORITHM MODIFIER, 0 to 15: 0 restricted, 1 unrestricted reordering of SIMPLE tasks. */
  readonly queueAlgorithmModifier: number;
  /** NUAR: releasing a persistent reservation establishes no unit attention. */
  readonly noUnitAttentionOnRelease: boolean;
  /** QERR, 0 to 3: what a CHECK CONDITION aborts: 0 nothing, 1 all tasks, 3 those of the nexus. */
  readonly queueErrorManagement: number;
  /** RAC: a CHECK CONDITION is better than a BUSY that lasts. */
  readonly reportACheck: boolean;
  /** UA_INTLCK_CTRL, 0 to 3: 0 reporting clears a unit attention, 2 keeps it, 3 and adds others. */
  readonly unitAttentionInterlock: number;
  /** SWP: software write protection. */
  readonly softwareWriteProtect: boolean;
  /** ATO: the application tags belong to the application client. */
  readonly applicationTagOwner: boolean;
  /** TAS: a task aborted by another nexus ends in TASK ABORTED. */
  readonly taskAbortedStatus: boolean;
  /** ATMPE: the Application Tag mode page is used. */
  readonly applicationTagModePage: boolean;
  /** RWWP: writes without protection information are refused. */
  readonly rejectWriteWithoutProtection: boolean;
  /** SBLP: the Supported Block Lengths And Protection Types VPD page is used. */
  readonly supportedBlockLengths: boolean;
  /** AUTOLOAD MODE, 0 to 7: a medium that is inserted: 0 is loaded, 1 for its memory only, 2 is not. */
  readonly autoloadMode: number;
  /** BUSY TIMEOUT PERIOD in 100 ms, 0 to 65535; 0 undefined, FFFFh no limit. */
  readonly busyTimeoutPeriod: number;
  /** EXTENDED SELF-TEST COMPLETION TIME in seconds, 0 to 65535; FFFFh: see VPD page 86h. */
  readonly extendedSelfTestTime: number;
}

/** The Control mode page as data: 12 bytes. */
export const CONTROL: ModePageSpec<ControlPage> = {
  pageCode: 0x0a,
  length: 12,
  layout: {
    taskSetType: ['bits', 2, 7, 5],
    taskManagementOnly: ['bit', 2, 4],
    disableProtectionCheckIfZero: ['bit', 2, 3],
    descriptorSense: ['bit', 2, 2],
    globalLoggingTargetSaveDisable: ['bit', 2, 1],
    reportLogException: ['bit', 2, 0],
    queueAlgorithmModifier: ['bits', 3, 7, 4],
    noUnitAttentionOnRelease: ['bit', 3, 3],
    queueErrorManagement: ['bits', 3, 2, 1],
    reportACheck: ['bit', 4, 6],
    unitAttentionInterlock: ['bits', 4, 5, 4],
    softwareWriteProtect: ['bit', 4, 3],
    applicationTagOwner: ['bit', 5, 7],
    taskAbortedStatus: ['bit', 5, 6],
    applicationTagModePage: ['bit', 5, 5],
    rejectWriteWithoutProtection: ['bit', 5, 4],
    supportedBlockLengths: ['bit', 5, 3],
    autoloadMode: ['bits', 5, 2, 0],
    busyTimeoutPeriod: ['u16', 8],
    extendedSelfTestTime: ['u16', 10],
  },
};

/**
 * Encodes a Control mode page (SPC), 12 bytes.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeControl(page: ControlPage, options?: ModePageOptions): Uint8Array {
  return encodeModePage(CONTROL, page, options);
}

/** Decodes a Control mode page (SPC); undefined where the bytes are no such page. */
export function decodeControl(bytes: Uint8Array): ControlPage | undefined {
  return decodeModePage(CONTROL, bytes);
}
