/** How much a third-party copy may be; VPD page 8Fh and RECEIVE COPY RESULTS say so. */
import { COPY_DESCRIPTOR } from '../cdb/copy-descriptors.ts';

/** The limits of third-party copies of one unit. */
export const COPY_LIMITS = {
  /** CSCD descriptors in one EXTENDED COPY. */
  cscdDescriptors: 64,
  /** Segment descriptors in one EXTENDED COPY. */
  segmentDescriptors: 256,
  /** Bytes of all descriptors in one EXTENDED COPY. */
  descriptorListLength: 10_240,
  /** Bytes of one segment: as many as its descriptor can say. */
  segmentLength: 0xffff_ffff,
  /** Range descriptors in one POPULATE TOKEN or WRITE USING TOKEN. */
  tokenRanges: 64,
  /** Bytes of one POPULATE TOKEN or WRITE USING TOKEN. */
  tokenBytes: 0x1_0000_0000,
  /** Tokens of one device that can be used at once. */
  tokens: 1024,
  /** Seconds without use after which a token expires, unless POPULATE TOKEN says otherwise. */
  defaultInactivityTimeout: 60,
  /** The most that POPULATE TOKEN may say. */
  maxInactivityTimeout: 3600,
  /** Seconds after which a token expires, used or not. */
  tokenLifetime: 3600,
  /** Copies that are made at once. */
  concurrentCopies: 64,
  /** Copies whose end is remembered. */
  rememberedCopies: 256,
} as const;

/** The descriptor types that EXTENDED COPY knows, ascending. */
export const COPY_DESCRIPTOR_CODES: readonly number[] = Object.values(COPY_DESCRIPTOR);
