/** Which VPD pages a unit has, and what it says in them. */
import {
  BLOCK_DEVICE_CHARACTERISTICS,
  encodeBlockDeviceCharacteristics,
} from '../vpd/block-device-characteristics.ts';
import { BLOCK_LIMITS, encodeBlockLimits } from '../vpd/block-limits.ts';
import {
  BLOCK_LIMITS_EXTENSION,
  encodeBlockLimitsExtension,
} from '../vpd/block-limits-extension.ts';
import { DEVICE_IDENTIFICATION, encodeDeviceIdentification } from '../vpd/device-identification.ts';
import { encodeExtendedInquiry, EXTENDED_INQUIRY } from '../vpd/extended-inquiry.ts';
import {
  encodeLogicalBlockProvisioning,
  LOGICAL_BLOCK_PROVISIONING,
} from '../vpd/logical-block-provisioning.ts';
import { encodeModePagePolicy, MODE_PAGE_POLICY } from '../vpd/mode-page-policy.ts';
import { encodePowerConditionVpd, POWER_CONDITION_PAGE } from '../vpd/power-condition.ts';
import { encodeReferrals, REFERRALS } from '../vpd/referrals.ts';
import { encodeScsiPorts, SCSI_PORTS } from '../vpd/scsi-ports.ts';
import { encodeSupportedPages, SUPPORTED_PAGES } from '../vpd/supported-pages.ts';
import { encodeThirdPartyCopy, THIRD_PARTY_COPY } from '../vpd/third-party-copy.ts';
import { encodeUnitSerialNumber, UNIT_SERIAL_NUMBER } from '../vpd/unit-serial-number.ts';
import { THRESHOLD_PERCENTAGE } from './provisioning-thresholds.ts';
import { copyDescriptors } from './copy-capabilities.ts';
import { unitDesignators } from './identity.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { ISCSI_PROTOCOL, type TargetPort } from './target-port.ts';

/** A VPD page of a unit. */
export interface VpdPage {
  /** PAGE CODE, 0 to 255. */
  readonly pageCode: number;
  /** The page, header and all, as an initiator sees it through a port. */
  build(unit: LogicalUnit, port: TargetPort): Uint8Array;
}

const deviceIdentification = (unit: LogicalUnit, port: TargetPort): Uint8Array =>
  encodeDeviceIdentification({
    designators: [...unitDesignators(unit.identity), ...port.designators],
  });

const thirdPartyCopy = (unit: LogicalUnit): Uint8Array =>
  encodeThirdPartyCopy({ descriptors: copyDescriptors(unit) });

/** SPT: types 1, 2 and 3. */
const ALL_PROTECTION_TYPES = 7;

const extendedInquiry = ({ microcode, settings, protection }: LogicalUnit): Uint8Array =>
  encodeExtendedInquiry({
    ...(protection.supported && {
      supportedProtectionTypes: ALL_PROTECTION_TYPES,
      guardCheck: true,
      applicationTagCheck: true,
      referenceTagCheck: true,
      noProtectionCheck: true,
    }),
    priority: true,
    headOfQueue: true,
    ordered: true,
    simple: true,
    writeUncorrectable: true,
    correctionDisable: true,
    // MODE SELECT can set WCE.
    volatileCache: true,
    revertToDefaults: true,
    extendedSelfTestMinutes: Math.ceil(settings.extendedSelfTestTime / 60),
    powerOnActivation: microcode.supported,
    hardResetActivation: microcode.supported,
    maxSenseDataLength: 252,
  });

const scsiPorts = ({ ports }: LogicalUnit): Uint8Array =>
  encodeScsiPorts({
    ports: ports.map(({ relativePortId, designators }) => ({
      relativePortId,
      // Only what names the port itself: its device and numbers are in page 83h.
      targetPort: designators.filter(
        ({ association, type }) => association === 'target port' && type === 'SCSI name string',
      ),
    })),
  });

/** The unit is active again at once: no recovery takes a millisecond. */
const powerCondition = (): Uint8Array =>
  encodePowerConditionVpd({
    standbyY: true,
    standbyZ: true,
    idleC: true,
    idleB: true,
    idleA: true,
  });

