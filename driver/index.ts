/**
 * Disks on Windows through WinSpd: its protocol, its named pipe and its StorPort miniport.
 *
 * @module winspd
 */
export { hiLo } from './debug-log.ts';
export type { ArrivalWait } from './device/arrival.ts';
export { WINSPD_DEVICE } from './device/device-path.ts';
export { Miniport, MOST_UNITS, openMiniport } from './device/miniport.ts';
export type { PassThroughCommand, PassThroughResult } from './device/pass-through.ts';
export { serveDevice, type ServeDeviceOptions, type ServedDevice } from './device/serve-device.ts';
export type { LineCall, TransactLine } from './device/transact-line.ts';
export type { UnitIdentity } from './device/unit-identity.ts';
export * from './errors.ts';
export * from './launcher/index.ts';
export * from './miniport/index.ts';
export * from './partition-table/index.ts';
export { PipeClient, type TransactReply, type UnhintedRequest } from './pipe/client.ts';
export { servePipe, type ServedUnit, type ServePipeOptions } from './pipe/serve-pipe.ts';
export * from './protocol/index.ts';
export { StorageUnit, type StorageUnitOptions, type UnitServer } from './storage-unit.ts';
export type { TransactOutcome } from './unit-binding.ts';
export { stableGuid, unitParams, type UnitParamsOptions } from './unit-params.ts';
