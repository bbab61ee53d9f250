/**
 * Sense data (SPC): named conditions, and both formats to bytes and back. The names of all T10
 * codes are apart, in `scsi-target/sense/text`.
 */
export * from './codes.ts';
export * from './decode.ts';
export * from './encode.ts';
export * from './sense-data.ts';