const blockLimits = ({ settings }: LogicalUnit): Uint8Array =>
  encodeBlockLimits({
    optimalTransferLengthGranularity: 2 ** settings.physicalBlockExponent,
    maxCompareAndWriteLength: settings.maxCompareAndWriteBlocks,
    maxTransferLength: settings.maxTransferBlocks,
    maxWriteSameLength: settings.maxWriteSameBlocks,
    maxAtomicTransferLength: settings.maxAtomicBlocks,
    ...(settings.thin && {
      maxUnmapLbaCount: settings.maxUnmapBlocks,
      maxUnmapBlockDescriptorCount: settings.maxUnmapDescriptors,
      optimalUnmapGranularity: settings.unmapGranularity,
      unmapGranularityAlignment: settings.unmapAlignment,
    }),
  });

const blockLimitsExtension = ({ settings }: LogicalUnit): Uint8Array =>
  encodeBlockLimitsExtension({
    maxScatteredRangeTransferLength: settings.maxTransferBlocks,
    maxScatteredRangeDescriptorCount: settings.maxScatteredRanges,
    maxScatteredTransferLength: settings.maxTransferBlocks,
  });

const blockDeviceCharacteristics = ({ settings }: LogicalUnit): Uint8Array =>
  encodeBlockDeviceCharacteristics({
    mediumRotationRate: settings.rotationRate,
    // After SANITIZE blocks read without error; there is no need to write them first.
    writeAfterBlockEraseRequired: 1,
    writeAfterCryptographicEraseRequired: 1,
  });

const THIN = 2;

const logicalBlockProvisioning = ({ settings, medium }: LogicalUnit): Uint8Array =>
  encodeLogicalBlockProvisioning(
    settings.thin
      ? {
          unmap: true,
          writeSame16: true,
          writeSame10: true,
          readZeros: medium.backend.unmappedReadsZeros === true ? 1 : 0,
          anchor: settings.anchors,
          thresholdExponent: settings.thresholdExponent,
          thresholdPercentage: settings.thresholdExponent === 0 ? 0 : THRESHOLD_PERCENTAGE,
          provisioningType: THIN,
        }
      : {},
  );

const PER_PORT = 1;

/**
 * Every mode page is one for all initiators, and belongs to this unit alone; but those of the
 * protocol follow the port.
 */
const modePagePolicy = (_: LogicalUnit, { protocol }: TargetPort): Uint8Array =>
  encodeModePagePolicy({
    policies: [
      ...(protocol === ISCSI_PROTOCOL ? [0x18, 0x19] : []).map((pageCode) => ({
        pageCode,
        subpage: 0,
        sharedByUnits: false,
        policy: PER_PORT,
      })),
      { pageCode: 0x3f, subpage: 0xff, sharedByUnits: false, policy: 0 },
    ],
  });

/** The VPD pages of a direct-access block device, ascending. */
export const VPD_PAGES: readonly VpdPage[] = [
  {
    pageCode: SUPPORTED_PAGES,
    build: () => encodeSupportedPages({ pages: VPD_PAGES.map((page) => page.pageCode) }),
  },
  {
    pageCode: UNIT_SERIAL_NUMBER,
    build: ({ identity }) => encodeUnitSerialNumber({ serialNumber: identity.serial }),
  },
  { pageCode: DEVICE_IDENTIFICATION, build: deviceIdentification },
  { pageCode: EXTENDED_INQUIRY, build: extendedInquiry },
  { pageCode: MODE_PAGE_POLICY, build: modePagePolicy },
  { pageCode: SCSI_PORTS, build: scsiPorts },
  { pageCode: POWER_CONDITION_PAGE, build: powerCondition },
  { pageCode: THIRD_PARTY_COPY, build: thirdPartyCopy },
  { pageCode: BLOCK_LIMITS, build: blockLimits },
  { pageCode: BLOCK_DEVICE_CHARACTERISTICS, build: blockDeviceCharacteristics },
  { pageCode: LOGICAL_BLOCK_PROVISIONING, build: logicalBlockProvisioning },
  // R_SUP is zero: there are no referrals.
  { pageCode: REFERRALS, build: () => encodeReferrals({}) },
  { pageCode: BLOCK_LIMITS_EXTENSION, build: blockLimitsExtension },
];
