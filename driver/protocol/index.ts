/** The protocol of WinSpd: every structure to bytes and back, on any platform. */
export * from './guid.ts';
export * from './ioctl.ts';
export * from './storage-unit-params.ts';
export * from './storage-unit-status.ts';
export * from './transact.ts';
