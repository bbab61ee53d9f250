/**
 * Disks on Windows through WinSpd: its protocol, its named pipe and its StorPort miniport.
 *
 * @module winspd
 */
export * from './protocol/index.ts';
