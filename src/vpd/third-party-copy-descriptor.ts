/** Third-party copy descriptors (SPC, SBC): what a copy manager can do, and its limits. */

/** Block Device ROD Limits descriptor, 0000h (SBC): the one that Windows reads (ODX). */
export interface BlockDeviceRodLimits {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'block device ROD limits';
  /** MAXIMUM RANGE DESCRIPTORS in a POPULATE TOKEN or WRITE USING TOKEN, 0 to 65535; 0: not told. */
  readonly maxRanges: number;
  /** MAXIMUM INACTIVITY TIMEOUT in seconds, 0 to 2^32 − 1; 0: not told. */
  readonly maxInactivityTimeout: number;
  /** DEFAULT INACTIVITY TIMEOUT in seconds, 0 to 2^32 − 1; 0: not told. */
  readonly defaultInactivityTimeout: number;
  /** MAXIMUM TOKEN TRANSFER SIZE in logical blocks, 0 to 2^53 − 1; 0: not told. */
  readonly maxTokenTransferSize: number;
  /** OPTIMAL TRANSFER COUNT in logical blocks, 0 to 2^53 − 1; 0: not told. */
  readonly optimalTransferCount: number;
}

/** One command of a {@link SupportedCopyCommands}. */
export interface SupportedCopyCommand {
  /** OPERATION CODE, 0 to 255: 83h the OUT, 84h the IN commands. */
  readonly opcode: number;
  /** SERVICE ACTIONs, at most 255, 0 to 255 each. */
  readonly serviceActions: readonly number[];
}

/** Supported Commands third-party copy descriptor, 0001h (SPC). */
export interface SupportedCopyCommands {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'supported commands';
  /** The commands; their list takes at most 255 bytes. */
  readonly commands: readonly SupportedCopyCommand[];
}

