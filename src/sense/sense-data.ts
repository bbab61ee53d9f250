/** What went wrong, apart from how it is coded (SPC, sense data). */

/**
 * A named condition: the sense key and the additional sense code with its qualifier. The constants
 * of `codes.ts` are the ones this library raises; any other triple will do as well.
 */
export interface SenseCondition {
  /** SENSE KEY, 0 to 15. */
  readonly key: number;
  /** ADDITIONAL SENSE CODE, 0 to 255. */
  readonly asc: number;
  /** ADDITIONAL SENSE CODE QUALIFIER, 0 to 255. */
  readonly ascq: number;
}

/** Where a field in error begins: the FIELD POINTER of the sense-key specific data. */
export interface FieldPointer {
  /**
   * C/D: the CDB, or the data-out buffer (a parameter list). With COPY ABORTED it is SD: a segment
   * descriptor, from its start, or the parameter list.
   */
  readonly in: 'cdb' | 'data' | 'segment';
  /** Byte offset of the field, 0 to 65535. */
  readonly byte: number;
  /** Most significant bit of the field, 0 to 7; absent (BPV = 0) where the whole byte is meant. */
  readonly bit?: number;
}

/** Forwarded sense data (SPC): how a command that a third-party copy sent ended. */
export interface ForwardedSense {
  /** SENSE DATA SOURCE: who answered. */
  readonly source: 'unknown' | 'copy source' | 'copy destination';
  /** FORWARDED STATUS: the status byte. */
  readonly status: number;
  /** FORWARDED SENSE DATA, at most 192 bytes are sent; empty where the status has none. */
  readonly sense: Uint8Array;
}

/** Sense data (SPC): a condition and what is known about it. */
export interface SenseData extends SenseCondition {
  /** A deferred error (response code 71h or 73h): it belongs to an earlier command. */
  readonly deferred?: boolean;
  /**
   * INFORMATION, 0 to 2^64 − 1: for a direct-access device mostly an LBA. In fixed format a value
   * over 32 bits cannot be carried and leaves VALID = 0.
   */
  readonly information?: number | bigint;
  /** COMMAND-SPECIFIC INFORMATION, 0 to 2^64 − 1; in fixed format the low 32 bits. */
  readonly commandSpecific?: number | bigint;
  /** ILI: the length asked for is not that of the block; INFORMATION has the difference. */
  readonly incorrectLength?: boolean;
  /** FIELD REPLACEABLE UNIT CODE, 0 to 255. */
  readonly fru?: number;
  /** FIELD POINTER; only ILLEGAL REQUEST (CDB, data) and COPY ABORTED (segment, data) have room for it. */
  readonly fieldPointer?: FieldPointer;
  /** PROGRESS INDICATION, 0 to 65535 in 65536ths; only NO SENSE and NOT READY have room for it. */
  readonly progress?: number;
  /** What a copy source or destination answered; only descriptor format has room for it. */
  readonly forwarded?: ForwardedSense;
  /** ACTUAL RETRY COUNT, 0 to 65535; only RECOVERED, HARDWARE and MEDIUM ERROR have room for it. */
  readonly retries?: number;
}

/** The two codings of sense data: response codes 70h and 71h, or 72h and 73h. */
export type SenseFormat = 'fixed' | 'descriptor';
