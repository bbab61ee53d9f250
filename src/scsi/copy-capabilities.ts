/** What a unit says of its third-party copies in VPD page 8Fh. */
import { CSCD_SELF } from '../cdb/copy-descriptors.ts';
import type { CopyDescriptor, SupportedCopyCommand } from '../vpd/third-party-copy-descriptor.ts';
import { COPY_DESCRIPTOR_CODES, COPY_LIMITS } from './copy-limits.ts';
import { ROD_TYPE } from '../cdb/rod-token.ts';
import type { LogicalUnit } from './logical-unit.ts';
import { THIRD_PARTY_COPY_OUT } from '../cdb/extended-copy.ts';
import { THIRD_PARTY_COPY_IN } from '../cdb/receive-copy-results.ts';

/** The third-party copy descriptors of a unit, ascending in type. */
export function copyDescriptors(unit: LogicalUnit): readonly CopyDescriptor[] {
  const { blockLength } = unit.medium;
  return [
    {
      type: 'block device ROD limits',
      maxRanges: COPY_LIMITS.tokenRanges,
      maxInactivityTimeout: COPY_LIMITS.maxInactivityTimeout,
      defaultInactivityTimeout: COPY_LIMITS.defaultInactivityTimeout,
      maxTokenTransferSize: Math.floor(COPY_LIMITS.tokenBytes / blockLength),
      optimalTransferCount: 0,
    },
    {
      type: 'supported commands',
      commands: [THIRD_PARTY_COPY_OUT, THIRD_PARTY_COPY_IN].map((opcode) =>
        serviceActions(unit, opcode),
      ),
    },
    {
      type: 'parameter data',
      maxCscdDescriptors: COPY_LIMITS.cscdDescriptors,
      maxSegmentDescriptors: COPY_LIMITS.segmentDescriptors,
      maxDescriptorListLength: COPY_LIMITS.descriptorListLength,
      maxInlineDataLength: 0,
    },
    { type: 'supported descriptors', codes: COPY_DESCRIPTOR_CODES },
    { type: 'supported CSCD IDs', ids: [CSCD_SELF] },
    {
      type: 'ROD token features',
      remoteTokens: 0,
      minTokenLifetime: 1,
      maxTokenLifetime: COPY_LIMITS.tokenLifetime,
      maxTokenInactivityTimeout: COPY_LIMITS.maxInactivityTimeout,
      blockFeatures: [
        {
          deviceType: 0,
          optimalLengthGranularity: 0,
          maxBytes: COPY_LIMITS.tokenBytes,
          optimalBytes: 0,
          optimalBytesToToken: 0,
          optimalBytesFromToken: 0,
        },
      ],
    },
    {
      type: 'supported ROD types',
      rodTypes: [
        { ...WITHOUT_SEGMENTS, rodType: ROD_TYPE.CHANGE_VULNERABLE, tokenOut: true, preference: 1 },
        { ...WITHOUT_SEGMENTS, rodType: ROD_TYPE.ZERO, tokenOut: false, preference: 0 },
      ],
    },
    {
      type: 'general copy operations',
      totalConcurrentCopies: COPY_LIMITS.concurrentCopies,
      maxIdentifiedConcurrentCopies: COPY_LIMITS.concurrentCopies,
      maxSegmentLength: COPY_LIMITS.segmentLength,
      dataSegmentGranularity: 0,
      inlineDataGranularity: 0,
    },
  ];
}

/** EXTENDED COPY has no segments that make or use RODs. */
const WITHOUT_SEGMENTS = { extendedCopyInternal: false, tokenIn: true } as const;

/** The service actions that the unit has of an operation code. */
function serviceActions(unit: LogicalUnit, opcode: number): SupportedCopyCommand {
  const serviceActions = unit.forms
    .filter(({ spec }) => spec.opcode === opcode)
    .map(({ spec }) => spec.serviceAction ?? 0);
  return { opcode, serviceActions };
}