/** Parameter Data third-party copy descriptor, 0004h (SPC): what a copy parameter list may be. */
export interface CopyParameterData {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'parameter data';
  /** MAXIMUM CSCD DESCRIPTOR COUNT, 0 to 65535. */
  readonly maxCscdDescriptors: number;
  /** MAXIMUM SEGMENT DESCRIPTOR COUNT, 0 to 65535. */
  readonly maxSegmentDescriptors: number;
  /** MAXIMUM DESCRIPTOR LIST LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxDescriptorListLength: number;
  /** MAXIMUM INLINE DATA LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxInlineDataLength: number;
}

/** Supported Descriptors third-party copy descriptor, 0008h (SPC). */
export interface SupportedCopyDescriptors {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'supported descriptors';
  /** DESCRIPTOR TYPE CODEs of CSCD and segment descriptors, ascending, at most 255, 0 to 255 each. */
  readonly codes: readonly number[];
}

/** Supported CSCD Descriptor IDs third-party copy descriptor, 000Ch (SPC). */
export interface SupportedCscdIds {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'supported CSCD IDs';
  /** CSCD descriptor IDs beside those of the list's own, such as FFFFh for the unit itself. */
  readonly ids: readonly number[];
}

/** Block ROD device type specific features descriptor (SPC). */
export interface BlockRodFeatures {
  /** PERIPHERAL DEVICE TYPE that it is about, 0 to 31. */
  readonly deviceType: number;
  /** OPTIMAL BLOCK ROD LENGTH GRANULARITY in logical blocks, 0 to 65535. */
  readonly optimalLengthGranularity: number;
  /** MAXIMUM BYTES IN BLOCK ROD, 0 to 2^53 − 1. */
  readonly maxBytes: number;
  /** OPTIMAL BYTES IN BLOCK ROD TRANSFER, 0 to 2^53 − 1. */
  readonly optimalBytes: number;
  /** OPTIMAL BYTES TO TOKEN PER SEGMENT, 0 to 2^53 − 1. */
  readonly optimalBytesToToken: number;
  /** OPTIMAL BYTES FROM TOKEN PER SEGMENT, 0 to 2^53 − 1. */
  readonly optimalBytesFromToken: number;
}

/** ROD Token Features third-party copy descriptor, 0106h (SPC). */
export interface RodTokenFeatures {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'ROD token features';
  /** REMOTE TOKENS, 0 to 15: which tokens of other copy managers are taken: 0 none. */
  readonly remoteTokens: number;
  /** MINIMUM TOKEN LIFETIME in seconds, 0 to 2^32 − 1. */
  readonly minTokenLifetime: number;
  /** MAXIMUM TOKEN LIFETIME in seconds, 0 to 2^32 − 1. */
  readonly maxTokenLifetime: number;
  /** MAXIMUM TOKEN INACTIVITY TIMEOUT in seconds, 0 to 2^32 − 1. */
  readonly maxTokenInactivityTimeout: number;
  /** Block ROD device type specific features descriptors. Those of other formats are left out. */
  readonly blockFeatures: readonly BlockRodFeatures[];
}

/** ROD type descriptor (SPC). */
export interface SupportedRodType {
  /** ROD TYPE, 0 to 2^32 − 1, such as 00800000h (point in time copy, default) or FFFF0001h (zeros). */
  readonly rodType: number;
  /** ECPY_INT: EXTENDED COPY can make and use it without a token. */
  readonly extendedCopyInternal: boolean;
  /** TOKEN_IN: tokens of it are taken. */
  readonly tokenIn: boolean;
  /** TOKEN_OUT: tokens of it are given. */
  readonly tokenOut: boolean;
  /** PREFERENCE INDICATOR, 0 to 65535: 0 none, else 1 the most preferred. */
  readonly preference: number;
}

/** Supported ROD Types third-party copy descriptor, 0108h (SPC). */
export interface SupportedRodTypes {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'supported ROD types';
  /** The ROD types. */
  readonly rodTypes: readonly SupportedRodType[];
}

/** General Copy Operations third-party copy descriptor, 8001h (SPC). */
export interface GeneralCopyOperations {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'general copy operations';
  /** TOTAL CONCURRENT COPIES, 0 to 2^32 − 1. */
  readonly totalConcurrentCopies: number;
  /** MAXIMUM IDENTIFIED CONCURRENT COPIES, 0 to 2^32 − 1: those with a list identifier. */
  readonly maxIdentifiedConcurrentCopies: number;
  /** MAXIMUM SEGMENT LENGTH in bytes, 0 to 2^32 − 1. */
  readonly maxSegmentLength: number;
  /** DATA SEGMENT GRANULARITY, 0 to 255: 2^n bytes. */
  readonly dataSegmentGranularity: number;
  /** INLINE DATA GRANULARITY, 0 to 255: 2^n bytes. */
  readonly inlineDataGranularity: number;
}

/** Held Data third-party copy descriptor, C001h (SPC). */
export interface HeldData {
  /** Which descriptor: THIRD-PARTY COPY DESCRIPTOR TYPE by name. */
  readonly type: 'held data';
  /** HELD DATA LIMIT in bytes, 0 to 2^32 − 1. */
  readonly limit: number;
  /** HELD DATA GRANULARITY, 0 to 255: 2^n bytes. */
  readonly granularity: number;
}

/** Any other third-party copy descriptor, as its bytes. */
export interface RawCopyDescriptor {
  /** Which descriptor: one without a name. */
  readonly type: 'raw';
  /** THIRD-PARTY COPY DESCRIPTOR TYPE, 0 to 65535. */
  readonly descriptorType: number;
  /** What follows the four bytes of type and length. Encoding pads it to a multiple of four. */
  readonly data: Uint8Array;
}

/** A third-party copy descriptor (SPC, SBC). */
export type CopyDescriptor =
  | BlockDeviceRodLimits
  | SupportedCopyCommands
  | CopyParameterData
  | SupportedCopyDescriptors
  | SupportedCscdIds
  | RodTokenFeatures
  | SupportedRodTypes
  | GeneralCopyOperations
  | HeldData
  | RawCopyDescriptor;
