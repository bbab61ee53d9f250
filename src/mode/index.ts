/** Mode parameters (SPC, SBC): headers, block descriptors, pages and whole lists, to bytes and back. */
export * from './caching.ts';
export * from './control.ts';
export * from './header.ts';
export * from './informational-exceptions-control.ts';
export * from './mode-page.ts';
export * from './parameter-list.ts';
export * from './read-write-error-recovery.ts';
