/** Mode parameters (SPC, SBC): headers, block descriptors, pages and whole lists, to bytes and back. */
export * from './application-tag.ts';
export * from './caching.ts';
export * from './control-extension.ts';
export * from './control.ts';
export { type DescriptorSpec } from './descriptor-list.ts';
export * from './disconnect-reconnect.ts';
export * from './header.ts';
export * from './informational-exceptions-control.ts';
export * from './logical-block-provisioning.ts';
export * from './mode-page.ts';
export * from './parameter-list.ts';
export * from './power-condition.ts';
export * from './protocol-specific.ts';
export * from './read-write-error-recovery.ts';
export * from './verify-error-recovery.ts';
