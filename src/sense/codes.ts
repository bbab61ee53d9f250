/**
 * Named sense conditions: the triples of sense key, additional sense code and qualifier that a
 * direct-access device reports, named as T10 names them (SPC, SBC and ZBC, sense data).
 *
 * Plain constants, so that a bundler keeps only those in use. Any other triple is as good a
 * `SenseCondition`; the names of all of them are in `text.ts`.
 */
export * from './codes/aborted-command.ts';
export * from './codes/data-protect.ts';
export * from './codes/illegal-request.ts';
export * from './codes/medium-error.ts';
export * from './codes/no-error.ts';
export * from './codes/not-ready.ts';
export * from './codes/unit-attention.ts';

/** The sense keys by name (SPC). */
export const SENSE_KEY = {
  /** Nothing to report, or something that is no error. */
  NO_SENSE: 0x0,
  /** Done, but not at the first try. */
  RECOVERED_ERROR: 0x1,
  /** The medium cannot be reached. */
  NOT_READY: 0x2,
  /** The medium is damaged there. */
  MEDIUM_ERROR: 0x3,
  /** The device is broken. */
  HARDWARE_ERROR: 0x4,
  /** The command or its parameters are wrong. */
  ILLEGAL_REQUEST: 0x5,
  /** Something has happened to the unit. */
  UNIT_ATTENTION: 0x6,
  /** The blocks must not be written, or read. */
  DATA_PROTECT: 0x7,
  /** Nothing is written there (write-once media). */
  BLANK_CHECK: 0x8,
  /** What the vendor says. */
  VENDOR_SPECIFIC: 0x9,
  /** A third-party copy ended early. */
  COPY_ABORTED: 0xa,
  /** The device gave the command up. */
  ABORTED_COMMAND: 0xb,
  /** The medium ended before the data did. */
  VOLUME_OVERFLOW: 0xd,
  /** The data is not what it was compared with. */
  MISCOMPARE: 0xe,
  /** Done; the sense data has details. */
  COMPLETED: 0xf,
} as const;
