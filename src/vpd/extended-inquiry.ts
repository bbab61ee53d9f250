/** Extended INQUIRY Data VPD page, 86h (SPC). */
import { decodeLayout, encodeLayout, type Layout } from '../layout.ts';
import { blankPage, findPage, PAGE_HEADER, type PageHeader } from './page-header.ts';

/** PAGE CODE of the Extended INQUIRY Data VPD page. */
export const EXTENDED_INQUIRY = 0x86;

/** PAGE LENGTH: 3Ch. */
const LENGTH = 0x3c;

/** Extended INQUIRY Data VPD page (SPC). */
export interface ExtendedInquiryPage extends PageHeader {
  /** ACTIVATE MICROCODE, 0 to 3: 1 before, 2 after the final WRITE BUFFER; 0 not reported. */
  readonly activateMicrocode: number;
  /** SPT, 0 to 7: the types of protection information; 0: type 1, where PROTECT is set. */
  readonly supportedProtectionTypes: number;
  /** GRD_CHK: the guard is checked. */
  readonly guardCheck: boolean;
  /** APP_CHK: the application tag is checked. */
  readonly applicationTagCheck: boolean;
  /** REF_CHK: the reference tag is checked. */
  readonly referenceTagCheck: boolean;
  /** UASK_SUP: unit attentions can carry sense-key specific data. */
  readonly unitAttentionSenseKeySpecific: boolean;
  /** GROUP_SUP: GROUP NUMBER is supported. */
  readonly grouping: boolean;
  /** PRIOR_SUP: task priority is supported. */
  readonly priority: boolean;
  /** HEADSUP: the HEAD OF QUEUE attribute is supported. */
  readonly headOfQueue: boolean;
  /** ORDSUP: the ORDERED attribute is supported. */
  readonly ordered: boolean;
  /** SIMPSUP: the SIMPLE attribute is supported. */
  readonly simple: boolean;
  /** WU_SUP: WRITE LONG can make a block uncorrectable. */
  readonly writeUncorrectable: boolean;
  /** CRD_SUP: WRITE LONG can set COR_DIS (obsolete since SPC-5). */
  readonly correctionDisable: boolean;
  /** NV_SUP: there is a non-volatile cache. */
  readonly nonVolatileCache: boolean;
  /** V_SUP: there is a volatile cache. */
  readonly volatileCache: boolean;
  /** NO_PI_CHK: the escape values of the tags turn off all checks of a block. */
  readonly noProtectionCheck: boolean;
  /** P_I_I_SUP: protection information intervals are supported. */
  readonly protectionIntervals: boolean;
  /** LUICLR: reporting REPORTED LUNS DATA HAS CHANGED once clears it for the whole I_T nexus. */
  readonly nexusClear: boolean;
  /** LU_COLLECTION_TYPE, 0 to 7: 1 conglomerate, 2 logical unit group; 0 not reported. */
  readonly collectionType: number;
  /** R_SUP: referrals are supported. */
  readonly referrals: boolean;
  /** RTD_SUP: MODE SELECT can revert to defaults. */
  readonly revertToDefaults: boolean;
  /** HSSRELEF: releasing error history snapshots has side effects. */
  readonly historySnapshotsReleaseEffects: boolean;
  /** MULTI I_T NEXUS MICROCODE DOWNLOAD, 0 to 15. */
  readonly multiNexusMicrocodeDownload: number;
  /** EXTENDED SELF-TEST COMPLETION MINUTES, 0 to 65535. */
  readonly extendedSelfTestMinutes: number;
  /** POA_SUP: microcode can be activated by power on. */
  readonly powerOnActivation: boolean;
  /** HRA_SUP: microcode can be activated by hard reset. */
  readonly hardResetActivation: boolean;
  /** VSA_SUP: microcode can be activated by a vendor specific event. */
  readonly vendorSpecificActivation: boolean;
  /** MAXIMUM SUPPORTED SENSE DATA LENGTH in bytes, 0 to 252; 0 not reported. */
  readonly maxSenseDataLength: number;
}

const LAYOUT: Layout<ExtendedInquiryPage> = {
  ...PAGE_HEADER,
  activateMicrocode: ['bits', 4, 7, 6],
  supportedProtectionTypes: ['bits', 4, 5, 3],
  guardCheck: ['bit', 4, 2],
  applicationTagCheck: ['bit', 4, 1],
  referenceTagCheck: ['bit', 4, 0],
  unitAttentionSenseKeySpecific: ['bit', 5, 5],
  grouping: ['bit', 5, 4],
  priority: ['bit', 5, 3],
  headOfQueue: ['bit', 5, 2],
  ordered: ['bit', 5, 1],
  simple: ['bit', 5, 0],
  writeUncorrectable: ['bit', 6, 3],
  correctionDisable: ['bit', 6, 2],
  nonVolatileCache: ['bit', 6, 1],
  volatileCache: ['bit', 6, 0],
  noProtectionCheck: ['bit', 7, 5],
  protectionIntervals: ['bit', 7, 4],
  nexusClear: ['bit', 7, 0],
  collectionType: ['bits', 8, 7, 5],
  referrals: ['bit', 8, 4],
  revertToDefaults: ['bit', 8, 3],
  historySnapshotsReleaseEffects: ['bit', 8, 1],
  multiNexusMicrocodeDownload: ['bits', 9, 3, 0],
  extendedSelfTestMinutes: ['u16', 10],
  powerOnActivation: ['bit', 12, 7],
  hardResetActivation: ['bit', 12, 6],
  vendorSpecificActivation: ['bit', 12, 5],
  maxSenseDataLength: ['u8', 13],
};

/**
 * Encodes an Extended INQUIRY Data VPD page (SPC), 64 bytes. Absent members are zero.
 *
 * @throws RangeError - a value has no code in its field.
 */
export function encodeExtendedInquiry(page: Partial<ExtendedInquiryPage>): Uint8Array {
  return encodeLayout(LAYOUT, page, blankPage(EXTENDED_INQUIRY, LENGTH));
}

/**
 * Decodes an Extended INQUIRY Data VPD page (SPC); undefined where the bytes are no such page, or
 * do not reach to LUICLR. What lies past their end is 0.
 */
export function decodeExtendedInquiry(bytes: Uint8Array): ExtendedInquiryPage | undefined {
  const page = findPage(bytes, EXTENDED_INQUIRY, 4);
  return page && decodeLayout(LAYOUT, page);
}
