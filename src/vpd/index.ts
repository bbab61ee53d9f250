/** What INQUIRY answers (SPC, SBC): standard data and vital product data pages, to bytes and back. */
export * from './block-device-characteristics.ts';
export * from './block-limits-extension.ts';
export * from './block-limits.ts';
export {
  type Association,
  type Designator,
  type DesignatorBase,
  type Eui64Designator,
  type NaaDesignator,
  type NameStringDesignator,
  type NumberDesignator,
  type RawDesignator,
  type T10Designator,
  type UuidDesignator,
} from './designator.ts';
export * from './device-identification.ts';
export * from './extended-inquiry.ts';
export * from './logical-block-provisioning.ts';
export * from './mode-page-policy.ts';
export { type PageHeader } from './page-header.ts';
export * from './power-condition.ts';
export * from './referrals.ts';
export * from './scsi-ports.ts';
export * from './standard-inquiry.ts';
export * from './supported-pages.ts';
export * from './third-party-copy-descriptor.ts';
export * from './third-party-copy.ts';
export * from './unit-serial-number.ts';
