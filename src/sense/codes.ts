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
  NO_SENSE: 0x0,
  RECOVERED_ERROR: 0x1,
  NOT_READY: 0x2,
  MEDIUM_ERROR: 0x3,
  HARDWARE_ERROR: 0x4,
  ILLEGAL_REQUEST: 0x5,
  UNIT_ATTENTION: 0x6,
  DATA_PROTECT: 0x7,
  BLANK_CHECK: 0x8,
  VENDOR_SPECIFIC: 0x9,
  COPY_ABORTED: 0xa,
  ABORTED_COMMAND: 0xb,
  VOLUME_OVERFLOW: 0xd,
  MISCOMPARE: 0xe,
  COMPLETED: 0xf,
} as const;
